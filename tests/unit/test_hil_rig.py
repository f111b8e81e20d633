"""The rig files of ``make hil``: what is read from them, and what is said of bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hil.covered import BEGIN, END, Covered, Shown, merged, table, write_table
from tests.hil.rig import QEMU_RIG, Loop, RigError, load

ROOT = Path(__file__).parents[2]
RIGS = QEMU_RIG.parent


def rig(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(RIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_rig_shipped_can_be_read(path):
    read = load(path)
    assert read.name
    assert read.loops or read.modems
    assert path == QEMU_RIG or not read.card


def test_a_rig_is_its_loops_and_its_modems(tmp_path):
    read = load(
        rig(
            tmp_path,
            """
            name = "cellar"
            [[loop]]
            fxo = "/dev/dahdi/1"
            fxs = "/dev/dahdi/5"
            [[modem]]
            model = "EC25"
            where = "1-1.1"
            number = "+989120000017"
            partner = "1-1.2"
            """,
        )
    )
    assert read.loops == (Loop(fxo="/dev/dahdi/1", fxs="/dev/dahdi/5"),)
    assert (read.modems[0].model, read.modems[0].partner) == ("EC25", "1-1.2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["needs a name", "nothing to test"]),
        ("name = 1\n[[loop]]\nfxo = '1'", ["needs a name", "fxo = '/dev/dahdi/1'", "fxs must"]),
        ("nam = 'x'", ["there is no 'nam'"]),
        ("name = 'x'\ncard = 'tdm400'", ["'vline' is the only card"]),
        ("name = 'x'\n[[modem]]\nmodel = 'EC20'", ["'EC20'; it is one of E1550, EC25, SIM7600"]),
        ("name = 'x'\n[[modem]]\nmodel = 'EC25'\nnumber = 98", ["number = 98 must be in quotes"]),
        ("name = 'x'\n[[modem]]\nmodel = 'EC25'\npartner = '1-1'", ["which number to call"]),
        (
            "name = 'x'\n[[loop]]\nfxo = '/dev/dahdi/1'\nfxs = '/dev/dahdi/1'",
            ["/dev/dahdi/1 is wired twice"],
        ),
        ("name = ", ["is no TOML"]),
    ],
)
def test_a_bad_rig_is_refused_with_all_that_is_wrong(tmp_path, text, said):
    with pytest.raises(RigError) as refused:
        load(rig(tmp_path, text))
    for part in said:
        assert part in str(refused.value)
    assert "mine.toml" in str(refused.value)


def test_no_rig_is_no_traceback(tmp_path):
    with pytest.raises(RigError, match="No such file"):
        load(tmp_path / "nothing.toml")


def run(bench: str, *shown: tuple[str, str, str]) -> Covered:
    return Covered(
        bench=bench,
        shown=tuple(
            Shown(feature=feature, test=f"test_{outcome}", outcome=outcome, why=why)
            for feature, outcome, why in shown
        ),
    )


def test_a_feature_is_shown_by_its_tests_and_not_by_its_skips():
    rows = merged(
        [
            run("sim", ("rings", "passed", ""), ("rings", "passed", "")),
            run("qemu", ("rings", "failed", ""), ("rings", "passed", "")),
            run("metal", ("rings", "skipped", "Skipped: missing: a relay")),
        ]
    )
    assert rows == {
        "rings": {"sim": "2 tests", "qemu": "failed: test_failed", "metal": "missing: a relay"}
    }


def test_what_nobody_ran_is_a_dash(tmp_path):
    rows = merged([run("sim", ("rings", "passed", ""))])
    assert table(rows).splitlines()[-1] == "| rings | 1 test | — | — |"
    document = tmp_path / "lines.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_table(document, rows)
    assert document.read_text() == f"before\n{BEGIN}\n{table(rows)}\n{END}\nafter\n"
    document.write_text("nothing")
    with pytest.raises(ValueError, match="no place for the table"):
        write_table(document, rows)
