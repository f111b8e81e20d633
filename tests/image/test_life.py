"""A box's life: its first start and call, a power cut and the start after it, the factory reset.

One machine for all of it, so the order of these tests is that of its life.
"""

from __future__ import annotations

import ssl
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from zeroconf import Zeroconf

from firmware.ping import answers_sip
from tests.image import net
from tests.image.box import START_S, STEP_S, ImageBox, telephone
from tests.rig.baresip import Baresip
from tests.rig.ports import Block, reserve_block
from tests.rig.until import until

pytestmark = pytest.mark.timeout(3600)

CALLER_HZ, AGENT_HZ = 440, 620
TALK_S = 6.0

_FREQUENCIES = """
import json, sys
import numpy as np, soundfile
sound, rate = soundfile.read(sys.argv[1], always_2d=True)
middle = sound[len(sound) // 3 : len(sound) * 2 // 3]
peaks = [float(np.argmax(np.abs(np.fft.rfft(side))) * rate / len(side)) for side in middle.T]
print(json.dumps({'length_s': len(sound) / rate, 'peaks_hz': peaks}))
"""


@pytest.fixture(scope="module")
def ports() -> Iterator[Block]:
    with reserve_block() as block:
        yield block


def test_the_first_start_takes_a_call_and_records_it(
    box: ImageBox, ports: Block, tmp_path: Path
) -> None:
    up_s = box.wait_up()
    assert f"http://{net.BOX}/" in box.screen()
    assert "Sign in as owner with" in box.screen()
    with (
        telephone(box.account("101"), tmp_path, ports, tone_hz=AGENT_HZ) as agent,
        telephone(box.account("103"), tmp_path, ports, tone_hz=CALLER_HZ) as caller,
    ):
        caller.dial("600")
        caller.expect("established", STEP_S)
        until(lambda: caller.heard().length_s > 3.0, STEP_S, "the menu speaks")
        assert caller.heard().part(0.5).level_dbfs() > -35.0
        caller.press("1")
        agent.expect("incoming", STEP_S)
        agent.answer()
        agent.expect("established", STEP_S)
        until(lambda: agent.heard().sounding().length_s > TALK_S, STEP_S, "they talk")
        assert abs(agent.heard().sounding().part(1.0).frequency_hz() - CALLER_HZ) < 3
        caller.hang_up()
        agent.expect("ended", STEP_S)
    recorded = _recording(box)
    assert recorded.length_s > TALK_S - 1.0
    assert [round(hz / 10) * 10 for hz in recorded.peaks_hz] == [CALLER_HZ, AGENT_HZ]
    print(f"\nfirst start: everything answers {up_s:.0f} s after the switch (software emulation)")
    print(box.shell("systemd-analyze time; systemd-analyze blame | head -n 12"))


def test_the_disk_is_read_only_and_the_data_fills_it(box: ImageBox) -> None:
    assert box.shell("findmnt -no FSTYPE,OPTIONS /").split()[0] == "squashfs"
    options = box.shell("findmnt -no OPTIONS /data").split(",")
    assert {"rw", "noatime", "errors=remount-ro"} <= set(options)
    megabytes = int(box.shell("df --output=size -BM /data | tail -n 1").strip().rstrip("M"))
    assert megabytes > (box.machine.disk_mb - 2 * 768 - 64) * 0.9
    assert "inactive" in box.shell("systemctl is-active ssh || true")


def test_the_console_answers_on_both_doors(box: ImageBox) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    for address in (f"http://{net.BOX}/", f"https://{net.BOX}/"):
        asked = urllib.request.Request(address, headers={"Accept-Language": "en"})
        with urllib.request.urlopen(asked, timeout=STEP_S, context=trusting) as answer:
            assert answer.status == 200
            assert b"Markaz</title>" in answer.read()


def test_the_office_finds_it_by_its_name(box: ImageBox) -> None:
    with closing(Zeroconf(interfaces=[net.OFFICE])) as asking:
        kind = "_http._tcp.local."
        found = asking.get_service_info(kind, f"markaz.{kind}", timeout=int(STEP_S * 1000))
    assert found is not None
    assert found.server == "markaz.local."
    assert net.BOX in found.parsed_addresses()


def test_after_a_power_cut_it_starts_and_answers_a_call(
    box: ImageBox, ports: Block, tmp_path: Path
) -> None:
    account = box.account("103")
    before = box.shell("find /data/markaz/recordings -type f | sort | xargs sha256sum")
    box.machine.pull_the_plug()
    box.restarted()
    box.machine.expect("markaz: slot A", STEP_S)
    kernel_s = time.monotonic()
    until(lambda: answers_sip(net.BOX, 5060), START_S, "SIP answers")
    with telephone(account, tmp_path, ports) as caller:
        until(lambda: _is_answered(caller), START_S, "a call is answered")
    answered_s = time.monotonic() - kernel_s
    print(f"\nkernel start to the first answered call: {answered_s:.0f} s (software emulation)")
    box.wait_up()
    after = box.shell("find /data/markaz/recordings -type f | sort | xargs sha256sum")
    assert before in after


def test_the_factory_reset_makes_a_new_box(box: ImageBox) -> None:
    old = box.account("103")
    box.leave_shell()
    since = len(box.machine.said())
    box.machine.type("9\n")
    box.machine.expect("Type yes: ", STEP_S, since=since)
    box.machine.type("yes\n")
    box.machine.expect("markaz: slot A", STEP_S, since=since)
    box.restarted(switch_on=False)
    box.machine.expect("Sign in as owner with", START_S, since=since)
    box.wait_up()
    assert box.account("103").password != old.password
    assert box.shell("find /data/markaz/recordings -type f") == ""


def _is_answered(caller: Baresip) -> bool:
    """Call the menu; while the exchange is still starting it says so (503)."""
    before = len(caller.marks())
    caller.dial("600")
    ends = {"established", "ended"}
    until(lambda: ends & set(caller.marks()[before:]), STEP_S, "the call is answered or refused")
    return caller.talks


class _Recorded(msgspec.Struct, frozen=True, kw_only=True):
    length_s: float
    peaks_hz: list[float]  # of each side


def _recording(box: ImageBox) -> _Recorded:
    """What was recorded of the last call, as the box's own Python hears it."""
    find = "find /data/markaz/recordings -name '[!.]*.flac'"  # those with a dot are being written
    until(lambda: box.shell(find), STEP_S, "the recording is finished")
    code = _FREQUENCIES.strip().replace("\n", "\\n")
    box.shell(f"printf '%b' \"{code}\" >/tmp/frequencies.py")
    found = box.shell(find).splitlines()[-1]
    printed = box.shell(f"/opt/markaz/bin/python /tmp/frequencies.py {found}")
    return msgspec.json.decode(printed.splitlines()[-1], type=_Recorded)
