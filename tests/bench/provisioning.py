"""``python -m tests.bench.provisioning``: two hundred telephones start at once after a power cut.

Every telephone has an address and a connection of its own, asks for the files of its family in
their order with its token, and for some that are not there. Forty calls, recorded, go on
meanwhile. Then the exchange is killed, and while it is away and starts again telephones ask once
more. Exit status 0 only if every telephone had everything in ten seconds and no call failed.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from firmware.link.api import ProvisionApi
from provisioning.phones import family_of
from tests.bench import meter
from tests.bench.load import Shape, answering, calling
from tests.bench.office import ANSWERED_GROUPS, office, register
from tests.bench.report import percentiles_ms
from tests.contract.provisioned import curl, token_in
from tests.rig.box import LeanBox
from tests.rig.until import until

TELEPHONES = 200
LIMIT_S = 10.0
AFTERWARDS = 20
"""Telephones that ask again while the exchange restarts."""
SHAPE = Shape(calls=200, calls_per_s=5.0, hold_s=9.8)
MODELS = (  # family, model, first half of its MAC addresses
    ("yealink", "T46G", "001565"),
    ("grandstream", "GRP2614", "c074ad"),
    ("snom", "D785", "000413"),
    ("polycom", "VVX 400", "64167f"),
    ("fanvil", "X4", "0c383e"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephone:
    """One telephone: what it asks for, and what must be in what it gets."""

    mac: str
    source: str
    paths: Sequence[str]
    secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it; times are from the moment the power came back."""

    name: str
    telephones: int
    complete: int
    requests: int
    last_s: float
    telephone_ms: dict[str, float]
    concurrent_calls: int
    failed_calls: int
    without_switchd: int  # telephones that had everything while the exchange was away
    while_it_starts: int
    cpu_percent: dict[str, float]

    @property
    def faults(self) -> list[str]:
        """What must not be, whatever the figures are."""
        found = []
        if self.complete < self.telephones:
            found.append(f"{self.telephones - self.complete} telephones did not get everything")
        if self.last_s > LIMIT_S:
            found.append(f"the last telephone was served after {self.last_s:.1f} s")
        if self.failed_calls:
            found.append(f"{self.failed_calls} calls failed")
        if min(self.without_switchd, self.while_it_starts) < AFTERWARDS:
            found.append("a telephone that asked while switchd restarted did not get its files")
        return found


@click.command()
def main() -> None:
    """Two hundred telephones start at once, with calls going on."""
    folder = Path(os.environ.get("MARKAZ_HOME", "var")) / "bench" / "provisioning"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result = carry_out(folder)
    path = folder.parent / "provisioning.json"
    path.write_text(json.dumps(asdict(result), indent=2) + "\n")
    click.echo(
        f"{result.telephones} telephones, {result.requests} requests, "
        f"{result.concurrent_calls} calls going on: last served after {result.last_s:.2f} s "
        f"(each p50 {result.telephone_ms['p50']:.0f}, p99 {result.telephone_ms['p99']:.0f} ms), "
        f"failed calls {result.failed_calls}"
    )
    click.echo(
        f"switchd killed: {result.without_switchd} of {AFTERWARDS} telephones had their files "
        f"while it was away, {result.while_it_starts} of {AFTERWARDS} while it started"
    )
    click.echo(", ".join(f"{name} {percent:.0f} %" for name, percent in result.cpu_percent.items()))
    click.echo(path)
    click.echo("\n".join(result.faults), err=True)
    sys.exit(1 if result.faults else 0)


def carry_out(folder: Path) -> Result:
    """One power cut."""
    groups = ANSWERED_GROUPS
    with office(folder / "box", 16000, groups, "provision") as box:
        register(box, folder, groups)
        telephones = _adopt(box)
        with (
            answering(box, folder, groups),
            calling(box, SHAPE, folder, groups) as load,
        ):
            wanted = round(0.75 * SHAPE.calls_per_s * SHAPE.hold_s)
            until(lambda: load.counts().current >= wanted, 30.0, "the calls are up")
            daemons, concurrent = meter.families(box), load.counts().current
            before = meter.use(daemons)
            port = box.site.provisioning.http_port
            served = asyncio.run(power_comes_back(port, telephones))
            after = meter.use(daemons)
            load.wait(SHAPE.timeout_s)
            failed = SHAPE.calls - load.counts().succeeded
        without, starting = _restart(box, port, telephones[:AFTERWARDS])
    lengths = [length for length in served if length is not None]
    shutil.rmtree(folder / "box" / "recordings")
    return Result(
        name="power-cut-200",
        telephones=len(telephones),
        complete=len(lengths),
        requests=sum(len(telephone.paths) for telephone in telephones),
        last_s=round(max(lengths, default=0.0), 3),
        telephone_ms=percentiles_ms([1000 * length for length in lengths]),
        concurrent_calls=concurrent,
        failed_calls=failed,
        without_switchd=without,
        while_it_starts=starting,
        cpu_percent={k: round(v, 1) for k, v in meter.percent(before, after).items()},
    )


def _restart(box: LeanBox, port: int, telephones: Sequence[Telephone]) -> tuple[int, int]:
    """How many had everything while switchd was away, and while it started again."""
    box.kill("switchd")
    without = asyncio.run(power_comes_back(port, telephones))
    with ThreadPoolExecutor(1) as aside:
        starting = aside.submit(box.start, "switchd")
        during = asyncio.run(power_comes_back(port, telephones))
        starting.result()
    return sum(one is not None for one in without), sum(one is not None for one in during)


def _adopt(box: LeanBox) -> list[Telephone]:
    """Every telephone has had its first contact and holds its token."""
    base = f"http://127.0.0.1:{box.site.provisioning.http_port}/"
    numbers = list(box.passwords)
    made = []
    with box.link("provision") as link:
        link.call(ProvisionApi.open_window, 60.0)
        for n in range(TELEPHONES):
            name, model, prefix = MODELS[n % len(MODELS)]
            mac, number = f"{prefix}{n:06x}", numbers[n]
            link.call(ProvisionApi.expect, mac=mac, model=model)
            link.call(ProvisionApi.assign, mac, (number,))
            files = link.call(ProvisionApi.preview, mac)
            family = family_of(name)
            rules = {file.path: family.answers(file.path) for file in files}
            secret = next(path for path, answer in rules.items() if answer and answer.secret)
            source = f"127.20.{n // 100}.{n % 100 + 1}"
            token = token_in(curl(base + secret, agent="", source=source).text)
            paths = [f"p/{token}/{path}" for path in rules] + [f"p/{token}/not-there-{n}.cfg"]
            password = box.passwords[number].encode()
            made.append(Telephone(mac=mac, source=source, paths=paths, secret=password))
        link.call(ProvisionApi.close_window)
    return made


async def power_comes_back(port: int, telephones: Sequence[Telephone]) -> list[float | None]:
    """All start in the same moment. When each had everything, None if it had not."""
    began = time.monotonic()

    async def start(telephone: Telephone) -> float | None:
        try:
            async with asyncio.timeout(60.0):
                whole = await _boot(port, telephone)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return None
        return time.monotonic() - began if whole else None

    return list(await asyncio.gather(*(start(telephone) for telephone in telephones)))


async def _boot(port: int, telephone: Telephone) -> bool:
    """One telephone's start: a new connection for every file, as cheap ones make them."""
    bodies = b""
    for path in telephone.paths:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, local_addr=(telephone.source, 0)
        )
        writer.write(f"GET /{path} HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        status = int(answer.split(b" ", 2)[1])
        if status != (404 if "not-there" in path else 200):
            return False
        bodies += answer
    return telephone.secret in bodies


if __name__ == "__main__":
    main()
