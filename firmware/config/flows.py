"""From the site configuration to flows; a menu of the section ``ivr`` is one of a single node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from firmware.config.schema import Ivr, Site
from firmware.config.sections import flows as written
from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.flow import asking, doing
from firmware.model.flow.node import Flow, Node, Patience, Saying, Target
from firmware.model.flow.wish import QueueWish

MENU = "menu"
"""The only node of a flow that is made of a menu."""

_LANGUAGES = ("en", "fa", "ar")

_CAUSES: Final = {
    "normal": Cause.NORMAL_CLEARING,
    "busy": Cause.USER_BUSY,
    "rejected": Cause.CALL_REJECTED,
    "unavailable": Cause.NO_ANSWER,
    "congestion": Cause.SWITCH_CONGESTION,
}


def flows(site: Site) -> Mapping[str, Flow]:
    """Every flow, those made of menus too."""
    made = {menu.name: of_menu(menu) for menu in site.ivr}
    return made | {one.name: flow_of(one) for one in site.flow}


def of_menu(menu: Ivr) -> Flow:
    """A menu of one level as a flow."""
    node = asking.Menu(
        name=MENU,
        saying=Saying(prompt=menu.greeting),
        choices={choice.digit: Destination.parse(choice.to) for choice in menu.choice},
        patience=Patience(timeout_s=menu.digit_timeout_s, attempts=menu.attempts),
        otherwise=Destination.parse(menu.otherwise) if menu.otherwise else None,
    )
    return Flow(
        name=menu.name,
        languages=_LANGUAGES,
        language=menu.language or "",
        start=MENU,
        nodes={MENU: node},
    )


def flow_of(flow: written.Flow) -> Flow:
    """A flow as the interpreter takes it."""
    languages = tuple(str(language) for language in flow.languages)
    return Flow(
        name=flow.name,
        languages=languages,
        language=flow.language or "",
        start=flow.start or flow.node[0].name,
        nodes={one.name: node_of(one, languages) for one in flow.node if deed_of(one)},
        given={one.variable: one.value for one in flow.given},
        limit_s=flow.limit_s,
        late=_target(flow.late),
        failed=_target(flow.failed),
    )


def deed_of(node: written.FlowNode) -> str:
    """What a node does; "" when it does nothing."""
    return next((key for key in written.DEEDS if getattr(node, key) is not None), "")


def node_of(node: written.FlowNode, languages: tuple[str, ...]) -> Node:
    """One node. The first of its deeds counts; that there is only one is checked elsewhere."""
    deed = deed_of(node)
    if deed == "language":
        return _language(node.name, getattr(node, deed), languages)
    return _MAKERS[deed](node.name, getattr(node, deed))


def _target(written_target: str | None) -> Target | None:
    return None if written_target is None else _sure(written_target)


def _sure(target: str) -> Target:
    return Destination.parse(target) if ":" in target else target


def _saying(saying: written.Saying) -> Saying:
    texts = {key: getattr(saying, key) for key in _LANGUAGES}
    return Saying(prompt=saying.prompt or "", texts={k: v for k, v in texts.items() if v})


def _maybe(saying: written.Saying | None) -> Saying | None:
    return None if saying is None else _saying(saying)


def _patience(node: Any) -> Patience:
    return Patience(timeout_s=node.digit_timeout_s, attempts=node.attempts)


def _say(name: str, node: written.SayNode) -> Node:
    return doing.Say(
        name=name, saying=_saying(node.saying), insists=node.insists, to=_target(node.next)
    )


def _play(name: str, node: written.PlayNode) -> Node:
    return doing.Play(name=name, variable=node.recording, to=_target(node.next))


def _menu(name: str, node: written.MenuNode) -> Node:
    return asking.Menu(
        name=name,
        saying=_saying(node.saying),
        choices={choice.digit: _sure(choice.to) for choice in node.choice},
        patience=_patience(node),
        invalid=_maybe(node.invalid),
        silent=_maybe(node.silent),
        otherwise=_target(node.otherwise),
        dials=node.dials,
    )


def _collect(name: str, node: written.CollectNode) -> Node:
    return asking.Collect(
        name=name,
        saying=_saying(node.saying),
        variable=node.variable,
        least=node.least,
        most=node.most,
        pattern=node.pattern or "",
        confirms=node.confirms or node.confirm is not None,
        confirm=_maybe(node.confirm),
        patience=_patience(node),
        invalid=_maybe(node.invalid),
        silent=_maybe(node.silent),
        to=_sure(node.next),
        otherwise=_target(node.otherwise),
    )


def _language(name: str, node: written.LanguageNode, languages: tuple[str, ...]) -> Node:
    if node.speak is not None:
        return doing.SpeakLanguage(name=name, language=node.speak, to=_sure(node.next))
    return asking.ChooseLanguage(
        name=name, languages=languages, patience=_patience(node), to=_sure(node.next)
    )


def _record(name: str, node: written.RecordNode) -> Node:
    return asking.Record(
        name=name,
        saying=_maybe(node.saying),
        variable=node.variable,
        longest_s=node.longest_s,
        silence_s=node.silence_s,
        to=_sure(node.next),
        otherwise=_target(node.otherwise),
    )


def _survey(name: str, node: written.SurveyNode) -> Node:
    return asking.Survey(
        name=name,
        questions=tuple(
            asking.Question(
                name=one.name, saying=_saying(one.saying), least=one.least, most=one.most
            )
            for one in node.question
        ),
        comment=_maybe(node.comment),
        comment_s=node.comment_s,
        patience=_patience(node),
        to=_target(node.next),
    )


def _pay(name: str, node: written.PayNode) -> Node:
    return asking.Pay(
        name=name,
        service=node.service,
        path=node.path,
        amount=node.amount,
        currency=node.currency,
        variable=node.variable,
        asks_code=node.asks_code,
        saying=_maybe(node.saying),
        patience=_patience(node),
        to=_sure(node.next),
        declined=_target(node.declined),
        failed=_target(node.failed),
    )


def _callback(name: str, node: written.CallbackNode) -> Node:
    return asking.AskBack(
        name=name,
        queue=node.queue,
        patience=_patience(node),
        to=_target(node.next),
        otherwise=_target(node.otherwise),
    )


def _calendar(name: str, node: written.CalendarNode) -> Node:
    return doing.AskCalendar(
        name=name,
        calendar=node.name,
        is_open=_sure(node.when_open),
        is_closed=_sure(node.when_closed),
        is_holiday=_sure(node.when_holiday or node.when_closed),
    )


def _caller(name: str, node: written.CallerNode) -> Node:
    cases = tuple(
        doing.CallerCase(
            numbers=case.number,
            is_known=case.known,
            is_vip=case.vip,
            is_withheld=case.withheld,
            to=_sure(case.to),
        )
        for case in node.case
    )
    return doing.MatchCaller(name=name, cases=cases, otherwise=_sure(node.otherwise))


def _assign(name: str, node: written.AssignNode) -> Node:
    values = tuple((one.variable, one.value) for one in node.value)
    return doing.Assign(name=name, values=values, to=_sure(node.next), failed=_target(node.failed))


def _branch(name: str, node: written.BranchNode) -> Node:
    return doing.Branch(
        name=name,
        cases=tuple((case.when, _sure(case.to)) for case in node.case),
        otherwise=_sure(node.otherwise),
        failed=_target(node.failed),
    )


def _look_up(name: str, node: written.LookUpNode) -> Node:
    return doing.LookUp(
        name=name,
        service=node.service,
        path=node.path,
        body={one.name: one.value for one in node.body},
        is_post=node.method == "post",
        take=tuple((one.variable, one.path) for one in node.take),
        saying=_maybe(node.saying),
        to=_sure(node.next),
        missing=_target(node.missing),
        failed=_target(node.failed),
    )


def _table(name: str, node: written.TableNode) -> Node:
    return doing.FindRow(
        name=name,
        table=node.name,
        key=node.find,
        take=tuple((one.variable, one.column) for one in node.take),
        to=_sure(node.next),
        missing=_target(node.missing),
    )


def _attributes(name: str, node: written.AttributesNode) -> Node:
    wish = QueueWish(
        priority=node.priority,
        skills={one.name: one.level for one in node.skill},
        is_vip=node.vip,
    )
    return doing.Wish(name=name, wish=wish, agent=node.agent or "", to=_sure(node.next))


def _queue(name: str, node: written.QueueNode) -> Node:
    return doing.EnterQueue(name=name, queue=node.name, after=_target(node.after))


def _transfer(name: str, node: written.TransferNode) -> Node:
    return doing.Transfer(
        name=name,
        to=Destination.parse(node.to) if node.to else None,
        variable=node.dial or "",
        failed=_target(node.failed),
    )


def _voicemail(name: str, node: written.VoicemailNode) -> Node:
    return doing.Transfer(name=name, to=Destination(DestinationKind.VOICEMAIL, node.box))


def _hang_up(name: str, node: written.HangUpNode) -> Node:
    return doing.HangUp(name=name, saying=_maybe(node.saying), cause=_CAUSES[node.cause])


_MAKERS: Final[Mapping[str, Callable[[str, Any], Node]]] = {
    "say": _say,
    "play": _play,
    "menu": _menu,
    "collect": _collect,
    "record": _record,
    "survey": _survey,
    "pay": _pay,
    "callback": _callback,
    "calendar": _calendar,
    "caller": _caller,
    "assign": _assign,
    "branch": _branch,
    "look_up": _look_up,
    "table": _table,
    "attributes": _attributes,
    "queue": _queue,
    "transfer": _transfer,
    "voicemail": _voicemail,
    "hang_up": _hang_up,
}
