"""The disk under the box misbehaves while people talk: nobody hears it, and nothing is lost.

Recordings, their spool, the store and the logs lie on a disk of ours (``tests.rig.bad_disk``).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.box import memory
from firmware.link.api import DaemonApi
from firmware.model.record import RecordingRecord
from firmware.model.recording import NO_ROOM
from tests.rig import audio
from tests.rig.bad_disk import BadDisk
from tests.rig.box import LeanBox
from tests.rig.desk_phone import DeskPhone
from tests.rig.sim import assert_no_calls
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.sim.test_transfer import A, B, talk

pytestmark = pytest.mark.skipif(
    not os.access("/dev/fuse", os.W_OK) or os.geteuid() != 0,
    reason="mounting a disk of ours needs /dev/fuse and root",
)

ON_THE_DISK = ("edge", "recordings", "spool", "store", "log")

LOST_S = 0.25
"""What a recording may be shorter than the talk: its begin and end are told by SIP."""

DISKS_GAP_S = 0.09
"""A wait for this disk is 100 ms or more, a write that was lost 128 ms; what a busy machine itself
held back (six programs for each processor) was 60 ms."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadDisk]:
    folder = tmp_path_factory.mktemp("disk")
    with BadDisk(folder) as mounted:
        yield mounted


@pytest.fixture(scope="module")
def box(disk: BadDisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeanBox]:
    root = tmp_path_factory.mktemp("box")
    for name in ON_THE_DISK:
        (disk.mount / name).mkdir(mode=0o700)
        (root / name).symlink_to(disk.mount / name)
    lean = LeanBox("kamailio", "edge", "switchd", "recorder", root=root)
    memory.prepare(lean.home)
    try:
        with lean as running:
            yield running
    finally:
        shutil.rmtree(lean.home.ram.resolve())


@pytest.fixture
def phones(disk: BadDisk, box: LeanBox, tmp_path: Path) -> Iterator[Telephones]:
    disk.behave()
    with Telephones(box, tmp_path) as made:
        yield made
    disk.behave()
    assert_no_calls(box)


def hear_for(seconds: float, *heard: tuple[DeskPhone, str]) -> None:
    """Everybody hears for so long without a gap."""
    starts = [phone.heard(call).length_s for phone, call in heard]
    for (phone, call), start_s in zip(heard, starts, strict=True):
        until(
            lambda p=phone, c=call, s=start_s: p.heard(c).length_s > s + seconds,
            seconds + 10,
            f"{phone.account.number} hears for {seconds} s",
        )
        assert phone.heard(call).part(start_s).gaps(shortest_s=DISKS_GAP_S) == []


def recording_of(box: LeanBox, call_id: str, timeout_s: float = 30.0) -> RecordingRecord:
    until(lambda: box.recordings(call_id), timeout_s, "the recording is finished")
    [record] = box.recordings(call_id)
    return record


def assert_whole(box: LeanBox, call_id: str) -> None:
    """Both sides are in the recording, for the whole talk, without a gap."""
    call = box.call(call_id, 30.0)
    assert call.answered_at is not None
    assert call.ended_at is not None
    record = recording_of(box, call_id)
    assert record.format == "flac"
    assert record.length_s > call.ended_at - call.answered_at - LOST_S
    for channel in (0, 1):
        sound = audio.read(box.home.recordings / record.path, channel)
        assert sound.sounding().length_s > record.length_s - 2.0
        assert sound.gaps(shortest_s=DISKS_GAP_S) == []


def talked(box: LeanBox) -> str:
    """The id of the call that goes on."""
    with box.link("switchd") as link:
        [row] = link.snapshot()["call"]
    return row.id


def alarms(box: LeanBox) -> dict[str, str]:
    """What the recorder's board shows."""
    with box.link("recorder") as link:
        return {row.id: row.text for row in link.snapshot().get("alarm", ())}


def sweep_now(box: LeanBox) -> None:
    with box.link("recorder") as link:
        link.call(DaemonApi.reload)


def test_a_disk_that_needs_100_ms_for_each_write_is_not_heard(
    disk: BadDisk, box: LeanBox, phones: Telephones
) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    disk.behave(write_s=0.1)
    talk(a, b)
    call_id = talked(box)
    hear_for(8.0, (a, "a"), (b, "in1"))
    a.hang_up()
    b.expect("ended", "in1")
    disk.behave()  # to encode and to write the store takes minutes on it
    assert_whole(box, call_id)


def test_a_disk_that_stalls_for_ten_seconds_is_not_heard_but_told(
    disk: BadDisk, box: LeanBox, phones: Telephones
) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    talk(a, b)
    call_id = talked(box)
    hear_for(1.5, (a, "a"), (b, "in1"))
    disk.stall(10.0)
    hear_for(7.0, (a, "a"), (b, "in1"))
    assert "the disk has not answered for" in alarms(box)["keeping"]
    hear_for(4.0, (a, "a"), (b, "in1"))
    until(lambda: "keeping" not in alarms(box), 10, "the disk answers again")
    a.hang_up()
    b.expect("ended", "in1")
    assert_whole(box, call_id)


def test_calls_go_on_when_the_disk_is_full_and_are_not_recorded_then(
    disk: BadDisk, box: LeanBox, phones: Telephones
) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    talk(a, b)
    recorded = talked(box)
    hear_for(2.0, (a, "a"), (b, "in1"))
    disk.behave(is_full=True)
    hear_for(4.0, (a, "a"), (b, "in1"))
    sweep_now(box)
    until(lambda: "room" in alarms(box), 10, "it is told")
    assert "new calls are not recorded" in alarms(box)["room"]
    assert "recordings are in memory only" in alarms(box)["keeping"]
    assert (box.home.ram_recordings / NO_ROOM).exists()
    a.hang_up()
    b.expect("ended", "in1")

    talk(a, b, call="b", rung="in2")
    unrecorded = talked(box)
    hear_for(2.0, (a, "b"), (b, "in2"))
    a.hang_up("b")
    b.expect("ended", "in2")

    disk.behave()
    sweep_now(box)
    until(lambda: not alarms(box), 20, "all is well again")
    assert not (box.home.ram_recordings / NO_ROOM).exists()
    assert_whole(box, recorded)
    assert box.call(unrecorded, 30.0).disposition == "answered"
    assert box.recordings(unrecorded) == []
    assert "recording_failed" in [event.name for event in box.timeline(unrecorded)]


def test_a_disk_that_became_read_only_loses_nothing_of_a_call(
    disk: BadDisk, box: LeanBox, phones: Telephones
) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    disk.behave(is_sealed=True)
    talk(a, b)
    call_id = talked(box)
    hear_for(5.0, (a, "a"), (b, "in1"))
    assert "Read-only file system" in alarms(box)["keeping"]
    a.hang_up()
    b.expect("ended", "in1")
    disk.behave()
    assert_whole(box, call_id)


def test_the_recordings_are_removed_under_it(
    disk: BadDisk, box: LeanBox, phones: Telephones
) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    talk(a, b)
    call_id = talked(box)
    hear_for(3.0, (a, "a"), (b, "in1"))
    for folder in (*(disk.mount / "recordings").iterdir(), disk.mount / "spool" / "recordings"):
        shutil.rmtree(folder, ignore_errors=True)  # the keeper writes into it meanwhile
    hear_for(2.0, (a, "a"), (b, "in1"))
    a.hang_up()
    b.expect("ended", "in1")
    assert_whole(box, call_id)  # what the memory still had: the last eight seconds are always there
