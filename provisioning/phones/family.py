"""A family: the telephones that read one vendor's kind of file, as data and three functions.

The way through a family is always the same::

    Device --settings()--> {parameter: value} --overrides--> checked --write()--> bytes

so the lint, the preview, the difference and the overrides work on names and values and know
no vendor. A writer only says how names and values look in a file, and escapes them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from urllib.parse import urlsplit

from provisioning.device import (
    Answer,
    Device,
    DhcpOption,
    Evidence,
    FileKind,
    FileName,
    Key,
    RenderedFile,
    Resync,
)
from provisioning.phones.writers import Settings, checked

SOFTER: Mapping[str, str] = {'"': "'", ";": ",", "=": "-"}
"""What stands in a name for a letter that a vendor's file cannot carry."""

MAC = r"(?P<mac>[0-9a-f]{12})"
TEXT = "text/plain; charset=utf-8"

Writer = Callable[[Device, Settings], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model we recognise. ``code`` is what the vendor writes in file names for it."""

    name: str
    vendor: str
    evidence: Evidence
    source: str
    accounts: int = 1
    keys: int = 0
    modules: int = 0
    ports: int = 0  # of an ATA
    code: str = ""


NO_MODEL = Model(name="", vendor="", evidence=Evidence.INFERRED, source="no such model is known")

Told = Callable[[Device, Model], Settings]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRule:
    """Files of one shape.

    ``pattern`` is matched against the whole path, whatever the case, any folders before it
    allowed; its groups ``mac``, ``model`` and ``code`` say whose file it is. ``path`` is how
    the file is called for one ``Device``; empty for what is asked only by habit.
    ``write`` None answers "there is none" (or, for an upload, is never asked).
    """

    kind: FileKind
    pattern: str
    path: str = ""
    write: Writer | None = None
    secret: bool = False
    content_type: str = TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One vendor's way. See the module for how the parts work together."""

    name: str
    title: str
    models: tuple[Model, ...]
    user_agents: tuple[str, ...]  # groups: model, firmware, mac; tried in order
    rules: tuple[FileRule, ...]
    settings: Told
    known: str = ""  # list in phones/known the lint holds settings against; "" is unknown
    unlisted: frozenset[str] = frozenset()  # documented elsewhere than in the known list
    vendor_classes: tuple[str, ...] = ()  # of DHCP option 60; group model
    ouis: tuple[str, ...] = ()
    pnp_vendors: tuple[str, ...] = ()  # as the vendor calls itself in a PnP request
    module_keys: int = 20  # of one expansion module
    never_in_names: str = ""  # letters its file cannot carry: names go without, see ``softened``
    never_in_labels: str = ""  # those of keys only
    pnp: str = "{base}"  # URL in the PnP answer; "" is a family that does not ask
    push: str = ""  # of its own page, that makes it fetch {own}; "" where none is documented
    dhcp: Mapping[int, str] = field(default_factory=lambda: {66: "{base}"})
    resync_event: str = "check-sync;reboot=false"
    reboot_event: str = "check-sync;reboot=true"
    model_of: Callable[[str], str] = str  # a model as the wire writes it, to our name

    @property
    def vendors(self) -> Sequence[str]:
        """The vendors' names, in the order of the models."""
        return tuple(dict.fromkeys(model.vendor for model in self.models))

    def model(self, name: str) -> Model | None:
        """The model called ``name``, spelled in any way (case, spaces, dashes)."""
        return _by_spelling(self).get(_spelling(self.model_of(name)))

    def model_by_code(self, code: str) -> Model | None:
        """The model whose files carry ``code``."""
        bare = code.lower().lstrip("0") or "0"
        found = [m for m in self.models if m.code.lower() == bare]
        return found[0] if len(found) == 1 else None  # several models share some codes

    def answers(self, path: str) -> Answer | None:
        """What ``path`` asks for; None when no rule of this family knows it."""
        found = self._match(path)
        if found is None:
            return None
        rule, groups = found
        model = self.model(groups["model"]) if groups.get("model") else None
        if groups.get("code"):
            model = self.model_by_code(groups["code"])
        return Answer(
            kind=rule.kind,
            mac=(groups.get("mac") or "").replace("_", "").lower(),
            model=model.name if model else "",
            secret=rule.secret,
        )

    def files(self, device: Device) -> Sequence[FileName]:
        """The files ``device`` will ask for, in the order it asks."""
        names = self._names(device)
        return tuple(
            FileName(path=rule.path.format_map(names), kind=rule.kind, secret=rule.secret)
            for rule in self.rules
            if rule.path and (names["code"] or "{code" not in rule.path)
        )

    def preview(self, device: Device) -> Settings:
        """Every parameter ``device`` is told, overrides applied and all values checked.

        Raises:
            Unwritable: a value no file can carry.
        """
        model = self.model(device.model) or NO_MODEL
        told = self.settings(self.softened(device), model)
        return checked({**told, **device.overrides})

    def softened(self, device: Device) -> Device:
        """``device`` with names of people and keys that this vendor's file can carry.

        ``Sales "North"`` becomes ``Sales 'North'`` where a quotation mark cannot be escaped:
        a telephone with a plainer name is better than one without its file. Anything else that
        cannot be written is refused.
        """
        name = str.maketrans({letter: SOFTER[letter] for letter in self.never_in_names})
        label = str.maketrans({letter: SOFTER[letter] for letter in self.never_in_labels})
        if not name and not label:
            return device
        return replace(
            device,
            accounts=tuple(
                replace(
                    a, label=a.label.translate(name), display_name=a.display_name.translate(name)
                )
                for a in device.accounts
            ),
            keys=_labelled(device.keys, name | label),
            expansion_keys=tuple(_labelled(k, name | label) for k in device.expansion_keys),
            contacts=tuple(replace(c, name=c.name.translate(name)) for c in device.contacts),
        )

    def render(self, device: Device, path: str) -> RenderedFile | None:
        """The file ``path`` for ``device``; None where the right answer is 404.

        Only a rule marked secret is written from the accounts; all others are written from
        ``device.pointer()``, so a common file cannot carry a password.

        Raises:
            Unwritable: a value the file cannot carry.
        """
        found = self._match(path)
        if found is None or found[0].write is None:
            return None
        rule, write = found[0], found[0].write
        if not rule.secret:
            listed = device.keys if rule.kind is FileKind.PHONEBOOK else ()  # what keys watch
            device = replace(device.pointer(), contacts=device.contacts, keys=listed)
        return RenderedFile(
            content=write(self.softened(device), self.preview(device)),
            content_type=rule.content_type,
            kind=rule.kind,
            secret=rule.secret,
        )

    def resync(self, device: Device, *, reboot: bool = False) -> Resync:  # noqa: ARG002
        """The NOTIFY in this vendor's dialect."""
        return Resync(event=self.reboot_event if reboot else self.resync_event)

    def dhcp_options(self, base_url: str) -> Sequence[DhcpOption]:
        """What a DHCP server says to these telephones so that they ask at ``base_url``."""
        url = urlsplit(base_url)
        path = url.path.strip("/")
        filled = {
            code: text.format(base=base_url, host=url.hostname, port=url.port or 80, path=path)
            for code, text in self.dhcp.items()
        }
        return tuple(
            DhcpOption(
                code=code,
                value=text.encode("ascii"),
                vendor_class="|".join(self.vendor_classes),
                text=text,
            )
            for code, text in filled.items()
        )

    def pnp_url(self, base_url: str, *, mac: str, model: str = "") -> str | None:
        """The URL that answers a PnP request; None where the family does not ask so."""
        if not self.pnp:
            return None
        return self.pnp.format(base=base_url, mac=mac, MAC=mac.upper(), model=model)

    def push_url(self, device: Device, address: str) -> str:
        """What makes a telephone at ``address`` fetch its own file; "" where nothing is known."""
        own = next((file.path for file in self.files(device) if file.secret), "")
        return self.push.format(address=address, own=f"{device.base_url}{own}") if own else ""

    def _names(self, device: Device) -> Mapping[str, str]:
        model = self.model(device.model)
        return {
            "mac": device.mac,
            "MAC": device.mac.upper(),
            "model": device.model,
            "model_lower": device.model.lower(),
            "model_under": device.model.lower().replace("-", "_"),
            "mac_under": "_".join(re.findall("..", device.mac)),
            "number": device.accounts[0].number if device.accounts else "",
            "model_psn": re.sub("^SPA", "spa", device.model),  # Cisco's $PSN
            "code": model.code if model else "",
        }

    def _match(self, path: str) -> tuple[FileRule, Mapping[str, str]] | None:
        bare = path.partition("?")[0].lstrip("/")
        if ".." in bare:
            return None
        for rule in self.rules:
            match = _compiled(rule.pattern).fullmatch(bare)
            if match:
                return rule, match.groupdict()
        return None


def _labelled(keys: tuple[Key, ...], table: dict[int, str]) -> tuple[Key, ...]:
    return tuple(replace(key, label=key.label.translate(table)) for key in keys)


def words(text: str) -> tuple[str, ...]:
    """The words of ``text``: a list that is easy to read and to compare."""
    return tuple(text.split())


def models_of(folder: str) -> tuple[Model, ...]:
    """The models in ``phones/<folder>/models.toml``.

    A ``[[series]]`` holds the models of one vendor with the same abilities; ``[codes]`` what
    file names call them. ``proven_with_client``, ``replayed`` and ``undocumented`` name single
    models whose evidence is better or worse than their series'.
    """
    text = resources.files("provisioning.phones").joinpath(folder, "models.toml")
    table = tomllib.loads(text.read_text(encoding="utf-8"))
    codes = table.get("codes", {})
    return tuple(
        Model(
            name=name,
            vendor=series["vendor"],
            evidence=Evidence(_label(name, table) or series["evidence"]),
            source="sister models" if name in table.get("undocumented", ()) else series["source"],
            accounts=series.get("accounts", 1),
            keys=series.get("keys", 0),
            modules=series.get("modules", 0),
            ports=series.get("ports", 0),
            code=str(codes.get(name, "")),
        )
        for series in table["series"]
        for name in series["models"]
    )


def _label(name: str, table: Mapping[str, Collection[str]]) -> str:
    """What is said of the one model, over what its series says."""
    labels = {"proven_with_client": "proven_with_client", "replayed": "replayed"}
    labels["undocumented"] = "inferred"
    return next((label for key, label in labels.items() if name in table.get(key, ())), "")


_patterns: dict[str, re.Pattern[str]] = {}
_spellings: dict[str, dict[str, Model]] = {}


def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern not in _patterns:
        _patterns[pattern] = re.compile(rf"(?:[\w.%-]+/)*(?:{pattern})", re.IGNORECASE)
    return _patterns[pattern]


def _spelling(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _by_spelling(family: Family) -> dict[str, Model]:
    if family.name not in _spellings:
        _spellings[family.name] = {_spelling(m.name): m for m in family.models}
    return _spellings[family.name]
