"""The site configuration is validated whole: every problem at once, with advice, no secret."""

from __future__ import annotations

import pytest

from firmware.config import document
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.schema import Language, LineKind, Site

GOOD = """
office:
  name: دفتر
  language: fa
extension:
  - number: 0101
    name: Sara
    password: correct horse
  - number: 201
    name: Fax
line:
  - name: fxo-1
    kind: trunk
    route: ivr:main
  - name: fxs-1
    kind: station
    extension: 201
ivr:
  - name: main
    number: 600
    choice: [{digit: 1, to: queue:support}, {digit: 0, to: extension:0101}]
    otherwise: queue:support
queue:
  - name: support
    number: 601
    title: Support
    members: [0101]
"""


def with_more(section: str, item: str) -> str:
    """GOOD with one more item in a section."""
    return GOOD.replace(f"{section}:\n", f"{section}:\n  - {item}\n", 1)


def problems_of(text: str) -> dict[str, Problem]:
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)
    return {problem.path: problem for problem in caught.value.problems}


def test_a_good_text_becomes_a_site_and_numbers_keep_their_zeros() -> None:
    site = document.parse(GOOD)

    assert site.office.language is Language.PERSIAN
    assert site.extension[0].number == "0101"
    assert site.line[0].kind is LineKind.TRUNK
    assert site.queue[0].members == ("0101",)


def test_the_empty_text_is_a_site_of_defaults() -> None:
    assert document.parse("") == Site()


def test_everything_wrong_is_in_one_report() -> None:
    found = problems_of(
        """
        office:
          langage: fa
        network:
          sip_port: 5060x
          sip_port: 5061
        extension:
          - number: 101x
            name: Ali
            password: x7
          - number: 102
            name: Sara
        queue:
          - name: support
            title: S
            members: [101, 1022, {}]
            strategy: linaer
            max_length: &most 5
        line:
          - name: fxo-1
            kind: trunk
            route: queue:suport
        ivr:
          - name: main
            choice: [{digit: 12, to: support}, {digit: 1}]
        """
    )

    assert set(found) == {
        "office.langage",
        "network.sip_port",
        "extension[0].number",
        "extension[1].password",
        "queue[0].members[0]",
        "queue[0].members[1]",
        "queue[0].members[2]",
        "queue[0].strategy",
        "queue[0].max_length",
        "line[0].route",
        "ivr[0].choice[0].digit",
        "ivr[0].choice[0].to",
        "ivr[0].choice[1].to",
    }
    assert found["office.langage"].suggestion == "did you mean language?"
    assert (found["network.sip_port"].line, found["network.sip_port"].column) == (6, 11)
    assert (found["queue[0].strategy"].line, found["queue[0].strategy"].column) == (17, 13)
    assert found["extension[1].password"].line == 11  # where the extension begins
    assert found["ivr[0].choice[1].to"].line == 25
    assert found["queue[0].members[1]"].suggestion == 'did you mean "102"?'
    assert found["queue[0].strategy"].suggestion == 'did you mean "linear"?'
    assert found["line[0].route"].suggestion == 'did you mean "queue:support"?'
    assert found["ivr[0].choice[1].to"].reason == "is missing"


def test_the_report_is_one_text_with_a_line_for_each_problem() -> None:
    with pytest.raises(ConfigRejected) as caught:
        document.parse("office:\n  nmae: A\n  country: Iran\nqueue: []\nline: 5")

    title, *lines = str(caught.value).splitlines()
    assert title == "3 problems in the site configuration:"
    assert lines == [
        "line 2, column 3: office.nmae = A: nobody knows this key (did you mean name?)",
        "line 3, column 3: office.country = Iran: must be a country's two small letters",
        'line 5, column 1: line = ********: must be a list (begin each of its items with "- ")',
    ]


@pytest.mark.parametrize(
    ("section", "misspelt", "meant"),
    [
        ("office", "lanuage", "language"),
        ("network", "sip_prt", "sip_port"),
        ("switch", "max_call", "max_calls"),
        ("recording", "polcy", "policy"),
    ],
)
def test_an_unknown_key_suggests_the_nearest_of_its_own_section(
    section: str, misspelt: str, meant: str
) -> None:
    found = problems_of(f"{section}:\n  {misspelt}: 1")

    assert found[f"{section}.{misspelt}"].suggestion == f"did you mean {meant}?"


def test_an_unknown_key_like_no_other_lists_the_known_ones() -> None:
    assert problems_of("recording: {xyzzy: 1}")["recording.xyzzy"].suggestion == (
        "known here: policy, announce, rule, format, keep, encryption"
    )


def test_an_unknown_section_suggests_the_nearest() -> None:
    assert problems_of("extensions: [{number: 1}]")["extensions"].suggestion == (
        "did you mean extension?"
    )


@pytest.mark.parametrize("key", ["password", "pasword", "secret_word", "sip_pin", "p"])
@pytest.mark.parametrize(
    "value",
    ["hunter2", "72272", "[hunter2]", "{x: hunter2}", "&hunter2 x", "*hunter2", "!hunter2 x"],
)
def test_no_secret_is_in_any_report(key: str, value: str) -> None:
    text = f'extension:\n- number: x\n  name: ""\n  {key}: {value}\n  {key}: {value}'
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)

    assert "hunter2" not in str(caught.value)
    assert "72272" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "extension: hunter2",
        "extension: [hunter2]",
        "extension: [password:hunter2]",
        "extension: [{password:hunter2}]",
        "extension: [{password:hunter2 x: y}]",
        "extension: {number: 1, password: hunter2}",
        "extension: [[password, hunter2]]",
        "password: hunter2",
        "extension:\n- number: 1\n  password hunter2\n  name: x",
        'extension:\n- number: 1\n  password: "hunter2\n  name: x',
        "extension:\n- number: 1\n  password: hunter2: x",
    ],
)
def test_a_secret_in_the_wrong_shape_or_place_is_not_shown(text: str) -> None:
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)

    assert "hunter2" not in str(caught.value)


def test_sections_of_the_wrong_shape_do_not_stop_the_other_checks() -> None:
    found = problems_of("queue: 5\nnetwork: [1]\nline:\n- name: l\n  kind: trunk")

    assert set(found) == {"queue", "network", "line[0].route"}


def member(text: str) -> str:
    return GOOD.replace("members: [0101]", text)


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        (
            with_more("extension", "{number: 201, name: B, password: p}"),
            "extension[2].number",
            "this number a second time: extension[0].number has it already",
        ),
        (
            GOOD.replace("number: 601", "number: 600"),
            "queue[0].number",
            "this number a second time: ivr[0].number has it already",
        ),
        (
            GOOD.replace("number: 600", "number: 0101"),
            "ivr[0].number",
            "this number a second time: extension[0].number has it already",
        ),
        (
            with_more("queue", "{name: support, title: B}"),
            "queue[1].name",
            "a second queue of this name: queue[0].name has it already",
        ),
        (
            with_more("line", "{name: fxo-1, kind: trunk, route: ivr:main}"),
            "line[1].name",
            "a second line of this name: line[0].name has it already",
        ),
        (
            with_more("line", "{name: fxs-2, kind: station, extension: 201}"),
            "line[2].extension",
            "a second station line for this extension: line[0].extension has it already",
        ),
        (
            member('members: [0101, "0101"]'),
            "queue[0].members[1]",
            "the same member twice: queue[0].members[0] has it already",
        ),
        (
            GOOD.replace("digit: 0", "digit: 1"),
            "ivr[0].choice[1].digit",
            "a second choice for this key: ivr[0].choice[0].digit has it already",
        ),
        (member("members: [999]"), "queue[0].members[0]", "no extension has this number"),
        (
            GOOD.replace("queue:support}", "queue:main}"),
            "ivr[0].choice[0].to",
            'there is no queue "main"',
        ),
        (
            GOOD.replace("otherwise: queue:support", "otherwise: ivr:main"),
            "ivr[0].otherwise",
            "a caller who presses nothing would come back here for ever",
        ),
        (
            GOOD.replace("    extension: 201\n", "").replace("Fax", "Fax\n    password: p"),
            "line[1].extension",
            "is missing: a station line stands for an extension",
        ),
        (
            GOOD.replace("extension: 201\n", "extension: 201\n    route: ivr:main\n"),
            "line[1].route",
            "a station line has no route: its telephone dials",
        ),
        (
            GOOD.replace("route: ivr:main\n", "route: ivr:main\n    extension: 201\n"),
            "line[0].extension",
            "a trunk line stands for no extension: strangers call on it",
        ),
        (
            GOOD.replace("route: ivr:main\n", "route: ivr:main\n    device: /dev/x\n"),
            "line[0].device",
            "a simulated line has no device",
        ),
        (
            GOOD.replace("route: ivr:main\n", "route: ivr:main\n    driver: dahdi\n"),
            "line[0].device",
            'is missing: driver "dahdi" needs a device',
        ),
        (
            with_more(
                "line", "{name: g, kind: mobile, route: ivr:main, driver: dahdi, device: /dev/x}"
            ),
            "line[0].driver",
            "this driver has no mobile lines",
        ),
        (
            GOOD.replace("correct horse", "0101"),
            "extension[0].password",
            "is the extension's own number: the first thing an attacker tries",
        ),
        (
            GOOD.replace("correct horse", '"a\\nb"'),
            "extension[0].password",
            "must be at least one character, and none of them a control character",
        ),
        (
            GOOD.replace("name: Sara", 'name: "Sara\\r\\nContact: <sip:evil>"'),
            "extension[0].name",
            "must be 1 to 80 characters, none of them a control character",
        ),
    ],
)
def test_what_one_part_says_of_another_is_checked(text: str, path: str, reason: str) -> None:
    found = problems_of(text)

    assert {p: problem.reason for p, problem in found.items()} == {path: reason}


def test_an_extension_on_a_station_line_needs_no_password_any_other_does() -> None:
    found = problems_of(GOOD.replace("    password: correct horse\n", ""))

    assert list(found) == ["extension[0].password"]


def test_the_right_name_under_the_wrong_kind_is_suggested() -> None:
    found = problems_of(GOOD.replace("to: queue:support", "to: extension:support"))

    assert found["ivr[0].choice[0].to"].suggestion == 'did you mean "queue:support"?'


def test_menus_that_lead_to_one_another_are_a_loop_only_without_a_way_out() -> None:
    loop = """
    ivr:
      - {name: a, choice: [{digit: 1, to: ivr:a}], otherwise: ivr:b}
      - {name: b, choice: [{digit: 1, to: ivr:a}], otherwise: ivr:a}
    """
    assert set(problems_of(loop)) == {"ivr[0].otherwise", "ivr[1].otherwise"}

    way_out = loop.replace(", otherwise: ivr:a", "")
    assert len(document.parse(way_out).ivr) == 2


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("console_port: 5060", "network.console_port", "sip_port has this port already"),
        (
            "sip_address: 0.0.0.0, sip_port: 15070",
            "network.inner_edge_port",
            "sip_port has this port already",
        ),
        (
            "sip_port: 20500",
            "network.sip_port",
            "lies within 20000-23999 (rtp_first, rtp_last)",
        ),
        ("rtp_last: 19000", "network.rtp_last", "is below rtp_first (20000)"),
        (
            "line_rtp_first: 23000",
            "network.line_rtp_first",
            "the ports 23000-25999 overlap with 20000-23999 (rtp_first, rtp_last)",
        ),
        (
            "rtp_last: 20099",
            "network.rtp_last",
            "100 ports are too few for max_calls = 150, which need 600",
        ),
        ("sip_port: true", "network.sip_port", "must be a whole number in the digits 0-9"),
        ("sip_port: 70000", "network.sip_port", "must be less than or equal to 65535"),
        (
            "sip_address: phones.local",
            "network.sip_address",
            "is not a valid IPv4 address",
        ),
    ],
)
def test_ports_that_meet_or_are_none(text: str, path: str, reason: str) -> None:
    found = problems_of(f"network: {{{text}}}")

    assert path in found
    assert found[path].reason.startswith(reason)
    assert len(found) == 1


def test_a_port_of_a_wrong_shape_causes_no_second_problem() -> None:
    assert set(problems_of("network: {rtp_first: x, sip_port: 0}")) == {
        "network.rtp_first",
        "network.sip_port",
    }


def test_equal_ports_on_different_addresses_do_not_meet() -> None:
    text = "network: {sip_address: 192.168.1.2, sip_port: 15070}"

    assert document.parse(text).network.sip_port == 15070


@pytest.mark.parametrize(
    "value", ["nan", ".inf", "-1", "true", "1_0", "1e1", "+5", "05", "5.", "9" * 400, "{}", "[5]"]
)
def test_times_are_numbers_within_limits(value: str) -> None:
    assert list(problems_of(f"switch: {{ring_timeout_s: {value}}}")) == ["switch.ring_timeout_s"]


def test_a_very_long_value_is_shortened_in_the_report() -> None:
    found = problems_of(f"office: {{country: {'x' * 5000}}}")

    assert len(found["office.country"].value) <= 60


def test_a_parking_number_consists_of_digits() -> None:
    found = problems_of("park: {number: 7*}")
    assert found["park.number"].reason == "must be 1 to 16 of the digits 0-9"
