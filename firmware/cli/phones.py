"""Telephones that configure themselves: ``markaz phones ...``."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import click

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, moment, table
from firmware.config.home import Home
from firmware.link.api import ProvisionApi
from firmware.link.client import Link
from firmware.link.phones import KeyRow, MediaFile, PhoneRow, WindowRow


def _link(home: Home) -> Link:
    return Link(home.link("provision"), "cli", timeout_s=15.0)


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def phones(ctx: click.Context, json_wanted: bool) -> None:
    """Telephones and ATAs that configure themselves; without a command: all of them."""
    if ctx.invoked_subcommand is not None:
        return
    with _link(ctx.obj) as link:
        rows = link.snapshot()
    if json_wanted:
        as_json({"phones": rows.get("phone", ()), "window": rows.get("window", ())})
        return
    for window in rows.get("window", ()):
        if isinstance(window, WindowRow):
            click.echo(_window(window))
    table(
        ("phone", "model", "firmware", "address", "state", "extensions", "files", "last seen"),
        [_cells(row) for row in rows.get("phone", ()) if isinstance(row, PhoneRow)],
    )


def _window(row: WindowRow) -> str:
    left_s = row.open_until - time.time()
    state = f"open for {left_s / 60:.0f} more minutes" if left_s > 0 else "shut"
    parts = [f"Adoption window: {state}.", f"DHCP: {row.dhcp}."]
    if row.other_servers:
        parts.append(f"Other DHCP servers: {', '.join(row.other_servers)}.")
    if row.banned:
        parts.append(f"Banned: {', '.join(row.banned)}.")
    return " ".join(parts)


def _cells(row: PhoneRow) -> tuple[object, ...]:
    files = row.resync or ("current" if row.is_current else "")
    return (
        row.id,
        f"{row.vendor} {row.model}".strip(),
        row.firmware,
        row.address,
        row.state,
        ", ".join(row.extensions),
        files or row.last_result,
        moment(row.last_seen or None),
    )


@phones.command()
@click.option("--minutes", default=10.0, show_default=True, help="How long new ones are let in.")
@click.pass_obj
def adopt(home: Home, minutes: float) -> None:
    """Open the adoption window."""
    with _link(home) as link:
        link.call(ProvisionApi.open_window, minutes)


@phones.command()
@click.pass_obj
def shut(home: Home) -> None:
    """Shut the adoption window."""
    with _link(home) as link:
        link.call(ProvisionApi.close_window)


@phones.command()
@click.argument("mac")
@click.option("--model", default="", help="As it is written on the telephone.")
@click.pass_obj
def expect(home: Home, mac: str, model: str) -> None:
    """Put a telephone on record by the MAC address on its sticker."""
    with _link(home) as link:
        click.echo(link.call(ProvisionApi.expect, mac=mac, model=model))


@phones.command()
@click.argument("phone")
@click.argument("extensions", nargs=-1)
@click.pass_obj
def assign(home: Home, phone: str, extensions: tuple[str, ...]) -> None:
    """Give a telephone its extensions, one an account or ATA port; none takes them away."""
    with _link(home) as link:
        link.call(ProvisionApi.assign, phone, extensions)


@phones.command()
@click.argument("extension")
@click.pass_obj
def softphone(home: Home, extension: str) -> None:
    """Make a place for a softphone; prints its secret address and its QR code."""
    import segno  # noqa: PLC0415 - only this command draws

    with _link(home) as link:
        phone = link.call(ProvisionApi.add_softphone, extension)
        address = link.call(ProvisionApi.address_of, phone)
    click.echo(f"{phone} {address}")
    segno.make(address, error="m").terminal(compact=True)


@phones.command()
@click.argument("phone")
@click.pass_obj
def revoke(home: Home, phone: str) -> None:
    """Make a telephone's token void."""
    with _link(home) as link:
        link.call(ProvisionApi.revoke, phone)


@phones.command()
@click.argument("phone")
@click.pass_obj
def renew(home: Home, phone: str) -> None:
    """Allow a telephone one more first contact, after a factory reset."""
    with _link(home) as link:
        link.call(ProvisionApi.renew, phone)


@phones.command()
@click.argument("phone")
@click.pass_obj
def forget(home: Home, phone: str) -> None:
    """Take a telephone off the record."""
    with _link(home) as link:
        link.call(ProvisionApi.forget, phone)


@phones.command("tftp")
@click.argument("phone")
@click.argument("what", type=click.Choice(["allow", "refuse"]))
@click.pass_obj
def allow_tftp(home: Home, phone: str, what: str) -> None:
    """Whether a telephone's passwords may go by TFTP, which everybody can read."""
    with _link(home) as link:
        link.call(ProvisionApi.allow_tftp, phone, what == "allow")


@phones.command()
@click.argument("phone")
@click.argument("keys", nargs=-1, metavar="[KIND[@ACCOUNT][:VALUE[:LABEL]]]...")
@click.option("--default", "as_others", is_flag=True, help="The layout every telephone gets.")
@click.pass_obj
def keys(home: Home, phone: str, keys: tuple[str, ...], as_others: bool) -> None:
    """Lay out a telephone's keys, those of expansion modules after its own; without any: show
    them. As in: line line@2 blf:102:Sales speed_dial:09121234567 park:701 queue night none

    Park, queue, queue_out, pause, ready, wrapped_up, night, intercom and voicemail dial the
    exchange's own codes.
    """
    with _link(home) as link:
        if keys or as_others:
            link.call(ProvisionApi.set_keys, phone, None if as_others else tuple(map(_key, keys)))
            return
        found = link.call(ProvisionApi.keys, phone)
    rows = [(n, key.kind, key.value, key.label, key.account) for n, key in enumerate(found, 1)]
    table(("key", "kind", "value", "label", "account"), rows)


def _key(text: str) -> KeyRow:
    what, _, rest = text.partition(":")
    kind, at, account = what.partition("@")
    value, _, label = rest.partition(":")
    if at and not account.isdecimal():
        raise click.BadParameter(f"{account!r} is no number of an account", param_hint="KEYS")
    return KeyRow(kind=kind, value=value, label=label, account=int(account or 1))


@phones.command("override")
@click.argument("phone")
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.option("--drop", is_flag=True, help="Take the override back.")
@click.pass_obj
def override(home: Home, phone: str, name: str | None, *, value: str | None, drop: bool) -> None:
    """Give one vendor parameter a value of yours; without a name: show them."""
    with _link(home) as link:
        if name is None:
            found = link.call(ProvisionApi.overrides, phone)
            table(("parameter", "value"), sorted(found.items()))
        elif drop:
            link.call(ProvisionApi.drop_override, phone, name)
        elif value is None:
            raise click.BadParameter("a value is needed, or --drop", param_hint="VALUE")
        else:
            link.call(ProvisionApi.set_override, phone, name, value)


@phones.command()
@click.argument("phone")
@click.pass_obj
def preview(home: Home, phone: str) -> None:
    """The files a telephone would get now, secrets as fingerprints."""
    with _link(home) as link:
        for file in link.call(ProvisionApi.preview, phone):
            click.echo(f"=== {file.path} ({file.content_type})")
            click.echo(file.text)


@phones.command()
@click.argument("phone")
@click.pass_obj
def diff(home: Home, phone: str) -> None:
    """What a telephone would be told that differs from what it was last told."""
    with _link(home) as link:
        changes = link.call(ProvisionApi.changes, phone)
    table(("parameter", "sent", "now"), [(c.name, c.sent, c.now) for c in changes])


@phones.command()
@click.argument("phone")
@click.option("--reboot", is_flag=True, help="Let it start again, not only fetch its files.")
@click.pass_obj
def resync(home: Home, phone: str, reboot: bool) -> None:
    """Let a telephone fetch its files again as soon as it is idle."""
    with _link(home) as link:
        link.call(ProvisionApi.resync, phone, reboot)


@phones.command()
@click.argument("phone")
@click.pass_obj
def push(home: Home, phone: str) -> None:
    """Tell a telephone that a scan found its address, over its own web page."""
    with _link(home) as link:
        link.call(ProvisionApi.push, phone)
    click.echo("Asked; if it obeys it is invited in `markaz phones` within some seconds.")


@phones.command()
@click.pass_obj
def scan(home: Home) -> None:
    """Look for telephones on the box's networks."""
    with _link(home) as link:
        link.call(ProvisionApi.scan)
    click.echo("Looking; those found appear in `markaz phones` within some seconds.")


@phones.command()
@json_option
@click.pass_obj
def router(home: Home, json_wanted: bool) -> None:
    """What to type into the office's router so that telephones find the box."""
    with _link(home) as link:
        found = link.call(ProvisionApi.router_options)
    if json_wanted:
        as_json(found)
    else:
        table(
            ("option", "value", "for"),
            [(option.code, option.value, ", ".join(option.families)) for option in found],
        )


@phones.command()
@click.argument("address")
@click.pass_obj
def pardon(home: Home, address: str) -> None:
    """Lift the ban of an address."""
    with _link(home) as link:
        link.call(ProvisionApi.pardon, address)


@phones.group()
def media() -> None:
    """Wallpaper, rings and language packs of telephones."""


@media.command("list")
@json_option
@click.pass_obj
def media_list(home: Home, json_wanted: bool) -> None:
    """The files and whom they are for."""
    with _link(home) as link:
        found = link.call(ProvisionApi.media)
    if json_wanted:
        as_json(found)
        return
    table(
        ("file", "kind", "for", "language", "shown", "bytes"),
        [
            (f.name, f.kind, f"{f.vendor} {f.model}".strip(), f.language, f.shown, f.bytes)
            for f in found
        ],
    )


@media.command("offer")
@click.argument("kind", type=click.Choice(["wallpaper", "ring", "language"]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--vendor", default="", help="None: every vendor.")
@click.option("--model", default="", help="None: every model of the vendor.")
@click.option("--language", default="", help="Of a language pack: fa, ar ...")
@click.option(
    "--shown",
    default="",
    help="A language's name in the menu; for which calls a ring is: internal, external, queue.",
)
@click.pass_obj
def media_offer(
    home: Home,
    *,
    kind: str,
    file: Path,
    vendor: str,
    model: str,
    language: str,
    shown: str,
) -> None:
    """Give FILE to telephones, to show or to play."""
    _bring(file, home.provision / "media")
    with _link(home) as link:
        link.call(
            ProvisionApi.offer_media,
            MediaFile(
                name=file.name,
                kind=kind,
                vendor=vendor,
                model=model,
                language=language,
                shown=shown,
                bytes=0,
            ),
        )


@media.command("withdraw")
@click.argument("name")
@click.pass_obj
def media_withdraw(home: Home, name: str) -> None:
    """Take a file from the telephones and remove it."""
    with _link(home) as link:
        link.call(ProvisionApi.withdraw_media, name)


def _bring(file: Path, folder: Path) -> None:
    """Put a file into a folder of the box, whole or not at all, unless it is there.

    Raises:
        Failure: there is no such file, here or there.
    """
    there = folder / file.name
    if file.is_file() and file.resolve() != there.resolve():
        new = folder / f".{file.name}.new"
        shutil.copyfile(file, new)
        new.replace(there)
    elif not there.is_file():
        raise Failure(f"there is no file {file}")


@phones.group()
def firmware() -> None:
    """Firmware files of telephones, rolled out to a share at a time."""


@firmware.command("list")
@json_option
@click.pass_obj
def firmware_list(home: Home, json_wanted: bool) -> None:
    """The files and how far each has come."""
    with _link(home) as link:
        found = link.call(ProvisionApi.firmware)
    if json_wanted:
        as_json(found)
        return
    table(
        ("file", "for", "version", "share", "telephones", "run it"),
        [
            (f.name, f"{f.vendor} {f.model}".strip(), f.version, f"{f.share} %", f.meant, f.has_it)
            for f in found
        ],
    )


@firmware.command("offer")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--vendor", required=True)
@click.option("--model", default="", help="None: every model of the vendor.")
@click.option("--version", "version", default="", help="As the telephone reports it.")
@click.option("--share", default=0, show_default=True, help="Percent of the telephones.")
@click.option("--first", multiple=True, help="A telephone that gets it whatever the share.")
@click.pass_obj
def firmware_offer(
    home: Home,
    *,
    file: Path,
    vendor: str,
    model: str,
    version: str,
    share: int,
    first: tuple[str, ...],
) -> None:
    """Begin the roll-out of FILE, or change the share of one that is there."""
    _bring(file, home.provision / "firmware")
    with _link(home) as link:
        link.call(
            ProvisionApi.offer_firmware,
            name=file.name,
            vendor=vendor,
            model=model,
            version=version,
            share=share,
            first=first,
        )


@firmware.command("withdraw")
@click.argument("name")
@click.pass_obj
def firmware_withdraw(home: Home, name: str) -> None:
    """End a roll-out and remove its file."""
    with _link(home) as link:
        link.call(ProvisionApi.withdraw_firmware, name)
