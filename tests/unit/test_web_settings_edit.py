"""Texts keep their comments whatever changes in them; differences carry over; a desk is safe."""

from __future__ import annotations

import copy
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.config import history
from firmware.config.difference import Clash, applied, changes, merged
from firmware.config.history import MovedOn, NothingToDo
from firmware.config.problem import ConfigRejected
from firmware.config.reading import read
from firmware.config.yamltext import rewritten
from tests.browser.stage import make_home
from web.settings import edit
from web.settings.edit import Conflict, Desk, StillNamed

TEXT = """\
# The office of Tehran
office:
  name: تهران  # the head office
  language: fa

# People
extension:
  # The front desk
  - number: 101
    name: "Front"   # Sara
    password: abcdefgh

  # Accounts, since 2020
  - name: Accounts
    number: 0102
    password: bcdefghi
  -
    number: 103
    name: 'Third # x'
    password: cdefghij
# a remark between

queue:
- name: support
  title: Support
  # who answers
  members: [101, 0102]   # in this order
  vip:
  - number: 0912
    priority: 3
  - # the boss
    number: 0913
- name: sales
  title: >-
    Sales and
    such
  members:
    - 101
    # second
    - 103
# the end
"""

_KEYS = st.sampled_from(("name", "number", "title", "members", "a b", "x:", "#", "y"))
_LEAVES = st.text("ab1 #:'\"-[]{}\nتـ\u200c", max_size=6)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner.filter(lambda v: not isinstance(v, list)), max_size=3)
        | st.dictionaries(_KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def changed(draw: st.DrawFn) -> dict:
    """The document of ``TEXT`` after some changes anywhere in it."""
    content = read(TEXT).document
    for _ in range(draw(st.integers(1, 4))):
        place = content
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            deed = draw(st.sampled_from(("in", "in", "put", "drop", "add", "shuffle")))
            key = draw(st.sampled_from(keys)) if keys else None
            if deed == "in" and key is not None and isinstance(place[key], dict | list):
                place = place[key]
                continue
            if deed == "drop" and key is not None:
                del place[key]
            elif deed in {"put", "in"} and key is not None:
                place[key] = draw(_VALUES if isinstance(place, dict) else _LEAVES)
            elif isinstance(place, dict):
                place[draw(_KEYS)] = draw(_VALUES)
            elif deed == "shuffle":
                place[:] = draw(st.permutations(place))
            else:
                place.append(draw(_LEAVES | st.dictionaries(_KEYS, _LEAVES, min_size=1)))
            break
    return content


@settings(max_examples=300, deadline=None)
@given(content=changed())
def test_a_text_says_whatever_it_is_changed_to_and_keeps_what_did_not_change(content):
    text = rewritten(TEXT, content)
    assert read(text).document == content
    assert rewritten(text, content) == text
    if "office" in content and content["office"] == read(TEXT).document["office"]:
        assert "# The office of Tehran\noffice:\n  name: تهران  # the head office\n" in text


def test_only_what_changed_is_written_anew():
    content = read(TEXT).document
    content["extension"][1]["name"] = "Money"
    content["extension"].insert(0, content["extension"].pop())
    content["queue"][0]["vip"][1]["priority"] = "9"
    content["queue"][0]["members"].append("103")
    content["mail"] = {"server": "mail.lan"}
    del content["queue"][1]["title"]
    assert rewritten(TEXT, content) == (
        TEXT.replace("  -\n    number: 103\n    name: 'Third # x'\n    password: cdefghij\n", "")
        .replace(
            "extension:\n",
            "extension:\n  -\n    number: 103\n    name: 'Third # x'\n    password: cdefghij\n",
        )
        .replace("name: Accounts", "name: Money")
        .replace("    number: 0913\n", "    number: 0913\n    priority: 9\n")
        .replace("[101, 0102]", "[101, 0102, 103]")
        .replace("  title: >-\n    Sales and\n    such\n", "")
        .replace("# the end", "\nmail:\n  server: mail.lan\n# the end")
    )


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "{office: {name: a}}", "office: {name: a}"]
)
def test_texts_of_every_form_take_a_change(text):
    content = {**read(text).document, "extension": [{"number": "1", "name": "a"}]}
    assert read(rewritten(text, content)).document == content


@settings(max_examples=200, deadline=None)
@given(content=changed())
def test_a_difference_applied_is_the_change(content):
    base = read(TEXT).document
    assert applied(base, changes(base, content)) == content
    assert merged(base, content, base) == content
    assert merged(base, base, content) == content
    assert changes(content, content) == ()


def test_changes_of_two_go_together_unless_they_meet():
    base = read(TEXT).document
    mine, theirs = copy.deepcopy(base), copy.deepcopy(base)
    mine["queue"][0]["title"] = "Mine"
    theirs["extension"].append({"number": "104", "name": "New"})
    theirs["queue"].reverse()
    both = merged(base, mine, theirs)
    assert [one["title"] for one in both["queue"]] == ["Sales and such", "Mine"]
    assert len(both["extension"]) == 4
    del theirs["queue"][1]
    with pytest.raises(Clash) as clash:
        merged(base, mine, theirs)
    assert [one.path for one in clash.value.changes] == ["queue[support].title"]


@pytest.fixture
def home(tmp_path):
    home = make_home(tmp_path)
    history.apply(home, TEXT, "test", "the office")
    return home


def test_a_draft_survives_and_is_of_one_user_alone(home):
    Desk(home, "sara").put(("queue", 0, "title"), "Help")
    assert Desk(home, "sara").read()[1]["queue"][0]["title"] == "Help"
    assert Desk(home, "ali").changes() == ()
    assert Desk(home, "ali").others() == ("sara",)
    assert (home.config_db.parent / "drafts.sqlite").stat().st_mode & 0o077 == 0
    Desk(home, "sara").put(("queue", 0, "title"), "Support")
    assert Desk(home, "ali").others() == ()


def test_every_problem_is_told_and_the_draft_stays_good(home):
    desk = Desk(home, "sara")
    desk.put(("queue", 0, "title"), "Help")
    with pytest.raises(ConfigRejected) as error:
        desk.put(("queue", 0, "members"), ["999", "101"])
    [problem] = error.value.problems
    assert problem.path == "queue[0].members[0]"
    assert problem.reason == "no extension has this number"
    assert len(desk.changes()) == 1
    with pytest.raises(LookupError):
        desk.put(("queue", 9, "title"), "x")


def test_who_is_named_is_not_removed_and_names_follow(home):
    desk = Desk(home, "sara")
    with pytest.raises(StillNamed) as named:
        desk.remove("extension", "101")
    assert [one.path for one in named.value.mentions] == [
        "queue[0].members[0]",
        "queue[1].members[0]",
    ]
    assert len(desk.rename("extension", "101", "201")) == 2
    assert desk.site().queue[1].members == ("201", "103")
    assert "- 201\n    # second" in desk.text()[1]


def test_of_two_who_apply_at_once_one_is_told_of_the_other(home):
    desks = [Desk(home, name) for name in ("sara", "ali", "reza")]
    for desk, title in zip(desks, "abc", strict=True):
        desk.put(("queue", 0, "title"), title)
    outcome = []
    start = threading.Barrier(3)

    def apply(desk):
        start.wait()
        try:
            outcome.append(desk.apply("why").version)
        except Conflict as conflict:
            outcome.append(conflict)

    threads = [threading.Thread(target=apply, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [one for one in outcome if isinstance(one, Conflict)]
    assert [one for one in outcome if not isinstance(one, Conflict)] == [3]
    assert len(refused) == 2
    for conflict in refused:
        assert [one.path for one in conflict.theirs] == ["queue[support].title"]
        assert [one.path for one in conflict.mine] == ["queue[support].title"]
        assert len(conflict.clashes) == 1


def test_a_draft_is_carried_over_to_what_others_applied(home):
    mine, theirs = Desk(home, "sara"), Desk(home, "ali")
    mine.put(("queue", 0, "title"), "Help")
    theirs.put(("office", "name"), "Isfahan")
    theirs.apply("moved")
    conflict = mine.conflict()
    assert conflict is not None
    assert not conflict.clashes
    mine.carry_over()
    assert mine.conflict() is None
    mine.apply("words")
    site = Desk(home, "x").site()
    assert (site.office.name, site.queue[0].title) == ("Isfahan", "Help")


def test_a_change_without_a_draft(home):
    done = edit.apply_at_once(
        home,
        user="wizard",
        reason="set-up",
        change=lambda content: edit.with_value(content, ("office", "name"), "Shiraz"),
    )
    assert done.version == 3
    with pytest.raises(NothingToDo):
        edit.apply_at_once(home, user="wizard", reason="again", change=lambda content: content)
    with pytest.raises(MovedOn):
        history.apply(home, TEXT, "late", "x", based_on=2)


def test_secrets_are_never_in_a_difference(home):
    desk = Desk(home, "sara")
    desk.put(("extension", 0, "password"), "a-new-secret")
    desk.add("extension", {"number": "105", "name": "New", "password": "another-one"})
    shown = repr(desk.changes()) + desk.text_difference()
    assert "********" in shown
    for secret in ("abcdefgh", "a-new-secret", "another-one"):
        assert secret not in shown
    assert "-    password:" in desk.text_difference()
