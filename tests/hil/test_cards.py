"""Cards: their channels' names and rights, several lines at once, a card that is taken away."""

from __future__ import annotations

import grp
import stat
from pathlib import Path

import pytest

from hw.dahdi.port import PortLost, RingBegan
from tests.hil.bench import BenchKind, missing

GROUP = "markaz"


@pytest.mark.covers("Image: /dev/dahdi/N stay, and the box's user may open them")
def test_channels_have_links_and_rights(bench):
    """Debian's own rules lose the links at the kernel's "bind" event."""
    if bench.kind is BenchKind.SIM:
        missing("a kernel with udev")
    found = sorted(Path("/dev/dahdi").glob("[0-9]*"))
    assert len(found) >= 2
    for link in found:
        assert link.is_symlink()
        node = link.stat()
        assert stat.S_ISCHR(node.st_mode)
        assert stat.S_IMODE(node.st_mode) == 0o660
        assert grp.getgrgid(node.st_gid).gr_name == GROUP


@pytest.mark.covers("Cards: two lines at once keep apart")
def test_only_the_line_that_rings_rings(bench):
    one, other = bench.trunk(), bench.trunk()
    for _ in range(50):
        one.run(0.05)
        other.run(0.05)
    other.far.ring()
    for _ in range(40):
        one.run(0.05)
        other.run(0.05)
    assert other.times_of(RingBegan())
    assert not one.events


@pytest.mark.covers("Bad input: the card is taken away")
def test_a_card_that_goes_is_a_lost_port(bench):
    line = bench.trunk()
    line.run(1.0)
    line.take_card()
    with pytest.raises(PortLost):
        line.run(2.0)
    with pytest.raises(PortLost):
        line.port.read()


@pytest.mark.covers("Bad input: the card is taken away")
def test_a_card_that_came_back_serves(bench):
    line = bench.trunk()
    line.run(2.5)
    line.far.ring()
    line.until(lambda: line.times_of(RingBegan()), 3, "it rings")
