"""``markaz doctor``: what is wrong with the box and what to do; ``markaz support-bundle``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import click

from firmware.cli.failure import BOX_SAID_NO
from firmware.cli.live import json_option
from firmware.cli.output import as_json, length, moment, plain, table
from firmware.config.home import Home
from firmware.diagnosis import bundle
from firmware.diagnosis.checks import Finding, Weight, as_row, diagnose
from firmware.diagnosis.gather import gather
from firmware.store import health
from firmware.store.db import open_store

ADVICE: Mapping[str, tuple[str, str]] = {
    "clock_behind": (
        "the machine's clock is before the time this box last ran",
        "connect it to the internet for a minute, or set the clock by `date`",
    ),
    "config_not_taken_up": (
        "{subject} runs configuration {runs}, the current one is {current}",
        "`markaz config reload`; if it stays so, its log says why",
    ),
    "daemon_down": (
        "{subject} does not answer",
        "it is started again by itself; if it stays so, see the end of log/{subject}.log",
    ),
    "daemon_warns": ("{subject}: {words}", "see log/{subject}.log"),
    "disk_errors": (
        "the disk {subject}: {words}",
        "make a backup now (`markaz backup now`), then change the disk or the card",
    ),
    "disk_full": ("the disk is full: {free} % free", "recordings stop; delete or export some now"),
    "disk_low": ("the disk fills: {free} % free", "shorten recording.keep_days, or export some"),
    "disk_worn": (
        "the disk {subject} wears out: {words}",
        "make a backup now (`markaz backup now`), and change it before it fails",
    ),
    "internet_beyond": (
        "no internet: {detail}",
        "the office's router is there: look at its lamp for the line outside, or call the provider",
    ),
    "internet_gateway": (
        "no internet: {detail}",
        "is the router switched on, and its cable to the box plugged in?",
    ),
    "internet_names": (
        "half an internet: {detail}",
        "calls go on; mail waits. Check the name servers that the router hands out",
    ),
    "internet_no_route": (
        "no internet: {detail}",
        "is the network cable plugged in? Does the router give addresses by DHCP?",
    ),
    "internet_providers": (
        "half an internet: {detail}",
        "the providers may be away, or the router blocks SIP: switch its SIP ALG off",
    ),
    "line_cut": (
        "line {subject}: no battery ({fault})",
        (
            "is it plugged into the right socket? Try a telephone at the wall: if it is silent "
            "there too, tell the telephone company"
        ),
    ),
    "line_no_dial_tone": (
        "line {subject}: no dial tone",
        "is it plugged into the right socket? If a telephone there hears it, `markaz line learn`",
    ),
    "machine_hot": (
        "the machine is hot: {words}",
        "does air reach it? Take it out of the sun, and dust out of its fan",
    ),
    "machine_throttled": (
        "the machine works slower than it could: {words}",
        "is its power supply the one it was sold with, and its cable short?",
    ),
    "modem_gone": (
        "line {subject}: the modem does not answer ({fault})",
        "is it plugged in, and does the USB hub have its own power? Unplug it for ten seconds",
    ),
    "no_telephone_registered": (
        "no telephone is registered",
        "are they on, and in the box's network? `markaz phones` shows what was seen of them",
    ),
    "port_silent": (
        "line {subject}: the port does not answer ({fault})",
        "does the card sit firmly and have power?",
    ),
    "power_critical": (
        "the battery is nearly empty: no new call but for help begins",
        "the box halts by itself and starts when mains are back",
    ),
    "power_fault": (
        "the power supply: {fault}",
        "is the UPS or HAT plugged in? Without it the end of a battery is not seen",
    ),
    "power_low": (
        "the battery is low: no recording begins, calls sound narrower",
        "is it the building, or the box's own plug and fuse?",
    ),
    "power_on_battery": (
        "there are no mains: the box runs on its battery",
        "is it the building, or the box's own plug and fuse?",
    ),
    "recorder_alarm": ("recordings: {words}", "see log/recorder.log and the disk"),
    "update_failed": (
        "{words}",
        "`markaz update` says more; the box runs on with the release it had",
    ),
    "sim_weak": (
        "line {subject}: weak signal, {signal} dBm",
        "put the antenna higher or nearer to a window",
    ),
    "sim_without_network": (
        "line {subject}: the SIM has no network ({fault})",
        "is it in its place, without a PIN, paid for, and the antenna screwed on?",
    ),
    "telephone_gone": (
        "the telephone of {subject} is not registered",
        "is it on, and plugged into the network?",
    ),
    "trunk_refused": (
        "trunk {subject}: the provider refuses our user or password ({reason})",
        "type them again from the provider's letter",
    ),
    "trunk_unreachable": (
        "trunk {subject}: the provider does not answer ({reason})",
        "calls take the next way meanwhile; ask the provider if it stays so",
    ),
    "trunk_unregistered": (
        "trunk {subject} is not registered ({reason})",
        "it is tried again by itself; ask the provider if it stays so",
    ),
    "trunk_unresolved": (
        "trunk {subject}: its name leads to no address ({reason})",
        "check the spelling of the provider's address, and the name servers",
    ),
    "trunk_untrusted": (
        "trunk {subject}: its certificate is not trusted ({reason})",
        "check the box's clock and the provider's address; else somebody may be listening",
    ),
}
"""What is wrong, and what to do about it, by the finding's id."""


@click.command()
@click.option("--history", "history_wanted", is_flag=True, help="What was wrong, and how long.")
@json_option
@click.pass_obj
def doctor(home: Home, history_wanted: bool, json_wanted: bool) -> None:
    """What is wrong with the box, the worst first, and what to do about it.

    Exit status 1 if somebody cannot call or something is being lost.
    """
    if history_wanted:
        _history(home, json_wanted)
        return
    found = diagnose(gather(home))
    if json_wanted:
        as_json([as_row(one) for one in found])
    elif not found:
        click.echo("Nothing is wrong.")
    else:
        for one in found:
            what, advice = words(one)
            click.echo(f"{one.weight}: {plain(what)}")
            click.echo(f"    {plain(advice)}")
    if any(one.weight is Weight.CRITICAL for one in found):
        raise click.exceptions.Exit(BOX_SAID_NO)


def _history(home: Home, json_wanted: bool) -> None:
    with closing(open_store(home)) as db:
        found = health.recent(db)
    if json_wanted:
        as_json(found)
        return
    table(
        ("began", "lasted", "weight", "what"),
        [
            (
                moment(one.began_at),
                length(one.ended_at - one.began_at) if one.ended_at else "still",
                one.weight,
                _told(one),
            )
            for one in found
        ],
    )


def _told(trouble: health.Trouble) -> str:
    """In words; an id that another release had stands for itself."""
    if trouble.finding not in ADVICE:
        return f"{trouble.finding} {trouble.subject}"
    return ADVICE[trouble.finding][0].format(subject=trouble.subject, **trouble.facts)


def words(finding: Finding) -> tuple[str, str]:
    """What is wrong, and what to do."""
    what, advice = ADVICE[finding.id]
    told = {"subject": finding.subject, **finding.facts}
    return what.format(**told), advice.format(**told)


@click.command("support-bundle")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def support_bundle(home: Home, file: Path | None) -> None:
    """Write FILE (a .tar.gz) for whoever helps: logs, findings, configuration; no secrets.

    Numbers of callers are in the logs. Read it before you send it.
    """
    target = file or Path(time.strftime("markaz-support-%Y%m%d-%H%M%S.tar.gz"))
    for name in bundle.write(home, target):
        click.echo(f"    {name}")
    click.echo(str(target))
