"""A modem that hangs: its place on USB loses power for a moment, or the kernel finds it anew."""

from __future__ import annotations

import grp

import pytest

from hw.hotplug.port import Plugged, Step, Unplugged
from hw.hotplug.usb import SYSFS, SysfsPower
from tests.hil.bench import missing
from tests.hil.mobile import PtySocket
from tests.hil.test_modems import registered, unmade


def switch(where: str, step: Step) -> object:
    """Who may turn it: the group's name, and the permissions."""
    hub, _, number = where.rpartition("-")
    path = SYSFS / where / "authorized"
    if step is Step.POWER:
        path = SYSFS / f"{hub}-0:1.0" / f"usb{hub}-port{number}" / "disable"
    found = path.stat()
    return grp.getgrgid(found.st_gid).gr_name, oct(found.st_mode & 0o777)


@pytest.mark.covers("Modems: one that hangs is reset through its place on USB, and works again")
@pytest.mark.parametrize("step", list(Step))
def test_a_modem_is_reset_through_its_place_on_usb(bench, step):
    mobile = unmade(bench, "EC25")
    if isinstance(mobile._socket, PtySocket):
        missing("a USB that has power")
    registered(mobile)
    where, count = mobile._socket.ports()[0].where, len(mobile._socket.ports())
    assert switch(where, step) == ("markaz", "0o664")  # by our udev rules
    mobile.port.close()
    mobile.port = None
    mobile.plugs.clear()
    SysfsPower().reset(where, step)

    def is_back() -> bool:
        told = [type(event) for event in mobile.plugs]
        return (told.count(Unplugged), told.count(Plugged)) == (count, count)

    mobile.until(is_back, 15, "hot-plug tells that it went and came")
    mobile.events.clear()
    registered(mobile)
