"""Debian's chronyd with the file that the box writes: it takes it, and tells the office time."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import IPv4Address, IPv4Network

import pytest

from firmware.config.home import Home
from firmware.config.schema import Provisioning
from firmware.deviced import timeserver
from tests.rig.namespaces import Lan
from tests.rig.until import until

CHRONYD = shutil.which("chronyd", path="/usr/sbin:/sbin:/usr/bin") or "chronyd"
BOX = IPv4Address("10.9.0.1")
OFFICE = (IPv4Network("10.9.0.0/24"),)
ASK = """
import socket, struct, sys, time
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.settimeout(1)
asked.sendto(b"\\x23" + bytes(47), (sys.argv[1], 123))
try:
    told = asked.recv(512)
except TimeoutError:
    print("silence")
else:
    print(told[1], struct.unpack("!I", told[40:44])[0] - 2208988800 - int(time.time()))
"""  # RFC 5905: version 4, client; its answer's stratum, and its transmit timestamp from 1900


@pytest.mark.parametrize(
    "plan",
    [
        Provisioning(),
        Provisioning(address=BOX, networks=OFFICE),
        Provisioning(address=IPv4Address("0.0.0.0")),
        Provisioning(address=BOX, ntp_server=IPv4Address("10.9.0.250")),
    ],
)
def test_chronyd_takes_what_the_box_writes(tmp_path, plan):
    home = Home(tmp_path)
    assert timeserver.write(home, plan)
    order = [CHRONYD, "-p", "-f", str(tmp_path / timeserver.NAME)]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "makestep 1.0 3" in done.stdout.splitlines()
    assert not timeserver.write(home, plan), "nothing has changed"


def test_a_telephone_reads_the_time_and_a_stranger_gets_silence(tmp_path):
    timeserver.write(Home(tmp_path), Provisioning(address=BOX, networks=OFFICE))
    file = tmp_path / timeserver.NAME
    text = file.read_text().replace("pool ", "#pool ")  # there is no internet here
    here = f"pidfile {tmp_path}/pid\nbindcmdaddress /\ncmdport 0\n"
    file.write_text(text + here)
    with Lan() as lan:
        box = lan.host("box", f"{BOX}/24")
        box.must("ip", "address", "add", "10.8.0.1/24", "dev", "eth0")
        telephone = lan.host("telephone", "10.9.0.20/24")
        stranger = lan.host("stranger", "10.8.0.66/24")
        stranger.must("ip", "route", "add", "10.9.0.0/24", "via", "10.8.0.1")
        log = tmp_path / "chronyd.log"
        lan.start(box, CHRONYD, "-x", "-d", "-u", "root", "-f", str(file), log=log)
        told = until(
            lambda: (said := telephone.python(ASK, str(BOX))) and "silence" not in said and said,
            20.0,
            "the box tells the time",
        )
        stratum, apart_s = map(int, told.split())
        assert (stratum, abs(apart_s) <= 1) == (10, True)
        assert stranger.python(ASK, str(BOX)).strip() == "silence"


def test_a_box_whose_telephones_ask_another_answers_nobody():
    plan = Provisioning(address=BOX, networks=OFFICE, ntp_server=IPv4Address("10.9.0.250"))
    text = timeserver.chrony_conf(plan, OFFICE).splitlines()
    assert "server 10.9.0.250 iburst" in text
    assert "port 0" in text
    assert not [line for line in text if line.startswith(("allow", "pool", "local"))]


def test_a_box_on_loopback_answers_nobody():
    assert "port 0" in timeserver.chrony_conf(Provisioning(), ()).splitlines()
    assert timeserver.networks_of(Provisioning()) == ()
