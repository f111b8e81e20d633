"""What telephones can watch at one site: the lamp behind every number and name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from firmware.config.schema import LineKind, Site
from firmware.edge.publisher import Resource
from firmware.model.features import Feature
from firmware.model.lamps import Kind, LampRules, Subject
from firmware.model.personal import ForwardKind

_FORWARD = {
    Feature.FORWARD_ALWAYS_ON: ForwardKind.ALWAYS,
    Feature.FORWARD_BUSY_ON: ForwardKind.BUSY,
    Feature.FORWARD_NO_ANSWER_ON: ForwardKind.NO_ANSWER,
    Feature.FORWARD_UNREACHABLE_ON: ForwardKind.UNREACHABLE,
}


def rules(site: Site) -> LampRules:
    """How the site wants its lamps."""
    return LampRules(
        show_caller=site.presence.show_caller,
        show_dnd=site.presence.show_dnd,
        stations={
            line.name: line.extension
            for line in site.line
            if line.kind is LineKind.STATION and line.extension is not None
        },
    )


def lamps(site: Site) -> Mapping[Resource, Subject]:
    """Every lamp of the site. A number goes before a name that is written alike."""
    found: dict[Resource, Subject] = {}
    for user, subject in _of_everybody(site):
        found.setdefault(Resource("dialog", user, site.network.realm), subject)
    for extension in site.extension:
        for user, subject in _of_one(site, extension.number).items():
            found[Resource("dialog", user, own_domain(site, extension.number))] = subject
    return found


def personal_numbers(site: Site) -> frozenset[str]:
    """The numbers whose lamp depends on who looks: feature codes about oneself. To Kamailio
    each looker's is in a domain of their own (``own_domain``)."""
    return frozenset(
        user for extension in site.extension for user in _of_one(site, extension.number)
    )


def own_domain(site: Site, number: str) -> str:
    """The domain of what only ``number`` sees, as kamailio.cfg has it."""
    return f"{number}.{site.network.realm}"


def _of_everybody(site: Site) -> Iterator[tuple[str, Subject]]:
    codes = site.features.codes
    for extension in site.extension:
        yield extension.number, Subject(Kind.PERSON, extension.number)
    if site.internet.lamp is not None:
        yield site.internet.lamp, Subject(Kind.INTERNET, "internet")
    for slot in site.park.numbers:
        yield slot, Subject(Kind.SLOT, slot)
    if night := codes.code_of(Feature.NIGHT_SWITCH):
        for calendar in site.calendar:
            yield night + calendar.slot, Subject(Kind.NIGHT, calendar.name)
    for number, destination in site.numbers.items():
        kind, _, name = destination.partition(":")
        yield (
            number,
            Subject(Kind.QUEUE, name) if kind == "queue" else Subject(Kind.PLACE, destination),
        )
    for line in site.line:
        yield line.name, Subject(Kind.LINE, line.name)
    for trunk in site.trunk:
        yield trunk.name, Subject(Kind.TRUNK, trunk.name)


def _of_one(site: Site, number: str) -> Mapping[str, Subject]:
    """What the feature codes show to one person."""
    codes = site.features.codes
    wanted = {
        feature: Subject(Kind.DND, number)
        for feature in (Feature.DND_TOGGLE, Feature.DND_ON, Feature.DND_OFF)
    }
    wanted |= {f: Subject(Kind.FORWARD, number, forward) for f, forward in _FORWARD.items()}
    if any(number in queue.members for queue in site.queue):
        wanted |= {
            feature: Subject(Kind.AGENT, number)
            for feature in (Feature.AGENT_LOG_IN, Feature.AGENT_LOG_OUT)
        }
    return {code: subject for f, subject in wanted.items() if (code := codes.code_of(f))}
