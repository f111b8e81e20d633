"""RAUC's own service on a bus of its own, with the box's configuration and our backend.

The slots are files. What needs the kernel's dm-verity is not here: bundles are of RAUC's plain
form, which it mounts by a loop device; the image's form is tested on the image (tests/image).
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.update import environment
from firmware.update.slots import Rauc, Slot, SlotsFailed
from tests.rig.until import until

ROOT = Path(__file__).parents[2]
UPDATE = ROOT / "image-build" / "update"
SLOT_BYTES = 2_000_000
KILLS = 10
UPDATE_AND_CHOOSE = """
from pathlib import Path
from firmware.update.slots import Rauc
rauc = Rauc(Path("{configuration}"))
rauc.install(Path("{bundle}"), lambda percent: None)
rauc.choose_other()
"""

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="RAUC mounts bundles, which needs root")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    subprocess.run([UPDATE / "keys", folder], check=True)
    return folder


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A message bus for this test; RAUC takes the session's when it is told so."""
    address = f"unix:path={tmp_path}/bus"
    order = ["dbus-daemon", "--session", "--nofork", "--nosyslog", f"--address={address}"]
    with subprocess.Popen(order, stderr=subprocess.DEVNULL) as daemon:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.setenv("DBUS_STARTER_BUS_TYPE", "session")
        until((tmp_path / "bus").exists, 10.0, "the bus is there")
        yield
        daemon.terminate()


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    """The boot loader's folder."""
    folder = tmp_path / "boot"
    folder.mkdir()
    environment.write(folder, environment.FIRST)
    return folder


@pytest.fixture
def configuration(tmp_path: Path, keys: Path, bus: None, boot: Path) -> Path:
    """The box's, with everything in this test's folder."""
    backend = tmp_path / "backend"
    backend.write_text(
        f"#!/bin/sh\nexport MARKAZ_BOOT_FOLDER={boot} PYTHONPATH={ROOT}\n"
        f'exec {sys.executable} -P -m firmware.update.backend "$@"\n'
    )
    backend.chmod(0o755)
    text = (UPDATE / "system.conf").read_text().replace("@BOARD@", "x86")
    for old, new in (
        ("/etc/rauc/keyring.pem", keys / "keyring.pem"),
        ("/data/rauc/central.raucs", tmp_path / "central.raucs"),
        ("/run/rauc", tmp_path / "mnt"),
        ("/opt/markaz/bin/markaz-boot-backend", backend),
        ("/dev/disk/by-partlabel/", tmp_path),
        ("bundle-formats=verity", "bundle-formats=plain verity"),
    ):
        text = text.replace(str(old), f"{new}/" if str(old).endswith("/") else str(new))
    configuration = tmp_path / "system.conf"
    configuration.write_text(text)
    for name in ("slot-a", "slot-b"):
        (tmp_path / name).write_bytes(bytes(SLOT_BYTES))
    return configuration


@pytest.fixture
def rauc(configuration: Path) -> Iterator[Rauc]:
    with service(configuration) as rauc:
        yield rauc


@contextlib.contextmanager
def service(configuration: Path) -> Iterator[Rauc]:
    """RAUC's service, started from slot A, in a name space whose mounts end with it; killed with
    all that it has started."""
    rauc = Rauc(configuration)
    order = ["rauc", f"--conf={configuration}", "--override-boot-slot=A", "service"]
    with subprocess.Popen(
        ["unshare", "--mount", *order],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as child:
        try:
            until(lambda: answers(rauc), 20.0, "the service answers")
            yield rauc
        finally:
            os.killpg(child.pid, signal.SIGKILL)


def answers(rauc: Rauc) -> bool:
    try:
        return bool(rauc.slots())
    except SlotsFailed:
        return False


def bundle(folder: Path, keys: Path, content: bytes, version: str = "1.4.0") -> Path:
    """A signed bundle of RAUC's plain form."""
    tree = folder / "content"
    tree.mkdir()
    (tree / "slot.img").write_bytes(content)
    (tree / "manifest.raucm").write_text(
        f"[update]\ncompatible=markaz-x86\nversion={version}\n\n[image.rootfs]\nfilename=slot.img\n"
    )
    out = folder / "b.raucb"
    signing = [f"--{name}={keys / name}.pem" for name in ("cert", "key", "keyring")]
    order = ["rauc", "bundle", *signing, tree, out]
    subprocess.run(order, check=True, capture_output=True)
    return out


def by_name(rauc: Rauc) -> dict[str, Slot]:
    return {slot.name: slot for slot in rauc.slots()}


def test_a_new_box_has_one_good_slot(rauc: Rauc):
    slots = by_name(rauc)
    assert (slots["A"].is_booted, slots["A"].is_good) == (True, True)
    assert (slots["B"].is_booted, slots["B"].is_good) == (False, False)


def test_a_bundle_is_written_and_chosen_only_when_it_is_ordered(
    rauc: Rauc, keys: Path, boot: Path, tmp_path: Path
):
    content = os.urandom(1_000_000)
    told: list[int] = []
    rauc.install(bundle(tmp_path, keys, content), told.append)
    assert (tmp_path / "slot-b").read_bytes()[: len(content)] == content
    assert (tmp_path / "slot-a").read_bytes() == bytes(SLOT_BYTES)
    assert told[-1] == 100
    slots = by_name(rauc)
    assert (slots["B"].version, slots["B"].is_good) == ("1.4.0", False)
    assert environment.read(boot).primary == "A"
    rauc.choose_other()
    chosen = environment.read(boot)
    assert (chosen.primary, chosen.trial) == ("B", "B")
    assert by_name(rauc)["B"].is_good


def test_while_it_is_written_the_other_slot_is_not_to_be_started(
    rauc: Rauc, keys: Path, boot: Path, tmp_path: Path
):
    environment.write(boot, environment.FIRST.marked("B", good=True))
    seen: set[bool] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.add(environment.read(boot).is_good("B"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    rauc.install(bundle(tmp_path, keys, os.urandom(1_500_000)), lambda _percent: None)
    done.set()
    watcher.join()
    assert False in seen
    assert not environment.read(boot).is_good("B")


def test_another_s_bundle_is_not_written(
    rauc: Rauc, boot: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
):
    others = tmp_path_factory.mktemp("others")
    subprocess.run([UPDATE / "keys", others], check=True)
    with pytest.raises(SlotsFailed, match="ignature"):
        rauc.install(bundle(tmp_path, others, os.urandom(1000)), lambda _percent: None)
    assert (tmp_path / "slot-b").read_bytes() == bytes(SLOT_BYTES)
    assert environment.read(boot).primary == "A"


def test_killed_at_random_moments_what_starts_next_is_one_whole_release(
    configuration: Path, keys: Path, boot: Path, tmp_path: Path
):
    """Everything of the update dies at once: RAUC's service, its backend, who asked."""
    content, dice = os.urandom(SLOT_BYTES), random.Random(5)
    held = {"A": bytes(SLOT_BYTES), "B": content}
    code = UPDATE_AND_CHOOSE.format(
        configuration=configuration, bundle=bundle(tmp_path, keys, content)
    )
    whole_s, ended_in = 30.0, Counter[str]()
    for kill in range(KILLS + 1):  # the first one is not killed: it says how long all of it takes
        environment.write(boot, environment.FIRST)
        (tmp_path / "slot-b").write_bytes(bytes(SLOT_BYTES))
        with service(configuration):
            took_s = run_for(code, dice.uniform(0.0, 1.1 * whole_s) if kill else whole_s)
        whole_s = whole_s if kill else took_s
        slot = environment.read(boot).primary
        assert (tmp_path / f"slot-{slot.lower()}").read_bytes() == held[slot]
        ended_in[slot] += 1
    print(f"{KILLS} kills within {whole_s:.2f} s; what starts next: {dict(ended_in)}")
    assert set(ended_in) == {"A", "B"}


def run_for(code: str, length_s: float) -> float:
    """Run this as a program and kill it after so long; how long it ran."""
    began_s = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    ) as asking:
        with contextlib.suppress(subprocess.TimeoutExpired):
            asking.wait(length_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(asking.pid, signal.SIGKILL)
    return time.monotonic() - began_s


def test_marks_reach_the_boot_loader(rauc: Rauc, boot: Path):
    tried = environment.read(boot)
    environment.write(
        boot, environment.Boot(order=tried.order, ok=tried.ok, tries={"A": 2}, trial="A")
    )
    rauc.mark(good=True)
    assert (environment.read(boot).tries["A"], environment.read(boot).trial) == (0, "")
    rauc.mark(good=False)
    assert not environment.read(boot).is_good("A")
