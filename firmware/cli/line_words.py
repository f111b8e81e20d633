"""What line learning says on the command line, in English: the texts of its message ids."""

from __future__ import annotations

from collections.abc import Mapping

from firmware.link.learning import ProposalRow
from firmware.model.learning import Fault, Setting
from firmware.model.loopback import LoopBackFault

ASKS: Mapping[str, str] = {
    "listening_for_dial_tone": "off hook, listening for dial tone; nothing is dialled",
    "dialling_busy_number": "dialling {number}, which should be busy",
    "dialling_wrong_number": "dialling {number}, which nobody should have",
    "let_it_ring_answer_hang_up": (
        "calling {number}: let it ring three times, answer, say nothing for 15 seconds, hang up"
    ),
    "call_this_line_wait_hang_up": (
        "call this line now: let it ring until it answers, wait 15 seconds, hang up"
    ),
}

LOOP_BACK_FAULTS: Mapping[str, str] = {
    LoopBackFault.NO_DIAL_TONE: "no dial tone: is the line plugged into the right socket?",
    LoopBackFault.LINE_CUT: "the line was cut: look at its plug and its cable",
    LoopBackFault.PORT_LOST: "the port is gone: look at the card and its cable",
    LoopBackFault.CALL_CAME_IN: "somebody called: test again later",
    LoopBackFault.REMOVED: "the line was taken out of the configuration",
    LoopBackFault.NO_ECHO: (
        "dial tone is heard, but nothing of our own sound comes back: perhaps callers do not hear "
        "us; make a test call"
    ),
    LoopBackFault.BROKEN: "the test itself broke: lined's log says why",
}

FAULTS: Mapping[str, str] = {
    Fault.NO_DIAL_TONE: "no dial tone came: is another telephone on this line off the hook?",
    Fault.LINE_CUT: "the line was cut",
    Fault.PORT_LOST: "the port is gone",
    Fault.CALL_CAME_IN: "somebody called: their call was more important, learning has ended",
    Fault.NOT_RUNG: "nobody called",
    Fault.GAVE_UP: "the caller gave up before the line could answer",
    Fault.NOT_ANSWERED: "nobody answered",
    Fault.RANG: "the number rang: it is neither busy nor nobody's; give another",
    Fault.DROPPED: "the exchange dropped the call",
    Fault.CANCELLED: "cancelled",
    Fault.REMOVED: "the line's configuration was changed meanwhile",
}

SETTINGS: Mapping[str, str] = {
    Setting.DIAL: "dial tone",
    Setting.BUSY: "busy tone",
    Setting.CONGESTION: "congestion tone",
    Setting.RINGBACK: "ringback tone",
    Setting.HANG_UP: "hang_up: what tells it",
    Setting.SILENCE_S: "silence_s: ends a call",
    Setting.ANSWER: "answer: what tells it",
    Setting.CALLER_ID: "caller_id",
    Setting.CALLER_ID_MOMENT: "caller_id_moment",
    Setting.RING: "ringing",
    Setting.RECEIVE_LEVEL: "receive_level_dbm0",
    Setting.RECEIVE_GAIN: "receive_gain_db",
    Setting.ECHO: "echo_return_loss_db",
    Setting.ROUND_TRIP: "round_trip_loss_db",
}

REASONS: Mapping[str, str] = {
    "tone_steady": "steady for {times} s, {pure} % of all sound, in {calls} calls",
    "tone_repeated": (
        "repeated {times} times alike within {percent} %, {pure} % of all sound, in {calls} calls"
    ),
    "other_sound": "something else was heard for {seconds} s: speech, noise",
    "only_silence": "nothing was heard for {seconds} s",
    "hang_up_seen": "{signals} in {times} of {calls} calls",
    "nothing_tells_hang_up": (
        "nothing happened for {seconds} s after the far end had left, in {calls} calls"
    ),
    "silence_is_all_there_is": (
        "a line that does not say when a call is over is freed after {seconds} s of silence"
    ),
    "polarity_at_answer": "the polarity turned in {times} of {calls} calls",
    "nothing_at_answer": "the wires did not change when it was answered, in {calls} calls",
    "caller_id_read": "read in {times} of {calls} calls",
    "no_caller_id": "none came with {calls} calls; the caller may have withheld it",
    "ring_repeated": "repeated {times} times",
    "level_of_tones": "of {tones} tones, at most {apart} dB apart",
    "line_is_weak": "tones arrive at {level} dBm0 and leave an exchange at about {nominal}",
    "echo_of_noise": "a burst of noise came back, in {calls} calls",
    "no_echo": "nothing came back, down to {depth} dB",
    "far_end_repeats": "the far end sent back what it heard, in {calls} calls",
    "daily_calls": "in {times} of the last {calls} calls, over {days} days",
}


def reason(proposal: ProposalRow) -> str:
    """Why, in words."""
    return REASONS[proposal.why].format(**proposal.params)
