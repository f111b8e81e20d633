"""A box in the field and its updates: from a stick, while somebody talks; proved by a call; and two
releases that are no good, which give way by themselves.

One machine, so the order of these tests is that of its life.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image import releases
from tests.image.box import START_S, STEP_S, ImageBox, telephone
from tests.rig.ports import Block, reserve_block
from tests.rig.until import until

pytestmark = pytest.mark.timeout(7200)

INSTALL_S = 1500.0
TRIALS_S = 6 * START_S
"""Three starts in vain, or a trial of ten minutes, and the start of the release before."""

GOOD = "99.0.0"
BAD = {
    "99.1.0": "/usr/lib/systemd/systemd",  # it cannot even start: the boot loader counts
    "99.2.0": "/usr/sbin/kamailio",  # it starts and is deaf: its self-test call fails
}


@pytest.fixture(scope="module")
def ports() -> Iterator[Block]:
    with reserve_block() as block:
        yield block


def stick(image: Path, board: str, version: str, folder: Path) -> Path:
    gone = [BAD[version]] if version in BAD else []
    made = releases.slot(image.parent, version, folder, gone)
    bundle = releases.bundle(made, version, board, folder / f"markaz-{version}.raucb")
    return releases.usb_stick(bundle, folder / f"stick{version.replace('.', '')}.img")


def install(box: ImageBox, plugged: Path, version: str) -> None:
    """From a stick that is plugged in."""
    box.machine.plug_in(plugged)
    latest = time.monotonic() + INSTALL_S
    while version not in box.shell("markaz update check || true"):  # each look takes its time
        assert time.monotonic() < latest, "it is not offered"
    said = box.shell("markaz update install", INSTALL_S)
    assert f"release {version} is installed" in said
    box.machine.draw_out(plugged)


def restarted_into(box: ImageBox, slot: str, timeout_s: float) -> None:
    """Into what is installed, by order; until the boot loader starts ``slot``."""
    since = len(box.machine.said())
    box.order("markaz update switch")  # the restart may end it before it says its status
    box.machine.expect(f"markaz: slot {slot}", timeout_s, since=since)
    box.restarted(switch_on=False)


def environment(box: ImageBox) -> str:
    """What the boot loader will find."""
    return box.shell("tr -d '#' </efi/grub/grubenv")


def test_a_stick_brings_a_release_while_they_talk_and_it_stays(
    box: ImageBox, image: Path, board: str, ports: Block, tmp_path: Path
) -> None:
    plugged = stick(image, board, GOOD, tmp_path)
    box.wait_up()
    with (
        telephone(box.account("101"), tmp_path, ports) as agent,
        telephone(box.account("103"), tmp_path, ports) as caller,
    ):
        caller.dial("101")
        agent.expect("incoming", STEP_S)
        agent.answer()
        agent.expect("established", STEP_S)
        install(box, plugged, GOOD)
        heard_s = agent.heard().length_s
        until(lambda: agent.heard().length_s > heard_s + 3.0, STEP_S, "they still talk")
        caller.hang_up()
        agent.expect("ended", STEP_S)
    restarted_into(box, "B", STEP_S)
    box.wait_up()
    until(lambda: "TRIAL=\n" in environment(box), START_S, "its call has proved it")
    status = box.shell("markaz update status")
    assert GOOD in status
    assert "ORDER=B A" in environment(box)


@pytest.mark.parametrize("version", BAD)
def test_a_release_that_is_no_good_gives_way_by_itself(
    box: ImageBox, image: Path, board: str, version: str, tmp_path: Path
) -> None:
    plugged = stick(image, board, version, tmp_path)
    box.wait_up()
    install(box, plugged, version)
    since = len(box.machine.said())
    restarted_into(box, "A", STEP_S)
    box.machine.expect("markaz: slot B", TRIALS_S, since=since)
    box.restarted(switch_on=False)
    box.wait_up()
    status = box.shell("markaz update status")
    assert GOOD in status
    assert "rolled_back" in status
    starts = box.machine.starts(since=since).count("A")
    assert starts == (3 if "systemd" in BAD[version] else 1)
