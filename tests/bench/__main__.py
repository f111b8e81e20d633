"""``python -m tests.bench [--quick] [RUN ...]``: exit status 0 only if no run has a fault."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import cast

import click

from tests.bench import report, runs
from tests.bench.office import Rate


@click.command()
@click.argument("names", nargs=-1, metavar="[RUN]...")
@click.option("--quick", is_flag=True, help="Shorter runs: is anything wrong?")
@click.option("--rate", type=click.Choice(["8000", "16000"]), default="16000", show_default=True)
def main(names: tuple[str, ...], quick: bool, rate: str) -> None:
    """Place calls by the hundred and say what they cost. Runs: all, or those named."""
    orders = runs.QUICK if quick else runs.FULL
    if unknown := set(names) - {order.name for order in orders}:
        raise click.BadParameter(f"no run is called {', '.join(sorted(unknown))}")
    folder = Path(os.environ.get("MARKAZ_HOME", "var")) / "bench"
    done = []
    for order in orders:
        if not names or order.name in names:
            click.echo(f"{order.name} ...", err=True)
            done.append(runs.carry_out(order, folder / order.name, cast("Rate", int(rate))))
    path = report.write(done, folder)
    click.echo(report.table(done))
    click.echo(f"\n{path}")
    faults = [fault for run in done for fault in run.faults]
    click.echo("\n".join(faults), err=True)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
