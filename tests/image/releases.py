"""Releases made of the built one, and the sticks and the address that bring them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.image import cuts, net

ROOT = Path(__file__).parents[2]
_METADATA = "opt/markaz/lib/python3.11/site-packages/markaz-{}.dist-info/METADATA"


def slot(built: Path, version: str, folder: Path, without: Sequence[str] = ()) -> Path:
    """A slot with the release that was built, called ``version``; the paths ``without`` are
    missing in it. ``built`` is the image's folder."""
    changes = folder / f"changes-{version}"
    (changes / "etc" / "markaz").mkdir(parents=True)
    (changes / "etc" / "markaz" / "version").write_text(version + "\n")
    [wheel] = (built / "wheels").glob("markaz-*.whl")
    metadata = changes / _METADATA.format(wheel.name.split("-")[1])
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: markaz\nVersion: {version}\n")
    out = folder / f"slot-{version}.squashfs"
    order: list[str | Path] = [ROOT / "image-build/image/resquash", built / "root.tar"]
    order += [changes, out, *(word for path in without for word in ("--without", path))]
    subprocess.run(order, check=True, env={**cuts.PATH, "SQUASH_LEVEL": "1"})
    return out


def bundle(made: Path, version: str, board: str, out: Path) -> Path:
    """The signed bundle of a slot."""
    keys = ROOT / "build" / "update-keys"
    order = [ROOT / "image-build/update/bundle", made, version, board, keys, out]
    subprocess.run([str(word) for word in order], check=True, env=cuts.PATH)
    return out


def usb_stick(content: Path, made: Path) -> Path:
    """A stick as shops sell them (FAT), with a file on it."""
    size_mb = content.stat().st_size // 1_000_000 + 64
    with made.open("wb") as file:
        file.truncate(size_mb * 1_000_000)
    for order in (
        ["mkfs.vfat", "-F", "32", str(made)],
        ["mcopy", "-i", str(made), str(content), f"::{content.name}"],
    ):
        subprocess.run(order, check=True, capture_output=True, env=cuts.PATH)
    return made


@contextmanager
def address(folder: Path) -> Iterator[str]:
    """An address of the office that has what lies in ``folder``."""
    place = f"{net.OFFICE}:8000"
    order = ["setpriv", "--pdeathsig", "KILL", "busybox", "httpd", "-f", "-p", place]
    with subprocess.Popen([*order, "-h", str(folder)]) as server:
        try:
            yield f"http://{place}"
        finally:
            server.kill()
