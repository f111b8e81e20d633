"""From the site configuration to what the exchange runs on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firmware.config.flows import flows
from firmware.config.inner import EDGE_ADDRESS, LINES_ADDRESS, SWITCH_ADDRESS
from firmware.config.routes import routing
from firmware.config.schema import Site
from firmware.config.sections.groups import Group
from firmware.model.dialplan import (
    Destination,
    Dialplan,
    GroupPlace,
    PagePlan,
    ParkPlan,
    RoomPlan,
    Station,
)
from firmware.sip.message import uri
from firmware.sip.stack import AccountPlan, StackPlan
from firmware.switchd.target import Target

EDGE, BROWSERS, LINES = "edge", "browsers", "lines"
"""The accounts: calls by way of Kamailio, of telephones and of browsers, and of lined's lines."""

TELEPHONES = frozenset({EDGE, BROWSERS})
"""Whose calls are an extension's, as Kamailio asserts. Which of the two a call comes by follows
from the media that it offers, so from what a telephone says."""


def stack_plan(site: Site) -> StackPlan:
    """switchd's SIP stack."""
    network = site.network
    edge = f"{EDGE_ADDRESS}:{network.inner_edge_port}"
    return StackPlan(
        address=SWITCH_ADDRESS,
        port=network.inner_switch_port,
        domain=network.realm,
        rate_hz=site.switch.bridge_rate_hz,
        silence_s=site.switch.silence_s,
        max_dialogs=min(2 * site.switch.max_calls + 12, 512),
        accounts=(
            AccountPlan(
                name=EDGE,
                peer=edge,
                via=edge,
                media_address=str(network.media_address),
                rtp_first=network.rtp_first,
                rtp_last=network.rtp_last,
            ),
            AccountPlan(
                name=BROWSERS,
                peer=edge,
                via=edge,
                media_address=str(network.media_address),
                rtp_first=network.rtp_first,
                rtp_last=network.rtp_last,
                is_for_browsers=True,
            ),
            AccountPlan(
                name=LINES,
                peer=f"{LINES_ADDRESS}:{network.inner_lines_port}",
                via="",
                media_address=SWITCH_ADDRESS,
                rtp_first=network.line_rtp_first,
                rtp_last=network.line_rtp_last,
                is_ours=True,
            ),
        ),
    )


def station_target(site: Site, station: Station) -> Target:
    """How a station is called."""
    if station.line:
        return Target(
            account=LINES,
            uri=uri(station.line, f"{LINES_ADDRESS}:{site.network.inner_lines_port}"),
            party=station.number,
            line=station.line,
        )
    return Target(account=EDGE, uri=uri(station.number, site.network.realm), party=station.number)


def browser_target(site: Site, station: Station) -> Target:
    """How the browsers of a station's person are called: by the name they are bound under."""
    return Target(
        account=BROWSERS,
        uri=uri(f"{station.number}.browser", site.network.realm),
        party=station.number,
    )


def line_target(site: Callable[[], Site], line: str, number: str, caller_id: str | None) -> Target:
    """How ``number`` is dialled out on a trunk line or SIM (see ``lined.gateway``)."""
    return Target(
        account=LINES,
        uri=uri(number, f"{LINES_ADDRESS}:{site().network.inner_lines_port}"),
        party=number,
        line=line,
        way=line,
        caller=caller_id,
        headers={"X-Markaz-Line": line},
    )


def dialplan(site: Site) -> Dialplan:
    """Where calls go."""
    line_of = {line.extension: line.name for line in site.line if line.extension}
    return Dialplan(
        language=site.office.language,
        ring_timeout_s=site.switch.ring_timeout_s,
        stations={
            extension.number: Station(
                number=extension.number,
                name=extension.name,
                pickup_group=extension.pickup_group or "",
                language=extension.language or site.office.language,
                line=line_of.get(extension.number, ""),
            )
            for extension in site.extension
        },
        flows=frozenset(flows(site)),
        queues={queue.name: queue.title for queue in site.queue},
        numbers={number: Destination.parse(to) for number, to in site.numbers.items()},
        park=park_plan(site),
        rooms=room_plans(site),
        pages=page_plans(site),
        routes={line.name: Destination.parse(line.route) for line in site.line if line.route},
        groups={group.name: _group(group) for group in site.group},
        codes=site.features.codes,
        boxes=frozenset(
            one.number for one in site.extension if site.voicemail.settings_of(one.number)
        ),
        outside=routing(site),
        calendars=frozenset(one.name for one in site.calendar),
    )


def park_plan(site: Site) -> ParkPlan:
    """The parking slots."""
    park = site.park
    return ParkPlan(
        number=park.number,
        slots=park.numbers,
        timeout_s=park.timeout_s,
        otherwise=Destination.parse(park.otherwise) if park.otherwise else None,
    )


def room_plans(site: Site) -> Mapping[str, RoomPlan]:
    """The conference rooms."""
    return {
        room.name: RoomPlan(
            name=room.name,
            title=room.title,
            pin=room.pin.get_secret_value() if room.pin else "",
            most=room.most,
            is_recorded=room.record,
        )
        for room in site.conference
    }


def page_plans(site: Site) -> Mapping[str, PagePlan]:
    """Who is paged together."""
    return {
        page.name: PagePlan(title=page.title, members=page.members, is_two_way=page.two_way)
        for page in site.page
    }


def pin_of(site: Site, number: str) -> str:
    """The PIN with which a person or agent logs in at another telephone; "" for none."""
    pins = {extension.number: extension.pin for extension in site.extension}
    pins |= {agent.number: agent.pin for agent in site.agent if agent.pin is not None}
    pin = pins.get(number)
    return pin.get_secret_value() if pin is not None else ""


def _group(group: Group) -> GroupPlace:
    otherwise = Destination.parse(group.otherwise) if group.otherwise else None
    return GroupPlace(group=group.rule, otherwise=otherwise)
