"""``markaz reports``: the plan of shifts, and the kept days."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from firmware.cli.main import main
from firmware.store import rows
from tests.browser.stage import make_home, store
from tests.unit.test_store_figures import DAY, the_day


@pytest.fixture
def home(tmp_path):
    home = make_home(tmp_path / "box")
    with store(home) as db:
        for one in the_day():
            rows.save(db, one)
    return home


def markaz(home, *words):
    return CliRunner().invoke(main, ["--home", str(home.root), "reports", *words])


def planned(home):
    with store(home) as db:
        return db.execute("SELECT * FROM agent_shifts ORDER BY begins_at").fetchall()


def test_a_plan_is_read_by_the_offices_clock_and_replaces_the_one_before(home, tmp_path):
    table = tmp_path / "plan.csv"
    table.write_text(
        "agent,begins,ends,activity\n"
        "101,2026-11-22 10:00,2026-11-22 12:00,work\n"
        "101,2026-11-22 12:00,2026-11-22 12:30,lunch\n"
    )
    assert "2 shifts planned" in markaz(home, "plan", str(table)).output
    table.write_text("agent,begins,ends\n101,2026-11-22 10:00,2026-11-22 13:00\n")
    assert markaz(home, "plan", str(table)).exit_code == 0

    assert planned(home) == [("101", DAY, DAY + 3 * 3600, "work")]


@pytest.mark.parametrize(
    "rows_of_plan",
    [
        "101,2026-11-22 10:00,2026-11-22 09:00,work",
        "101,2026-11-22 10:00,2026-11-22 12:00,work\n101,2026-11-22 11:00,2026-11-22 13:00,work",
        "101,tomorrow,2026-11-22 12:00,work",
        "101,2026-11-22 10:00",
    ],
)
def test_a_plan_that_makes_no_sense_changes_nothing(home, tmp_path, rows_of_plan):
    table = tmp_path / "plan.csv"
    table.write_text(f"agent,begins,ends,activity\n{rows_of_plan}\n")

    answer = markaz(home, "plan", str(table))

    assert answer.exit_code == 1
    assert "is no plan" in answer.output
    assert planned(home) == []


def test_kept_days_are_computed_anew(home):
    assert "days kept" in markaz(home, "rebuild").output
