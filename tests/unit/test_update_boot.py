"""The boot loader's environment: its form, its two copies, RAUC's orders, GRUB's own reading."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.update import backend, environment
from firmware.update.environment import FIRST, TRIES, TRIES_ON_TRIAL, Boot, parse, render

GRUB_CFG = Path(__file__).parents[2] / "image-build" / "update" / "grub.cfg"
BOOTS = st.builds(
    Boot,
    order=st.sampled_from([("A", "B"), ("B", "A")]),
    ok=st.frozensets(st.sampled_from("AB")),
    tries=st.fixed_dictionaries({"A": st.integers(0, 9), "B": st.integers(0, 9)}),
    trial=st.sampled_from(["", "A", "B"]),
)


@given(boot=BOOTS)
def test_what_is_written_is_read(boot: Boot):
    block = render(boot)
    assert len(block) == environment.SIZE_BYTES
    assert parse(block) == boot


@given(boot=BOOTS, cut=st.integers(0, 511))
def test_half_a_block_is_none(boot: Boot, cut: int):
    block = render(boot)
    assert parse(block[:cut]) is None
    assert parse(bytes(len(block))) is None


def test_grub_s_own_tool_reads_it(tmp_path: Path):
    tool = "grub-editenv"
    path = tmp_path / "grubenv"
    path.write_bytes(render(FIRST.chosen("B", on_trial=True)))
    told = subprocess.run([tool, path, "list"], capture_output=True, text=True, check=True).stdout
    values = dict(line.split("=", 1) for line in told.splitlines())
    assert values == {
        "WHOLE": "1",
        "ORDER": "B A",
        "TRIAL": "B",
        "A_OK": "1",
        "A_TRY": "0",
        "B_OK": "1",
        "B_TRY": "0",
    }
    subprocess.run([tool, path, "set", "B_TRY=2"], check=True)
    boot = parse(path.read_bytes())
    assert boot is not None
    assert boot.tries["B"] == 2


def test_the_second_copy_stands_in_for_the_first(tmp_path: Path):
    environment.write(tmp_path, FIRST)
    first, second = environment.names(tmp_path)
    first.write_bytes(b"")
    assert environment.read(tmp_path) == parse(second.read_bytes())
    environment.write(tmp_path, FIRST.marked("A", good=False))
    assert first.stat().st_size == environment.SIZE_BYTES
    second.unlink()
    first.unlink()
    with pytest.raises(environment.NoEnvironment, match="ESP"):
        environment.read(tmp_path)


@given(before=BOOTS, after=BOOTS, steps=st.integers(0, 4), kept=st.tuples(*[st.booleans()] * 2))
def test_whatever_moment_the_power_goes_one_of_the_two_is_read(before, after, steps, kept):
    """Each copy is two sectors; of those written since the last flush any may be on the disk."""
    old, new = render(before), render(after)
    copies = [old, old]
    for number in range(2):
        if steps >= 2 * (number + 1):
            copies[number] = new  # flushed
        elif steps > 2 * number:
            first = new[:512] if kept[0] else old[:512]
            second = new[512:] if kept[1] else old[512:]
            copies[number] = first + second
    read = next(boot for boot in map(parse, copies) if boot is not None)
    assert read in [before, after]


def test_rauc_s_orders(tmp_path: Path):
    environment.write(tmp_path, FIRST)

    def ask(*order: str) -> str:
        return backend.answer(list(order), tmp_path, "A")

    assert ask("get-primary") == "A"
    assert ask("get-state", "B") == "bad"
    ask("set-primary", "B")
    boot = environment.read(tmp_path)
    assert (boot.primary, boot.trial, boot.limit("B")) == ("B", "B", TRIES_ON_TRIAL)
    assert backend.answer(["get-state", "B"], tmp_path, "B") == "good"
    backend.answer(["set-state", "B", "good"], tmp_path, "B")
    boot = environment.read(tmp_path)
    assert (boot.trial, boot.limit("B"), boot.tries["B"]) == ("", TRIES, 0)
    backend.answer(["set-state", "B", "bad"], tmp_path, "B")
    assert ask("get-primary") == "A"
    with pytest.raises(ValueError, match="no such order"):
        ask("set-state", "C", "good")


def test_three_starts_in_vain_give_a_slot_on_trial_up_and_nine_another():
    boot = FIRST.chosen("B", on_trial=True)
    starts = []
    for _start in range(13):
        slot = boot.primary
        starts.append(slot)
        boot = Boot(
            order=boot.order,
            ok=boot.ok,
            trial=boot.trial,
            tries={**boot.tries, slot: boot.tries.get(slot, 0) + 1},
        )
    assert starts == ["B"] * TRIES_ON_TRIAL + ["A"] * TRIES + [""]


def test_the_slot_that_runs():
    line = "root=PARTLABEL=slot-b ro rauc.slot=B console=ttyS0 quiet\n"
    assert backend.booted(line) == "B"
    assert backend.booted("root=/dev/sda1 notrauc.slot=B rauc.slot=C") == ""


def test_grub_s_file_has_the_same_names_and_limits():
    text = GRUB_CFG.read_text()
    names = {line.split("=", 1)[0] for line in render(FIRST).decode().splitlines() if "=" in line}
    for order in ("save_env", "load_env"):
        lines = re.findall(rf"{order} --file=\S+ (.*)", text)
        assert len(lines) == 2
        assert all(set(line.split()) == names for line in lines)
    limits = {int(number) for number in re.findall(r"_LIMIT=(\d+)", text)}
    assert limits == {TRIES, TRIES_ON_TRIAL}
