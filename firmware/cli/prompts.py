"""What the exchange says: ``markaz prompts ...``. A recording is heard from its next use on."""

from __future__ import annotations

from pathlib import Path

import click

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, table
from firmware.config.home import Home
from firmware.prompts import catalogue, own
from firmware.prompts.level import RATE_HZ
from firmware.prompts.shelf import fault_of

_language = click.argument("language", type=click.Choice(catalogue.LANGUAGES))


@click.group(invoke_without_command=True)
@click.option("--own", is_flag=True, help="Only what the office recorded itself.")
@json_option
@click.pass_context
def prompts(ctx: click.Context, own: bool, json_wanted: bool) -> None:
    """What the exchange says, and the office's own recordings; without a command: all of it."""
    if ctx.invoked_subcommand is not None:
        return
    rows = [row for language in catalogue.LANGUAGES for row in _rows(ctx.obj, language)]
    rows = [row for row in rows if not own or row["recording"]]
    if json_wanted:
        as_json(rows)
        return
    table(("language", "prompt", "recording", "text"), [tuple(row.values()) for row in rows])


def _rows(home: Home, language: str) -> list[dict[str, str]]:
    """Every prompt of the catalogue, and every recording, also of what is not in it."""
    folder = home.prompts / language
    texts = dict(catalogue.of(language).texts)
    for path in folder.rglob("*.wav"):
        texts.setdefault(path.relative_to(folder).with_suffix("").as_posix(), "")
    return [
        {
            "language": language,
            "prompt": name,
            "recording": _state(folder / f"{name}.wav"),
            "text": text,
        }
        for name, text in sorted(texts.items())
    ]


def _state(path: Path) -> str:
    """Of an office's recording: "own", why it is passed over, or "" when there is none."""
    return (fault_of(path) or "own") if path.exists() else ""


@prompts.command()
@_language
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def record(home: Home, language: str, name: str, file: Path) -> None:
    """Let callers hear FILE, any sound file, as prompt NAME instead of the voice.

    It is cut to the speech in it and made as loud as the other prompts. A NAME that is not in
    the catalogue can be a menu's greeting.
    """
    target = _place(home, language, name)
    words = catalogue.of(language)
    if name in words.phrases:
        pieces = [piece for piece in words.phrases[name] if isinstance(piece, str)]
        raise Failure(f"{name} has gaps: record its parts, {', '.join(pieces)}")
    try:
        sound = own.of_file(file, name)
    except own.Unusable as error:
        raise Failure(f"{file} cannot be a prompt: {error.__cause__}") from error
    own.keep(target, sound, "")
    click.echo(f"{name} in {language}: {len(sound) / RATE_HZ:.1f} s, from {file.name}")


@prompts.command()
@_language
@click.argument("name")
@click.pass_obj
def drop(home: Home, language: str, name: str) -> None:
    """Let callers hear the voice again."""
    try:
        own.drop(_place(home, language, name))
    except FileNotFoundError:
        raise Failure(f"there is no recording of {name} in {language}") from None


def _place(home: Home, language: str, name: str) -> Path:
    if not home.root.exists():
        raise Failure(f"there is no box in {home.root}")
    try:
        return own.path(home, language, name)
    except ValueError:
        raise Failure(f"'{name}' is no prompt's name: small letters, digits, _ and -") from None
