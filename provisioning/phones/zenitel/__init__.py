"""Zenitel IP stations, which know only TFTP: their file is served only where that is allowed."""

from __future__ import annotations

from provisioning.device import Device, FileKind, KeyKind
from provisioning.phones import keys
from provisioning.phones.family import Family, FileRule, Model, models_of, words
from provisioning.phones.writers import Settings

DIALS = (KeyKind.SPEED_DIAL, KeyKind.INTERCOM)


def settings(device: Device, _model: Model) -> Settings:
    """All that ``device`` is told, as ``section/name`` (wazo-provd)."""
    told = {"general/auto_update_interval": str(device.resync_minutes)}
    for account in device.accounts[:1]:
        told |= {
            "sip/nick_name": account.name,
            "sip/sip_id": account.number,
            "sip/sip_domain": account.server,
            "sip/auth_user": account.user,
            "sip/auth_pwd": account.password,
            "sip/register_interval": str(account.expires_s),
        }
    if device.whole and not device.accounts:
        told |= {"sip/sip_id": "", "sip/auth_user": "", "sip/auth_pwd": ""}
    for number, key in keys.filled(device.keys[:3], 0):
        if key.kind in DIALS:
            told[f"call/speeddial_{number}_c1"] = key.value
    return told


def config(_device: Device, told: Settings) -> bytes:
    """Sections of ``name=value`` lines."""
    sections: dict[str, str] = {}
    for name, value in told.items():
        section, _, entry = name.partition("/")
        sections[section] = sections.get(section, "") + f" {entry}={value}\n"
    return "\n".join(f"[{name}]\n{rows}" for name, rows in sections.items()).encode()


FAMILY = Family(
    name="zenitel",
    title="Zenitel",
    models=models_of("zenitel"),
    user_agents=(),
    ouis=words("0013cb"),
    pnp="",
    rules=(
        FileRule(
            kind=FileKind.COMMON,
            pattern=r"ipst_config\.cfg",
            path="ipst_config.cfg",
            write=config,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=r"ipst_config_(?P<mac>(?:[0-9a-f]{2}_){5}[0-9a-f]{2})\.cfg",
            path="ipst_config_{mac_under}.cfg",
            write=config,
            secret=True,
        ),
    ),
    settings=settings,
    dhcp={66: "{host}"},
)
