"""An agent's queues and skills, as a supervisor sets them: a change of the site configuration, of
no more than the queues that are theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.config import history
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from web.settings.edit import apply_at_once
from web.supervision import views, wording
from web.system import access, language, trail
from web.system.permission import Permission, needs

pages = Blueprint("staff", __name__, template_folder="templates")

Content = dict[str, Any]

_SKILL = re.compile(r"\s*([a-z0-9][a-z0-9_.-]{0,31})\s*(?:=\s*([0-9]{1,3})\s*)?")


@pages.get("/supervision/agents/<agent>")
@needs(Permission.SUPERVISE)
def one(agent: str) -> str:
    """The queues and skills of one agent."""
    return _page(agent, "")


@pages.post("/supervision/agents/<agent>")
@needs(Permission.SUPERVISE)
def change(agent: str) -> str | tuple[str, int] | AnyResponse:
    """Set them."""
    site = language.site()
    mine = _mine(site, agent)
    wanted = {name for name in mine if f"queue-{name}" in request.form}
    try:
        skills = skills_of(request.form.get("skills", ""))
    except ValueError:
        return _page(agent, "skill"), 409
    before = {"queues": sorted(_queues_of(site, agent)), "skills": skills_text(site, agent)}
    trail.write(
        trail.Change.SETTINGS,
        subject=f"agent {agent}",
        before=before,
        after={"queues": sorted(wanted), "skills": request.form.get("skills", "")},
    )
    try:
        apply_at_once(
            views.home(),
            user=access.person().name,
            reason=f"queues and skills of agent {agent}",
            change=lambda content: changed(content, agent, mine=mine, wanted=wanted, skills=skills),
        )
    except history.NothingToDo:
        pass
    except history.MovedOn:
        return _page(agent, "moved"), 409
    except ConfigRejected:
        return _page(agent, "settings"), 409
    return redirect(url_for("supervision.page"))


def skills_of(text: str) -> list[dict[str, Any]]:
    """The skills that somebody wrote: "tax=80, language.fa".

    Raises:
        ValueError: a part of it is no skill.
    """
    found = []
    for part in filter(str.strip, re.split(r"[,،\n]", text)):
        match = _SKILL.fullmatch(part)
        if match is None:
            raise ValueError(part)
        found.append({"skill": match[1], "weight": match[2] or "100"})
    return found


def skills_text(site: Site, agent: str) -> str:
    """An agent's skills as they are written in the form."""
    written = next((one.skill for one in site.agent if one.number == agent), ())
    return ", ".join(f"{one.skill}={one.weight}" for one in written)


def changed(
    content: Content,
    agent: str,
    *,
    mine: Iterable[str],
    wanted: Iterable[str],
    skills: list[dict[str, Any]],
) -> Content:
    """``content`` with the agent in the ``wanted`` of ``mine`` queues; the others stay."""
    for queue in content.get("queue") or ():
        if queue["name"] not in set(mine):
            continue
        members = [number for number in queue.get("members") or () if str(number) != agent]
        if queue["name"] in set(wanted):
            was = [str(number) for number in queue.get("members") or ()]
            members = queue["members"] if agent in was else [*members, agent]
        elif queue.get("place"):  # a place without its member would be refused
            queue["place"] = [one for one in queue["place"] if str(one["member"]) != agent]
        queue["members"] = members
    agents = content.setdefault("agent", [])
    found = next((one for one in agents if str(one["number"]) == agent), None)
    if found is None and skills:
        agents.append({"number": agent, "skill": skills})
    elif found is not None and (skills or found.get("skill")):
        found["skill"] = skills
    if not agents:
        del content["agent"]
    return content


def _mine(site: Site, agent: str) -> frozenset[str]:
    """The queues whose members whoever asks may set; 404 for who is no agent, 403 for an agent of
    others' queues only."""
    known = {one.number for one in site.agent} | {one.number for one in site.extension}
    if agent not in known:
        abort(404)
    there = _queues_of(site, agent)
    if there:
        access.must(Permission.SUPERVISE, queue=there)
    return frozenset(
        one.name for one in site.queue if access.may(Permission.SUPERVISE, queue=one.name)
    )


def _queues_of(site: Site, agent: str) -> frozenset[str]:
    return frozenset(one.name for one in site.queue if agent in one.members)


def _page(agent: str, problem: str) -> str:
    site = language.site()
    mine = _mine(site, agent)
    there = _queues_of(site, agent)
    names: Mapping[str, str] = {
        **{one.number: one.name for one in site.extension},
        **{one.number: one.name for one in site.agent if one.name},
    }
    return render_template(
        "supervision/agent.html",
        agent=agent,
        name=names.get(agent, agent),
        queues=[(one, one.name in there) for one in site.queue if one.name in mine],
        skills=request.form.get("skills", skills_text(site, agent)),
        problem=wording.PROBLEMS[problem] if problem else "",
    )
