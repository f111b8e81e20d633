"""A box in the field and its updates: from a stick, while somebody talks, and proved by a call;
from an address, with the power cut in it; two releases that are no good give way by themselves.

One machine, so the order of these tests is that of its life.
"""

from __future__ import annotations

import json
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

GOOD, DEAF, LIFELESS = "99.0.0", "99.1.0", "99.2.0"
MISSING = {
    GOOD: [],
    DEAF: ["/usr/sbin/kamailio"],  # it starts, and its self-test call fails
    LIFELESS: ["/usr/lib/systemd/systemd"],  # it cannot even start: the boot loader counts
}


@pytest.fixture(scope="module")
def ports() -> Iterator[Block]:
    with reserve_block() as block:
        yield block


def release(image: Path, board: str, version: str, folder: Path) -> Path:
    """Its bundle, with what an address says of it beside."""
    made = releases.slot(image.parent, version, folder, MISSING[version])
    channel = folder / "channel"
    channel.mkdir()
    return releases.bundle(made, version, board, channel / f"markaz-{version}.raucb")


def wait_offered(box: ImageBox, version: str) -> None:
    latest = time.monotonic() + INSTALL_S
    while version not in box.shell("markaz update check || true", INSTALL_S):
        assert time.monotonic() < latest, "it is not offered"


def install_from_a_stick(box: ImageBox, bundle: Path, version: str) -> None:
    plugged = releases.usb_stick(bundle, bundle.with_suffix(".img"))
    box.machine.plug_in(plugged)
    wait_offered(box, version)
    said = box.shell("markaz update install", INSTALL_S)
    assert f"release {version} is installed" in said
    box.machine.draw_out(plugged)


def known(box: ImageBox) -> dict[str, object]:
    """What the box knows of its update."""
    told: dict[str, object] = json.loads(box.shell("markaz update status --json"))
    return told


def is_fetching(box: ImageBox) -> bool:
    """Whether a part of it is there."""
    told = known(box)
    return told["state"] == "fetching" and bool(told["percent"])


def restarted_into(box: ImageBox, slot: str, timeout_s: float) -> None:
    """Into what is installed, by order; until the boot loader starts ``slot``."""
    since = len(box.machine.said())
    box.order("markaz update switch")  # the restart may end it before it says its status
    box.machine.expect(f"markaz: slot {slot}", timeout_s, since=since)
    box.restarted(switch_on=False)


def gives_way(box: ImageBox) -> int:
    """The release that is installed in slot A, to the one that runs in B; how often it was
    started."""
    since = len(box.machine.said())
    restarted_into(box, "A", STEP_S)
    box.machine.expect("markaz: slot B", TRIALS_S, since=since)
    box.restarted(switch_on=False)
    box.wait_up()
    told = known(box)
    assert (told["release"], told["state"]) == (GOOD, "rolled_back")
    return box.machine.starts(since=since).count("A")


def environment(box: ImageBox) -> str:
    """What the boot loader will find."""
    return box.shell("tr -d '#' </efi/grub/grubenv")


def test_a_stick_brings_a_release_while_they_talk_and_it_stays(
    box: ImageBox, image: Path, board: str, ports: Block, tmp_path: Path
) -> None:
    bundle = release(image, board, GOOD, tmp_path)
    box.wait_up()
    with (
        telephone(box.account("101"), tmp_path, ports) as agent,
        telephone(box.account("103"), tmp_path, ports) as caller,
    ):
        caller.dial("101")
        agent.expect("incoming", STEP_S)
        agent.answer()
        agent.expect("established", STEP_S)
        install_from_a_stick(box, bundle, GOOD)
        heard_s = agent.heard().length_s
        until(lambda: agent.heard().length_s > heard_s + 3.0, STEP_S, "they still talk")
        caller.hang_up()
        agent.expect("ended", STEP_S)
    restarted_into(box, "B", STEP_S)
    box.wait_up()
    until(lambda: "TRIAL=\n" in environment(box), START_S, "its call has proved it")
    assert known(box)["release"] == GOOD
    assert "ORDER=B A" in environment(box)


def test_an_address_brings_a_release_over_a_power_cut_and_a_deaf_one_gives_way(
    box: ImageBox, image: Path, board: str, tmp_path: Path
) -> None:
    bundle = release(image, board, DEAF, tmp_path)
    box.wait_up()
    with releases.address(bundle.parent) as address:
        box.shell("markaz config show --secrets >/tmp/site.yaml")
        # By hand: else it is quiet after ten minutes, and it restarts before it is looked at.
        for key, value in (("address", address), ("rate_kbit", 10000), ("switch", "by_hand")):
            box.shell(f"sed -i '/^update:/,/^$/ s|^  {key}:.*|  {key}: {value}|' /tmp/site.yaml")
        box.shell("markaz config apply /tmp/site.yaml -m fetch")
        wait_offered(box, DEAF)
        box.shell("(markaz update install >/dev/null 2>&1 &)")
        until(lambda: is_fetching(box), INSTALL_S, "some of it is there")
        box.machine.pull_the_plug()
        box.restarted()
        box.wait_up()
        until(lambda: known(box)["state"] == "installed", INSTALL_S, "it went on by itself")
    assert gives_way(box) == 1
    assert address in box.shell("markaz config show")


def test_a_release_that_cannot_start_gives_way_after_three_starts(
    box: ImageBox, image: Path, board: str, tmp_path: Path
) -> None:
    bundle = release(image, board, LIFELESS, tmp_path)
    box.wait_up()
    install_from_a_stick(box, bundle, LIFELESS)
    assert gives_way(box) == 3
