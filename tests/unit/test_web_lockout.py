"""Back-off after wrong passwords."""

from __future__ import annotations

from web.system import lockout
from web.system.lockout import FREE_PER_ACCOUNT, FREE_PER_ADDRESS, LONGEST_WAIT_S, Lockout


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


def test_the_first_failures_cost_nothing_then_the_wait_doubles_up_to_its_bound():
    clock = Clock()
    lock = Lockout(clock=clock)
    waits = []
    for _ in range(FREE_PER_ACCOUNT + 10):
        lock.failed("owner", "10.0.0.9")
        waits.append(lock.wait_s("owner", "10.0.0.9"))
        clock.now_s += waits[-1]
    assert waits[:FREE_PER_ACCOUNT] == [0.0] * FREE_PER_ACCOUNT
    assert waits[FREE_PER_ACCOUNT : FREE_PER_ACCOUNT + 3] == [2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST_WAIT_S


def test_an_address_that_tries_many_accounts_is_held_back_for_all():
    lock = Lockout(clock=Clock())
    for n in range(FREE_PER_ADDRESS + 1):
        lock.failed(f"user{n}", "10.0.0.9")
    assert lock.wait_s("somebody", "10.0.0.9") > 0
    assert lock.wait_s("somebody", "10.0.0.10") == 0


def test_strangers_cannot_keep_the_owner_out_at_the_owner_s_desk():
    lock = Lockout(clock=Clock())
    lock.succeeded("owner", "10.0.0.2")
    for n in range(50):
        lock.failed("owner", f"10.9.9.{n}")
    assert lock.wait_s("owner", "10.9.9.99") > 0
    assert lock.wait_s("owner", "10.0.0.2") == 0


def test_success_forgets_the_account_s_failures_but_not_the_address_s():
    lock = Lockout(clock=Clock())
    for _ in range(FREE_PER_ADDRESS + 1):
        lock.failed("victim", "10.0.0.9")
    lock.succeeded("own", "10.0.0.9")
    assert lock.wait_s("own", "10.0.0.9") > 0


def test_failures_are_forgotten_after_an_hour():
    clock = Clock()
    lock = Lockout(clock=clock)
    for _ in range(FREE_PER_ACCOUNT + 3):
        lock.failed("owner", "10.0.0.9")
    clock.now_s += lockout.FORGET_S + 1
    lock.failed("owner", "10.0.0.9")
    assert lock.wait_s("owner", "10.0.0.9") == 0


def test_names_chosen_by_strangers_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(lockout, "MOST_RECORDS", 100)
    lock = Lockout(clock=Clock())
    for n in range(1000):
        lock.failed(f"user{n}", f"10.0.{n // 250}.{n % 250}")
    assert len(lock._records) <= 100


def test_a_restart_forgives_nobody_and_a_clock_set_back_holds_nobody_for_long(tmp_path):
    clock, path = Clock(), tmp_path / "console.sqlite"
    clock.now_s = 1_000_000.0
    lock = Lockout(path, clock=clock)
    lock.succeeded("owner", "10.0.0.2")
    for _ in range(FREE_PER_ACCOUNT + 6):
        lock.failed("سارا ‌احمدی", "10.0.0.9")
    wait_s = lock.wait_s("سارا ‌احمدی", "10.0.0.10")
    lock.close()
    again = Lockout(path, clock=clock)
    assert again.wait_s("سارا ‌احمدی", "10.0.0.10") == wait_s > 0
    (held,) = again.held()
    assert (held.account, held.address) == ("سارا ‌احمدی", "*")
    clock.now_s -= 10_000_000
    assert again.wait_s("سارا ‌احمدی", "10.0.0.10") == LONGEST_WAIT_S
    clock.now_s += 10_000_000
    again.lift(held.key)
    again.close()
    third = Lockout(path, clock=clock)
    assert third.held() == []
    assert third.wait_s("سارا ‌احمدی", "10.0.0.10") == 0
    for _ in range(FREE_PER_ACCOUNT + 2):  # the owner's desk is still known
        third.failed("owner", "10.0.0.9")
    assert third.wait_s("owner", "10.0.0.2") == 0
    third.close()
