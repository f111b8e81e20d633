"""What nodes do at which the caller presses keys or speaks."""

from __future__ import annotations

from firmware.ivr.ports import Kept, NoAnswer
from firmware.ivr.saying import Unsayable, Utterance, built_in, utter
from firmware.ivr.visit import Failed, Visit, deed
from firmware.model.flow import asking
from firmware.model.flow.node import Patience, Target
from firmware.model.pattern import Pattern
from firmware.model.speech.parts import Digits

_NEXT_KEY_S = 2.5
"""How long a menu waits for a further key where what was pressed is a choice already."""

_CONFIRM_TIMES = 2


@deed(asking.Menu)
async def menu(visit: Visit, node: asking.Menu) -> Target | None:
    """Take a choice; a wrong one is said to be wrong."""
    for _ in range(node.patience.attempts):
        keys = await _choice(visit, node)
        if keys:
            visit.world.pressed(keys)
        if keys in node.choices:
            return node.choices[keys]
        if node.dials and (extension := visit.world.extension(keys)) is not None:
            return extension
        if keys:
            visit.ear.forget()  # what follows a wrong key is wrong with it
            await visit.ear.say(visit.or_built_in(node.invalid, "invalid_choice"), insists=True)
        elif node.silent is not None:
            await visit.ear.say(visit.utter(node.silent))
    return node.otherwise


async def _choice(visit: Visit, node: asking.Menu) -> str:
    keys = ""
    key = await visit.ear.first(visit.utter(node.saying), node.patience.timeout_s)
    while key:
        keys += key
        if not _may_go_on(visit, node, keys):
            break
        is_whole = keys in node.choices
        timeout_s = min(node.patience.timeout_s, _NEXT_KEY_S) if is_whole else None
        key = await visit.ear.next(timeout_s or node.patience.timeout_s)
        if key == "#" and not _may_begin(visit, node, keys + key):
            break
    return keys


def _may_begin(visit: Visit, node: asking.Menu, keys: str) -> bool:
    return any(choice.startswith(keys) for choice in node.choices) or _may_go_on(visit, node, keys)


def _may_go_on(visit: Visit, node: asking.Menu, keys: str) -> bool:
    """Whether more keys could make a choice of them."""
    longer = any(one.startswith(keys) and one != keys for one in node.choices)
    return longer or (node.dials and visit.world.begins_extension(keys))


@deed(asking.Collect)
async def collect(visit: Visit, node: asking.Collect) -> Target | None:
    """Take digits that are as they should be, confirmed if the flow wants that."""
    for _ in range(node.patience.attempts):
        digits = await _digits(visit, visit.utter(node.saying), node)
        if not digits:
            if node.silent is not None:
                await visit.ear.say(visit.utter(node.silent))
            continue
        if not _is_right(digits, node):
            visit.ear.forget()
            await visit.ear.say(visit.or_built_in(node.invalid, "flow_invalid"), insists=True)
            continue
        if not node.confirms or await _is_confirmed(visit, node, digits):
            visit.assign(node.variable, digits)
            visit.world.note("collected", f"{node.variable}: {len(digits)} digits")
            return node.to
    return node.otherwise


async def _digits(visit: Visit, said: Utterance, node: asking.Collect) -> str:
    return await digits_of(
        visit,
        said,
        most=node.most,
        timeout_s=node.patience.timeout_s,
        star_counts="*" in node.pattern,
    )


async def digits_of(
    visit: Visit, said: Utterance, *, most: int, timeout_s: float, star_counts: bool = False
) -> str:
    """Digits up to the hash key, a pause, or as many as there may be. Star begins anew, unless
    it ``star_counts``; A to D, which a telephone has not, are passed over."""
    digits = ""
    key = await visit.ear.first(said, timeout_s)
    while key and key != "#":
        if key.isdecimal() or (key == "*" and star_counts):
            digits += key
        elif key == "*":
            digits = ""
        key = await visit.ear.next(timeout_s) if len(digits) < most else ""
    return digits


def _is_right(digits: str, node: asking.Collect) -> bool:
    fits = not node.pattern or Pattern(node.pattern).matches(digits)
    return node.least <= len(digits) <= node.most and fits


async def _is_confirmed(visit: Visit, node: asking.Collect, digits: str) -> bool:
    if node.confirm is None:
        said = visit.built_in("flow_confirm", digits=Digits(digits))
    else:
        values = {**visit.values, node.variable: digits}
        said = utter(node.confirm, values, visit.language)
    return await agrees(visit, said, node.patience.timeout_s)


async def agrees(visit: Visit, said: Utterance, timeout_s: float) -> bool:
    """Whether the caller presses 1 and not 2; a caller who presses neither is asked once more."""
    for _ in range(_CONFIRM_TIMES):
        key = await visit.ear.first(said, timeout_s)
        if key in {"1", "2"}:
            return key == "1"
    return False


@deed(asking.ChooseLanguage)
async def choose_language(visit: Visit, node: asking.ChooseLanguage) -> Target | None:
    """Offer each language in its own words."""
    for _ in range(node.patience.attempts):
        key = ""
        for index, language in enumerate(node.languages, 1):
            is_last = index == len(node.languages)
            said = built_in("flow_language", language, key=Digits(str(index)))
            key = await visit.ear.first(said, node.patience.timeout_s if is_last else 0.0)
            if key:
                break
        if key.isdecimal() and 1 <= int(key) <= len(node.languages):
            visit.world.pressed(key)
            visit.world.speak(node.languages[int(key) - 1])
            break
        if key:
            visit.ear.forget()
            await visit.ear.say(visit.built_in("invalid_choice"), insists=True)
    return node.to


@deed(asking.Record)
async def record(visit: Visit, node: asking.Record) -> Target | None:
    """Keep what the caller says."""
    await visit.ear.say(visit.or_built_in(node.saying, "flow_speak"))
    path = await _take_down(visit, node.longest_s, node.silence_s)
    if not path:
        return node.otherwise
    visit.assign(node.variable, path)
    keep(visit, "recording", node.variable, path)
    return node.to


async def _take_down(visit: Visit, longest_s: float, silence_s: float) -> str:
    visit.ear.forget()  # a key would end it at once
    try:
        return await visit.party.take_down(
            f"{visit.flow.name}-{visit.node}", longest_s=longest_s, silence_s=silence_s
        )
    except NoAnswer as error:
        visit.world.note("flow_not_kept", str(error)[:200])
        return ""


def keep(visit: Visit, kind: str, name: str, value: str) -> None:
    """Put on record what the caller leaves behind."""
    kept = Kept(flow=visit.flow.name, node=visit.node, kind=kind, name=name, value=value)
    visit.world.keep(kept)


@deed(asking.Survey)
async def survey(visit: Visit, node: asking.Survey) -> Target | None:
    """Ask for scores and a few words. What was answered is kept at once: many hang up in the
    middle."""
    for question in node.questions:
        score = await _score(visit, question, node.patience)
        if score:
            keep(visit, "score", question.name, score)
    if node.comment is not None:
        await visit.ear.say(visit.utter(node.comment))
        path = await _take_down(visit, node.comment_s, 4.0)
        if path:
            keep(visit, "comment", "comment", path)
    if node.to is not None:
        await visit.ear.say(visit.built_in("flow_thanks"))
    return node.to


async def _score(visit: Visit, question: asking.Question, patience: Patience) -> str:
    for _ in range(patience.attempts):
        key = await visit.ear.first(visit.utter(question.saying), patience.timeout_s)
        if key.isdecimal() and question.least <= int(key) <= question.most:
            return key
        if key:
            visit.ear.forget()
            await visit.ear.say(visit.built_in("invalid_choice"), insists=True)
    return ""


@deed(asking.AskBack)
async def ask_back(visit: Visit, node: asking.AskBack) -> Target | None:
    """Agree on a number and promise to call it."""
    number = await _number(visit, node)
    if not number:
        return node.otherwise
    if not await visit.world.ask_back(node.queue, number):
        if node.otherwise is None:
            raise Failed("nobody can call back")
        await visit.ear.say(visit.built_in("flow_no_callback"), insists=True)
        return node.otherwise
    await visit.ear.say(visit.built_in("flow_callback_taken"), insists=True)
    return node.to


async def _number(visit: Visit, node: asking.AskBack) -> str:
    """The caller's own number if they like, or the one they key in; "" for none."""
    number = str(visit.values["caller"])
    timeout_s = node.patience.timeout_s
    for _ in range(node.patience.attempts):
        if number:
            said = visit.built_in("flow_callback", number=_spoken(number))
            key = await visit.ear.first(said, timeout_s)
            if key == "1":
                return number
            if key == "3":
                return ""
            if key != "2":
                continue
        typed = await digits_of(visit, visit.built_in("enter_number"), most=15, timeout_s=timeout_s)
        if len(typed) >= 3:
            number = typed
    return ""


def _spoken(number: str) -> Digits:
    if not any(character.isdigit() for character in number):
        raise Unsayable(f"{number} is no number")
    return Digits(number)
