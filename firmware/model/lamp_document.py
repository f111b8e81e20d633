"""The two documents lamps travel in: dialog-info (RFC 4235) and message-summary (RFC 3842)."""

from __future__ import annotations

import re
from urllib.parse import quote
from xml.etree import ElementTree as ET  # only written here, nothing foreign is parsed

from firmware.model.lamps import Dialog, Glow, Lamp

DIALOG_INFO = "application/dialog-info+xml"
MESSAGE_SUMMARY = "application/simple-message-summary"

_NAMESPACE = "urn:ietf:params:xml:ns:dialog-info"

_VERSION = "00000000000"
"""Eleven digits: Kamailio puts each subscription's own count there."""

_DARK = "terminated"

_UNESCAPED = "-_.!~*'()+$"
"""Of RFC 3261 §25.1 what no telephone takes for a parameter."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 cannot carry at all, escaped or not. A caller's name comes from outside."""


def dialog_info(user: str, domain: str, lamp: Lamp, *, all_dialogs: bool = False) -> str:
    """The full state of a lamp, as it is published.

    Telephones that know only one dialog take the first, and some of them keep one that is
    missing in the next document: unless ``all_dialogs``, only the most telling one is shown.
    The first dialog's id never changes: by it Kamailio knows the document that it replaces.
    """
    entity = uri(user, domain)
    root = ET.Element("dialog-info", {"xmlns": _NAMESPACE, "version": _VERSION})
    root.set("state", "full")
    root.set("entity", entity)
    shown = lamp if all_dialogs else lamp[:1]
    for number, dialog in enumerate(shown, start=1):
        _add(root, str(number), entity, domain, dialog)
    if not shown:
        ET.SubElement(ET.SubElement(root, "dialog", {"id": "1"}), "state").text = _DARK
    return '<?xml version="1.0"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def message_summary(user: str, domain: str, *, new: int, old: int) -> str:
    """What a mailbox holds: RFC 3842 §5.2."""
    return (
        f"Messages-Waiting: {'yes' if new else 'no'}\r\n"
        f"Message-Account: {uri(user, domain)}\r\n"
        f"Voice-Message: {new}/{old} (0/0)\r\n"
    )


def uri(user: str, domain: str) -> str:
    """The SIP URI of a number or of a line's name."""
    return f"sip:{quote(user, safe=_UNESCAPED)}@{domain}"


def _add(root: ET.Element, ident: str, entity: str, domain: str, dialog: Dialog) -> None:
    node = ET.SubElement(root, "dialog", {"id": ident, "direction": dialog.direction})
    if dialog.leg and dialog.glow is Glow.BLINKING:
        # What comes back in Replaces is the leg's id, whatever the dialog's real names are.
        node.set("call-id", dialog.leg)
        node.set("local-tag", dialog.leg)
        node.set("remote-tag", dialog.leg)
    ET.SubElement(node, "state").text = dialog.glow
    local = ET.SubElement(node, "local")
    ET.SubElement(local, "identity").text = entity
    target = ET.SubElement(local, "target", {"uri": entity})
    if dialog.is_held:
        ET.SubElement(target, "param", {"pname": "+sip.rendering", "pvalue": "no"})
    if dialog.remote is not None:
        address = uri(_clean(dialog.remote.number), domain)
        remote = ET.SubElement(node, "remote")
        identity = ET.SubElement(remote, "identity")
        identity.text = address
        if name := _clean(dialog.remote.name):
            identity.set("display", name)
        ET.SubElement(remote, "target", {"uri": address})


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
