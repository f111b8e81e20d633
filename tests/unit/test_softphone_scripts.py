"""The telephone in the browser without one: its state table, and what it sends when its way to the
exchange is cut. Run by node, which comes with npm."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import web

SCRIPTS = Path(web.__file__).parent / "static" / "softphone"
WORLD = Path(__file__).with_name("softphone_world.mjs")
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="no node: npm brings it")


def told(script: str):
    """What a script hands to ``tell``, once."""
    head = "const tell = (value) => { console.log(JSON.stringify(value)); process.exit(0); };\n"
    ran = subprocess.run(
        [str(NODE), "--input-type=module", "-e", head + script],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


def rules(expression: str):
    return told(f'import * as rules from "{SCRIPTS / "calls.js"}"; tell({expression});')


# -- the table --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        ("calling", "answered", "talking"),
        ("ringing", "ended", "over"),
        ("talking", "held", "held"),
        ("held", "lost", "renewing"),
        ("renewing", "renewed", "talking"),
        ("calling", "lost", "over"),
        ("over", "answered", "over"),
        ("renewing", "lost", "renewing"),
    ],
)
def test_a_call_goes_from_state_to_state_and_what_is_late_changes_nothing(state, event, after):
    assert rules(f'rules.step("{state}", "{event}")') == after


def test_every_state_ends_and_none_is_lost():
    found = rules(
        "Object.keys(rules.CALLS).map((state) => [rules.step(state, 'ended'), "
        "Object.values(rules.CALLS[state]).every((after) => after in rules.CALLS)])"
    )
    assert found == [["over", True]] * 6


def test_an_event_nobody_knows_is_a_bug():
    found = rules(
        '(() => { try { rules.step("talking", "bored"); } catch (e) { return e.name; } })()'
    )
    assert found == "RangeError"


def test_every_state_says_what_may_be_done():
    for state, allowed in {
        "ringing": ["answer", "refuse"],
        "held": ["resume", "transfer", "end"],
        "over": [],
    }.items():
        assert rules(f'rules.actions({{state: "{state}"}}, [])') == allowed


def test_two_calls_can_be_joined_when_one_is_held():
    found = rules('rules.actions({state: "talking"}, [{state: "held"}])')
    assert found[-2:] == ["join", "end"]
    assert "join" not in rules('rules.actions({state: "talking"}, [{state: "talking"}])')


# -- words and figures ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("۱۰۲", "102"),
        ("٠٢١", "021"),
        ("+98 (21) 88-77", "+98218877"),
        ("*78#", "*78#"),
        ("ali", ""),
    ],
)
def test_numbers_are_read_in_whatever_digits(typed, number):
    assert rules(f"rules.dialled({json.dumps(typed)})") == number


@pytest.mark.parametrize(
    ("received", "lost", "jitter_ms", "round_trip_ms", "grade"),
    [
        (100, 0, 5, 20, "good"),
        (98, 2, 5, 20, "fair"),
        (100, 0, 40, 20, "fair"),
        (90, 10, 5, 20, "bad"),
        (100, 0, 5, 600, "bad"),
        (0, 0, 0, 0, "silent"),
    ],
)
def test_a_connection_is_graded_by_loss_jitter_and_delay(
    received, lost, jitter_ms, round_trip_ms, grade
):
    now = {
        "received": 1000 + received,
        "lost": 50 + lost,
        "jitter_ms": jitter_ms,
        "round_trip_ms": round_trip_ms,
    }
    found = rules(f"rules.quality({{received: 1000, lost: 50}}, {json.dumps(now)})")
    assert found["grade"] == grade


def test_what_is_kept_over_a_reload_are_the_calls_that_live():
    calls = [
        {
            "state": "talking",
            "dialog": "d1",
            "number": "102",
            "name": "",
            "muted": True,
            "since": 1,
        },
        {"state": "held", "dialog": "d2", "number": "103", "name": "", "muted": False, "since": 2},
        {
            "state": "ringing",
            "dialog": "d3",
            "number": "104",
            "name": "",
            "muted": False,
            "since": 3,
        },
    ]
    found = rules(f"rules.kept({json.dumps(calls)})")
    assert [(one["dialog"], one["muted"], one["wasHeld"]) for one in found] == [
        ("d1", True, False),
        ("d2", False, True),
    ]


# -- the way to the exchange ------------------------------------------------------------------

BEGIN = f"""
globalThis.navigator ??= {{}};
globalThis.addEventListener ??= (name, heard) => {{ (globalThis.heard ??= {{}})[name] = heard; }};
import {{ sip, sent, agents, sessions, world, settle, Invitation }} from "{WORLD}";
import {{ step, toHold }} from "{SCRIPTS / "calls.js"}";
import {{ Phone }} from "{SCRIPTS / "phone.js"}";
const lines = [];
let passes = 0;
const plan = {{
  server: "wss://box:5061", realm: "markaz.internal", number: "101", name: "Sara",
  pass: async () => world.isSignedOut
    ? null
    : {{ user: `pass-${{++passes}}`, password: "p", expires_at: Date.now() / 1000 + 600 }},
  microphone: async () => ({{}}),
}};
const calls = [];
const phone = new Phone(sip, step, plan, {{
  line: (event) => lines.push(event),
  call: (call, event) => calls.push(`${{event}} ${{call.state}}`),
  transfer: (call, status) => lines.push(status),
}});
await phone.start();
await settle();
"""


def phone(story: str, result: str = "{ sent, lines, calls }"):
    return told(f"{BEGIN}\n{story}\nawait settle();\ntell({result});")


def test_it_registers_with_a_pass_and_no_password():
    found = phone("")
    assert found["sent"] == ["REGISTER as pass-1"]
    assert found["lines"] == ["began", "registered"]


def test_what_it_sends_names_no_sources():
    """pjmedia ends the call when such a name begins with a slash."""
    said = "v=0\r\na=mid:0\r\na=ssrc:17 cname:/Ab9\r\na=ssrc:17 msid:- x\r\na=sendrecv\r\n"
    story = (
        f"world.description = {json.dumps(said)};\n"
        "const made = agents[0].configuration.sessionDescriptionHandlerFactory();"
    )
    found = phone(story, "await made.getDescription()")
    assert found == {
        "body": "v=0\r\na=mid:0\r\na=sendrecv\r\n",
        "contentType": "application/sdp",
    }


def test_it_does_not_hang_up_when_the_page_goes():
    assert phone("", "agents[0].configuration.gracefulShutdown") is False


def test_a_call_is_taken_over_after_a_cut_with_a_fresh_pass():
    found = phone("""
        await phone.call("102");
        sessions[0].become("Established");
        agents[0].cut();
        await settle();
        sessions[1].become("Established");
    """)
    assert found["sent"] == [
        "REGISTER as pass-1",
        "INVITE sip:102@markaz.internal",
        "REGISTER as pass-2",
        "INVITE sip:101@markaz.internal Replaces: dialog-1;to-tag=0;from-tag=0",
        "dispose",
    ]
    assert found["calls"][-2:] == ["renewed talking", "media talking"]


def test_a_held_call_is_held_again():
    found = phone("""
        const call = await phone.call("102");
        sessions[0].become("Established");
        await phone.hold(call, true);
        agents[0].cut();
        await settle();
        sessions[1].become("Established");
        await settle();
    """)
    assert found["sent"][-2:] == ["dispose", "hold"]
    assert found["calls"][-1] == "held held"


def test_cut_again_in_the_middle_the_call_is_asked_for_once_more():
    found = phone("""
        await phone.call("102");
        sessions[0].become("Established");
        agents[0].cut();
        await settle();
        agents[0].cut();
        sessions[1].become("Terminated");
        await settle();
        sessions[2].become("Established");
    """)
    assert [one for one in found["sent"] if "Replaces" in one] == [
        "INVITE sip:101@markaz.internal Replaces: dialog-1;to-tag=0;from-tag=0"
    ] * 2
    assert found["calls"][-2:] == ["renewed talking", "media talking"]
    assert "ended over" not in found["calls"]


def test_a_call_that_is_gone_meanwhile_is_over():
    found = phone("""
        await phone.call("102");
        sessions[0].become("Established");
        agents[0].cut();
        await settle();
        sessions[1].become("Terminated");
    """)
    assert found["calls"][-1] == "ended over"


def test_a_ringing_call_ends_with_its_way_and_is_not_asked_for():
    found = phone("""
        agents[0].configuration.delegate.onInvite(new Invitation("102", "d9"));
        agents[0].cut();
    """)
    assert found["sent"] == ["REGISTER as pass-1", "180", "REGISTER as pass-2"]
    assert found["calls"] == ["offered ringing", "lost over"]


def test_it_tries_until_the_exchange_is_back():
    found = phone("""
        world.isReachable = false;
        agents[0].cut();
        await new Promise((go) => setTimeout(go, 400));
        world.isReachable = true;
        await new Promise((go) => setTimeout(go, 900));
    """)
    assert found["lines"].count("began") >= 3
    assert found["lines"][-1] == "registered"


def test_signed_out_it_stops_trying():
    found = phone("""
        world.isSignedOut = true;
        agents[0].cut();
        await new Promise((go) => setTimeout(go, 500));
    """)
    assert found["lines"][-2:] == ["began", "signed_out"]
    assert len(found["sent"]) == 1


def test_without_a_microphone_a_call_rings_on():
    found = phone("""
        plan.microphone = async () => { throw new DOMException("", "NotAllowedError"); };
        agents[0].configuration.delegate.onInvite(new Invitation("102", "d9"));
        await phone.answer(phone.calls[0]);
    """)
    assert found["sent"] == ["REGISTER as pass-1", "180"]
    assert found["calls"] == ["offered ringing", "unanswered ringing"]


def test_refusing_refuses_everywhere():
    found = phone("""
        agents[0].configuration.delegate.onInvite(new Invitation("102", "d9"));
        await phone.refuse(phone.calls[0]);
    """)
    assert found["sent"][-1] == "reject 603"
    assert found["calls"][-1] == "ended over"


def test_an_attended_transfer_names_the_dialog_of_the_call_on_hold():
    found = phone("""
        agents[0].configuration.delegate.onInvite(new Invitation("102", "d9"));
        const first = phone.calls[0];
        await phone.answer(first);
        await phone.hold(first, true);
        const second = await phone.call("103");
        sessions[1].become("Established");
        await phone.join(second, first);
        sessions[1].notify(180);
        sessions[1].notify(200);
    """)
    assert found["sent"][-1] == (
        "REFER sip:102@markaz.internal?Replaces=d9%3Bto-tag%3Dr%3Bfrom-tag%3Dl"
    )
    assert found["lines"][-2:] == [180, 200]


def test_on_hold_and_muted_nobody_is_heard():
    found = phone(
        """
        const call = await phone.call("102");
        sessions[0].become("Established");
        const heard = [sessions[0].isHeard];
        phone.mute(call, true);
        heard.push(sessions[0].isHeard);
        phone.mute(call, false);
        await phone.hold(call, true);
        heard.push(sessions[0].isHeard);
        await phone.hold(call, false);
        heard.push(sessions[0].isHeard);
    """,
        "heard",
    )
    assert found == [True, False, False, True]
