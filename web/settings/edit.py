"""The one way a page changes the site configuration.

A ``Desk`` is one user at the configuration: what they read is their draft, or the current version
while they have none; each change is validated whole before the draft takes it, so a draft is
always good to apply. Applying needs that the version the draft was made of is still the current
one; when somebody else was faster there is a ``Conflict`` with both differences, and the draft can
be carried over. For a change without a draft (a wizard's) there is ``apply_at_once``.
"""

from __future__ import annotations

import copy
import difflib
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.config import beside, document, history
from firmware.config.difference import Change, Clash, changes, merged
from firmware.config.home import Home
from firmware.config.paths import Loc, path_of
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.reading import MASK, recalled
from firmware.config.rollout import Told, roll_out
from firmware.config.schema import Site
from firmware.config.validate import validate
from firmware.config.yamltext import rewritten
from web.settings import references
from web.settings.drafts import Draft, Drafts
from web.settings.masks import hide, masked, unmasked
from web.settings.references import Mention

Content = dict[str, Any]


class Conflict(ValueError):
    """The configuration moved on under a draft. ``theirs`` is what the others changed since,
    ``mine`` what the draft changes, ``clashes`` those of mine that they changed as well."""

    def __init__(
        self,
        version: int,
        *,
        theirs: tuple[Change, ...],
        mine: tuple[Change, ...],
        clashes: tuple[Change, ...],
    ) -> None:
        super().__init__(f"version {version} of the site configuration was applied meanwhile")
        self.version = version
        self.theirs = theirs
        self.mine = mine
        self.clashes = clashes


class StillNamed(ValueError):
    """What was to be removed is named elsewhere."""

    def __init__(self, mentions: tuple[Mention, ...]) -> None:
        super().__init__(", ".join(mention.path for mention in mentions))
        self.mentions = mentions


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """An accepted version, and what each daemon did about it."""

    version: int
    told: tuple[Told, ...]


class Desk:
    """One user at the configuration of one box."""

    def __init__(self, home: Home, user: str) -> None:
        self._home = home
        self._user = user
        self._drafts = Drafts(home)

    # -- reading

    def read(self) -> tuple[int, Content]:
        """The version that changes are made of, and the content with the draft's changes, which
        others read as well: not to be changed in its place."""
        version, text = self.text()
        return version, content_of(text)

    def text(self) -> tuple[int, str]:
        """The same as text, secrets included."""
        draft = self._draft()
        return (draft.based_on, draft.text) if draft else history.current_text(self._home)

    def site(self) -> Site:
        """The same as the site it describes."""
        return document.parse(self.text()[1])

    def others(self) -> tuple[str, ...]:
        """Who else has changes that are not applied."""
        return self._drafts.others(self._user)

    def changes(self) -> tuple[Change, ...]:
        """What the draft changes; nothing without a draft. Secrets are masked."""
        draft = self._draft()
        return between(draft.base, draft.text) if draft else ()

    def count(self) -> int:
        """How many changes that are."""
        return self._drafts.count(self._user)

    def text_difference(self) -> str:
        """The same as a unified difference of the two texts, secrets masked."""
        draft = self._draft()
        return text_between(draft.base, draft.text) if draft else ""

    # -- changing

    def save(self, content: Mapping[str, Any]) -> None:
        """Make ``content`` the draft.

        Raises:
            ConfigRejected: with every problem; the draft stays as it was.
        """
        self.save_text(rewritten(self.text()[1], content))

    def save_text(self, text: str) -> None:
        """Make ``text`` the draft; a mask in it stands for the secret that was there.

        Raises:
            ConfigRejected: with every problem; the draft stays as it was.
        """
        draft = self._draft()
        version, now = history.current_text(self._home)
        based_on, base = (draft.based_on, draft.base) if draft else (version, now)
        written = recalled(text)
        if not written.problems and MASK in text:
            before = content_of(draft.text if draft else base)
            text = rewritten(text, unmasked(written.document, before))
        self._check(text)
        if text == base:
            self._drafts.drop(self._user)
        else:
            self._put_down(based_on, base, text)

    def put(self, loc: Loc, value: Any) -> None:
        """Change what stands at ``loc``; None takes it away. A new item stands one behind the
        last of its list.

        Raises:
            LookupError: there is no such place.
            ConfigRejected: with every problem; nothing was changed.
        """
        self.save(with_value(self.read()[1], loc, value))

    def add(self, section: str, item: Mapping[str, Any]) -> None:
        """Put an item at the end of a section."""
        _version, content = self.read()
        self.save({**content, section: [*(content.get(section) or ()), dict(item)]})

    def remove(self, section: str, name: str) -> None:
        """Take an item away.

        Raises:
            LookupError: there is none of that name.
            StillNamed: with every place that names it; nothing was changed.
            ConfigRejected: with every problem; nothing was changed.
        """
        _version, content = self.read()
        index = index_of(content, section, name)
        if found := references.mentions(content, section, name):
            raise StillNamed(found)
        items = [item for i, item in enumerate(content[section]) if i != index]
        rest = {key: value for key, value in content.items() if key != section or items}
        self.save({**rest, section: items} if items else rest)

    def rename(self, section: str, old: str, new: str) -> tuple[Mention, ...]:
        """Give an item another name, and all who name it with it; who they are.

        Raises:
            LookupError: there is none of that name.
            ConfigRejected: with every problem; nothing was changed.
        """
        _version, content = self.read()
        index = index_of(content, section, old)
        found = references.mentions(content, section, old)
        content = references.renamed(content, section, old, new)
        content[section][index][references.key_of(section)] = new
        self.save(content)
        return found

    # -- applying

    def conflict(self) -> Conflict | None:
        """What is in the way of applying the draft, if the configuration moved on."""
        draft = self._draft()
        version, now = history.current_text(self._home)
        if draft is None or version == draft.based_on:
            return None
        clashes: tuple[Change, ...] = ()
        try:
            merged(*(content_of(text) for text in (draft.base, draft.text, now)))
        except Clash as clash:
            clashes = tuple(_hidden(change) for change in clash.changes)
        return Conflict(
            version,
            theirs=between(draft.base, now),
            mine=between(draft.base, draft.text),
            clashes=clashes,
        )

    def carry_over(self, *, mine_wins: bool = False) -> None:
        """Make the draft one of the current version.

        Raises:
            Clash: both changed the same, and mine does not win.
            ConfigRejected: the two do not go together; the draft stays as it was.
        """
        draft = self._draft()
        if draft is None:
            return
        version, now = history.current_text(self._home)
        contents = [content_of(text) for text in (draft.base, draft.text, now)]
        text = rewritten(now, merged(*contents, mine_wins=mine_wins))
        self._check(text)
        self._keep(version, now, text)

    def apply(self, reason: str) -> Applied:
        """Make the draft the configuration, and tell the daemons.

        Raises:
            Conflict: the configuration moved on; nothing was changed.
            NothingToDo: there is no draft.
            ConfigRejected: it does not fit any more what lies beside it.
        """
        draft = self._draft()
        if draft is None:
            raise history.NothingToDo("nothing was changed")
        try:
            number = history.apply(
                self._home, draft.text, self._user, reason, based_on=draft.based_on
            )
        except history.MovedOn as error:
            found = self.conflict()
            raise (found or error) from error
        self._drafts.drop(self._user)
        return Applied(version=number, told=roll_out(self._home, number))

    def discard(self) -> None:
        """Forget the draft."""
        self._drafts.drop(self._user)

    # -- the history

    def versions(self) -> list[history.Version]:
        """Every version, newest first."""
        return history.versions(self._home)

    def changes_of(self, number: int) -> tuple[Change, ...]:
        """What one version changed; of the first, nothing.

        Raises:
            NoConfiguration: there is no such version.
        """
        return changes_of(self._home, number)

    def undo(self, number: int) -> None:
        """Put the reverse of what a version changed into the draft.

        Raises:
            NoConfiguration: there is no such version, or nothing before it.
            Clash: it was changed again since.
            ConfigRejected: what is there now needs it.
        """
        was = content_of(history.text_of(self._home, number))
        before = content_of(history.text_of(self._home, number - 1))
        self.save(merged(was, before, self.read()[1]))

    # -- within

    def _draft(self) -> Draft | None:
        return self._drafts.find(self._user)

    def _keep(self, version: int, base: str, text: str) -> None:
        if content_of(text) == content_of(base):
            self._drafts.drop(self._user)
        else:
            self._put_down(version, base, text)

    def _put_down(self, version: int, base: str, text: str) -> None:
        self._drafts.keep(
            Draft(
                user=self._user,
                based_on=version,
                base=base,
                text=text,
                changes=len(between(base, text)),
                at=time.time(),
            )
        )

    def _check(self, text: str) -> None:
        if problems := problems_of(self._home, text):
            raise ConfigRejected(problems)


def apply_at_once(
    home: Home, *, user: str, reason: str, change: Callable[[Content], Content]
) -> Applied:
    """Change the current configuration without a draft: ``change`` is given its content and
    returns the new one.

    Raises:
        ConfigRejected: with every problem; nothing was changed.
        NothingToDo: nothing is different.
        MovedOn: another version was accepted at the same moment; nothing was changed.
    """
    version, text = history.current_text(home)
    text = rewritten(text, change(copy.deepcopy(content_of(text))))
    number = history.apply(home, text, user, reason, based_on=version)
    return Applied(version=number, told=roll_out(home, number))


def content_of(text: str) -> Content:
    """What a text says; kept, and not to be changed.

    Raises:
        ConfigRejected: it is no YAML.
    """
    return recalled(text).document


def changes_of(home: Home, number: int) -> tuple[Change, ...]:
    """What one version changed, secrets masked; of the first, nothing.

    Raises:
        NoConfiguration: there is no such version.
    """
    text = history.text_of(home, number)
    return between(history.text_of(home, number - 1), text) if number > 1 else ()


def problems_of(home: Home, text: str) -> tuple[Problem, ...]:
    """Every problem of a text; those of what lies beside it too."""
    try:
        site = validate(recalled(text))
    except ConfigRejected as error:
        return error.problems
    return tuple(beside.check(site, home))


def between(before: str, after: str) -> tuple[Change, ...]:
    """What ``after`` changes, secrets masked."""
    found = changes(content_of(before), content_of(after))
    return tuple(_hidden(change) for change in found)


def text_between(before: str, after: str) -> str:
    """The same as a unified difference, secrets masked."""
    old, new = content_of(before), content_of(after)
    lines = difflib.unified_diff(
        rewritten(before, masked(old)).splitlines(),
        rewritten(after, masked(new, old)).splitlines(),
        lineterm="",
        n=2,
    )
    return "\n".join(list(lines)[2:])


def with_value(content: Mapping[str, Any], loc: Loc, value: Any) -> Content:
    """``content`` with another value at ``loc``; None takes away what is there.

    Raises:
        LookupError: there is no such place.
    """
    new = dict(content)
    place: Any = new
    for part, then in itertools.pairwise(loc):
        if isinstance(place, dict) and part not in place:
            place[part] = [] if isinstance(then, int) else {}
        else:  # the rest is shared: nobody changes a content in its place
            place[part] = copy.copy(place[part])
        place = place[part]
    last = loc[-1]
    if value is None:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return new


def path(loc: Loc) -> str:
    """A place as problems name it."""
    return path_of(loc)


def index_of(content: Mapping[str, Any], section: str, name: str) -> int:
    """The place of an item.

    Raises:
        LookupError: there is none of that name.
    """
    names = references.names(content, section)
    if name not in names:
        raise LookupError(f"no {section} is called {name}")
    return names.index(name)


def _hidden(change: Change) -> Change:
    return Change(
        steps=change.steps,
        before=hide(change.steps, change.before),
        after=hide(change.steps, change.after),
    )
