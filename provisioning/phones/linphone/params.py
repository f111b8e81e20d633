"""Linphone's entries, ``section/entry``. Source: the fact book, section 4.17, measured there."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Account, Device
from provisioning.phones import keys
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, child, xml

NAMESPACE = "http://www.linphone.org/xsds/lpconfig.xsd"


def settings(device: Device, _model: Model) -> Settings:
    """All that ``device`` is told."""
    told: Settings = {}
    for number, account in enumerate(device.accounts):
        told |= _account(number, account)
    if device.accounts:
        told["sip/default_proxy"] = "0"
    elif device.whole:
        told |= {"proxy_0/reg_sendregister": "0", "auth_info_0/passwd": ""}
    told["misc/transient_provisioning"] = "0"
    return told


def _account(number: int, account: Account) -> Settings:
    server = f"<sip:{keys.host_port(account)};transport={account.transport}>"
    route = (
        account.outbound_proxy and f"<sip:{account.outbound_proxy};transport={account.transport}>"
    )
    name = account.name.replace("\\", "\\\\").replace('"', '\\"')  # RFC 3261's quoted string
    identity = f'"{name}" <{keys.sip_uri(account.number, account.server)}>'
    proxy, auth = f"proxy_{number}", f"auth_info_{number}"
    return {
        f"{proxy}/reg_proxy": server,
        f"{proxy}/reg_route": route or server,
        f"{proxy}/reg_identity": identity,
        f"{proxy}/reg_expires": str(account.expires_s),
        f"{proxy}/reg_sendregister": "1",
        f"{proxy}/publish": "0",
        f"{auth}/username": account.number,
        f"{auth}/userid": account.user,
        f"{auth}/passwd": account.password,
        f"{auth}/domain": account.server,
    }


def config(_device: Device, told: Settings) -> bytes:
    """Entries by section; each overwrites what the telephone had."""
    root = ET.Element("config", {"xmlns": NAMESPACE})
    sections: dict[str, ET.Element] = {}
    for name, value in told.items():
        section, _, entry = name.partition("/")
        if section not in sections:
            sections[section] = child(root, "section", name=section)
        child(sections[section], "entry", value, name=entry, overwrite="true")
    return xml(root)
