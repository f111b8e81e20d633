"""The rig of metal modems, on simulated ones: which modem is meant, and what a partner does."""

from __future__ import annotations

import pytest

from hw.hotplug.port import UsbPort
from hw.modem.sim import Dialled, FarAnswered
from hw.modem.sim_kinds import EC25
from tests.hil import metal_modem
from tests.hil.metal_modem import MetalMobile, MetalSocket, Partner
from tests.hil.mobile import PtySocket, SimulatedMobile
from tests.hil.rig import ModemEntry


def port(where: str, interface: int = 2, serial: str = "0123456789") -> UsbPort:
    return UsbPort(
        device=f"/dev/ttyUSB{interface}",
        vendor="2c7c",
        product="0125",
        interface=interface,
        serial=serial,
        where=where,
    )


class FakeUdev:
    """The kernel's device manager, which knows two modems of one maker."""

    def ports(self) -> tuple[UsbPort, ...]:
        return (port("1-1.1"), port("1-1.2", serial="ABC"))


@pytest.fixture(autouse=True)
def udev(monkeypatch):
    monkeypatch.setattr(metal_modem, "UdevHotplug", FakeUdev)


@pytest.mark.parametrize(
    ("entry", "where"),
    [({"where": "1-1.2"}, "1-1.2"), ({"serial": "ABC"}, "1-1.2"), ({}, "1-1.1")],
)
def test_a_modem_is_known_by_its_socket_or_its_serial_number(entry, where):
    assert MetalSocket(ModemEntry(model="EC25", **entry)).ports()[0].where == where


def test_a_modem_that_is_not_there_skips_with_what_is_missing():
    with pytest.raises(pytest.skip.Exception, match=r"the rig's EC25 \(1-9\): not plugged in"):
        MetalSocket(ModemEntry(model="EC25", where="1-9"))


def test_a_modem_is_drawn_by_the_kernel(tmp_path):
    switch = tmp_path / "1-1.1" / "authorized"
    switch.parent.mkdir()
    socket = MetalSocket(ModemEntry(model="EC25"), tmp_path)
    socket.unplug()
    assert switch.read_text() == "0"
    socket.plug()
    assert switch.read_text() == "1"


def test_without_the_right_to_draw_it_the_test_is_skipped(tmp_path):
    with pytest.raises(pytest.skip.Exception, match=r"the right to draw 1-1\.1"):
        MetalSocket(ModemEntry(model="EC25"), tmp_path).unplug()


def test_a_partner_calls_the_number_of_the_modem_under_test(tmp_path):
    """The partner here is a simulated modem; its network writes down what was dialled."""
    other = SimulatedMobile(tmp_path, EC25, PtySocket("EC25"))
    partner = Partner(other._socket, "+989120000017")
    mobile = MetalMobile(PtySocket("EC25"), partner)

    def pass_time() -> bool:
        other.pass_network()
        other._socket.pass_frame(None)
        mobile.pass_network()
        return any(isinstance(event, FarAnswered) for event in other.done)

    for _ in range(100):
        pass_time()
    mobile.network.ring("whatever")
    assert any(pass_time() for _ in range(600))
    assert Dialled("+989120000017") in other.done
    assert any(isinstance(event, metal_modem.Answered) for event in mobile.done)
    partner.close()
    other.network.close()
