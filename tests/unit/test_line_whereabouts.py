"""Which modem is whose: by serial number, IMEI or socket, whatever its ports are called."""

from __future__ import annotations

import pytest

from firmware.lined.whereabouts import Whereabouts, by_path
from hw.hotplug.port import Plugged, Unplugged, UsbPort
from hw.hotplug.sim import SimHotplug
from hw.modem.port import ModemLost

EC25, SIM7600, E1550, PRINTER = "2c7c:0125", "1e0e:9001", "12d1:1001", "03f0:0001"


def ports(
    kind: str, where: str, serial: str, first: int, interfaces: tuple[int, ...] = (0, 1, 2, 3, 4)
) -> tuple[UsbPort, ...]:
    vendor, product = kind.split(":")
    return tuple(
        UsbPort(
            device=f"/dev/ttyUSB{first + n}",
            vendor=vendor,
            product=product,
            interface=n,
            serial=serial,
            where=where,
        )
        for n in interfaces
    )


class Usb:
    def __init__(self, *plugged: tuple[UsbPort, ...]) -> None:
        self.hotplug = SimHotplug()
        for device in plugged:
            self.hotplug.plug(*device)
        self.hotplug.events()
        self.there = Whereabouts(self.hotplug.ports)

    def plug(self, device: tuple[UsbPort, ...]) -> None:
        self.hotplug.plug(*device)
        self.tell()

    def unplug(self, where: str) -> None:
        self.hotplug.unplug(where)
        self.tell()

    def tell(self) -> None:
        for event in self.hotplug.events():
            assert isinstance(event, Plugged | Unplugged)
            self.there.on_hotplug(event)


def test_each_kind_has_its_own_interfaces_for_commands_and_audio():
    usb = Usb(
        ports(EC25, "1-1", "A", 0), ports(SIM7600, "1-2", "B", 5), ports(E1550, "1-3", "C", 10)
    )
    found = {s: usb.there.find(s, f"serial:{s}") for s in "ABC"}
    assert (found["A"].at, found["A"].audio) == ("/dev/ttyUSB2", "/dev/ttyUSB1")
    assert (found["B"].at, found["B"].audio) == ("/dev/ttyUSB7", "/dev/ttyUSB9")
    assert (found["C"].at, found["C"].audio) == ("/dev/ttyUSB12", "/dev/ttyUSB11")


def test_other_numbers_after_a_restart_are_the_same_modem():
    usb = Usb(ports(EC25, "1-1", "A", 0), ports(EC25, "1-2", "B", 5))
    assert usb.there.find("gsm", "serial:A").at == "/dev/ttyUSB2"
    other = Usb(ports(EC25, "1-2", "B", 0), ports(EC25, "1-1", "A", 5))
    assert other.there.find("gsm", "serial:A").at == "/dev/ttyUSB7"


def test_unplugged_it_is_gone_and_in_another_socket_it_is_there_again():
    usb = Usb(ports(EC25, "1-1", "A", 0))
    usb.unplug("1-1")
    with pytest.raises(ModemLost, match="no modem serial:A is plugged in; no modem"):
        usb.there.find("gsm", "serial:A")
    usb.plug(ports(EC25, "1-4.2", "A", 8))
    assert usb.there.find("gsm", "serial:A").where == "1-4.2"


def test_a_modem_is_there_once_both_its_ports_are():
    usb = Usb()
    early = ports(EC25, "1-1", "A", 0, (0, 1))
    usb.plug(early)
    with pytest.raises(ModemLost):
        usb.there.find("gsm", "serial:A")
    usb.plug(ports(EC25, "1-1", "A", 0, (2,)))
    assert usb.there.find("gsm", "serial:A").at == "/dev/ttyUSB2"


def test_a_serial_number_that_two_have_is_no_name():
    usb = Usb(ports(SIM7600, "1-1", "0123", 0), ports(SIM7600, "1-2", "0123", 5))
    with pytest.raises(ModemLost, match=r"2 modems are serial:0123 .* imei: or usb:"):
        usb.there.find("gsm", "serial:0123")
    assert usb.there.find("gsm", "usb:1-2").at == "/dev/ttyUSB7"


def test_by_imei_each_is_asked_until_one_says_it_is_it():
    usb = Usb(*(ports(SIM7600, f"1-{n}", "0123", 5 * n) for n in (1, 2, 3)))
    asked = []
    for _ in range(3):
        found = usb.there.find("gsm", "imei:222")
        assert found.imei == "222"
        asked.append(found.where)
        usb.there.learned(found.where, {"1-1": "111", "1-2": "222", "1-3": "333"}[found.where])
        if found.where == "1-2":
            break
    assert usb.there.find("gsm", "imei:222").where == "1-2"
    assert len(set(asked)) == len(asked)


def test_by_imei_another_lines_modem_is_not_taken_away():
    usb = Usb(*(ports(SIM7600, f"1-{n}", "0123", 5 * n) for n in (1, 2)))
    usb.there.find("one", "usb:1-1")
    assert usb.there.find("two", "imei:222").where == "1-2"


def test_what_was_learned_of_a_socket_is_forgotten_with_its_modem():
    usb = Usb(ports(SIM7600, "1-1", "0123", 0))
    usb.there.learned("1-1", "111")
    with pytest.raises(ModemLost, match="there are serial:0123 imei:111 usb:1-1"):
        usb.there.find("gsm", "imei:222")
    usb.unplug("1-1")
    usb.plug(ports(SIM7600, "1-1", "0123", 0))
    assert usb.there.find("gsm", "imei:222").where == "1-1"


def test_what_is_no_modem_is_none():
    usb = Usb(ports(PRINTER, "1-1", "A", 0))
    with pytest.raises(ModemLost, match="no modem that this release knows"):
        usb.there.find("gsm", "serial:A")


@pytest.mark.parametrize(
    ("name", "audio"),
    [
        ("usb-Quectel_EC25-E_0123-if02-port0", "usb-Quectel_EC25-E_0123-if01-port0"),
        ("usb-SimTech__Inc_SimTech_0123-if02-port0", "usb-SimTech__Inc_SimTech_0123-if04-port0"),
        ("usb-HUAWEI_Mobile-if03-port0", "usb-HUAWEI_Mobile-if02-port0"),
    ],
)
def test_by_path_the_audio_port_is_beside(name, audio):
    folder = "/dev/serial/by-id/"
    assert by_path(folder + name).audio == folder + audio


def test_a_bare_number_says_what_to_write():
    with pytest.raises(ModemLost, match="name the modem by serial:, imei: or usb:"):
        by_path("/dev/ttyUSB2")


def test_a_modem_of_one_port_is_found_by_its_names():
    voice = UsbPort(
        device="/dev/ttyACM0", vendor="0baf", product="0303", interface=0, serial="V1", where="1-3"
    )
    usb = Usb((voice,), ports(EC25, "1-1", "A", 0))
    for name in ("serial:V1", "usb:1-3"):
        found = usb.there.find_single("fxo", name)
        assert (found.at, found.where) == ("/dev/ttyACM0", "1-3")
    assert usb.there.find_single("fxo", "/dev/serial/by-id/x").at == "/dev/serial/by-id/x"
    assert usb.there.held["fxo"] == "1-3"
    usb.unplug("1-3")
    with pytest.raises(ModemLost, match="found: none"):
        usb.there.find_single("fxo", "usb:1-3")
