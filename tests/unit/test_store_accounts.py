"""Users, their second factors, and the audit trail, in the store."""

from __future__ import annotations

import threading
from contextlib import closing

import pyotp
import pytest
from cryptography.fernet import Fernet

from firmware.config.home import Home
from firmware.model.permissions import Role
from firmware.store import audit, factors, users
from firmware.store.audit import Asked, Change, Deed, Done, Entry
from firmware.store.db import open_store
from firmware.store.passwords import Weakness, weakness

NOON = 1_795_300_000.0
KEY = Fernet(Fernet.generate_key())


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def db(home):
    with closing(open_store(home)) as db:
        for name, role in (("sara", Role.OWNER), ("ali", Role.AGENT)):
            db.execute(
                "INSERT INTO users (name, role, password_hash, created_at) VALUES (?, ?, '', 0)",
                [name, str(role)],
            )
        yield db


# -- users ------------------------------------------------------------------------------------


def test_the_last_owner_stays(db):
    for end in (
        lambda: users.remove(db, "sara"),
        lambda: users.disable(db, "sara", NOON),
        lambda: users.place(db, "sara", Role.READER, extension="", queues=frozenset()),
    ):
        with pytest.raises(users.LastOwner, match="only owner"):
            end()
    assert users.find(db, "sara") == users.User(name="sara", role=Role.OWNER, created_at=0.0)
    users.place(db, "ali", Role.OWNER, extension="", queues=frozenset())
    users.disable(db, "ali", NOON)  # one who may not come in is none
    with pytest.raises(users.LastOwner):
        users.remove(db, "sara")
    users.enable(db, "ali")
    users.remove(db, "sara")
    assert [one.name for one in users.everyone(db)] == ["ali"]


def test_what_belongs_to_a_person_is_kept_and_ends_their_sessions(db):
    queues = frozenset({"sales", "پشتیبانی"})
    users.place(db, "ali", Role.SUPERVISOR, extension="102", queues=queues)
    user = users.find(db, "ali")
    assert (user.role, user.extension, user.queues) == (Role.SUPERVISOR, "102", queues)
    assert user.generation == 1
    users.place(db, "ali", Role.SUPERVISOR, extension="", queues=frozenset({"sales"}))
    assert users.find(db, "ali").queues == {"sales"}
    with pytest.raises(KeyError):
        users.place(db, "nobody", Role.AGENT, extension="", queues=frozenset())


def test_a_disabled_user_s_password_opens_nothing(db):
    users.create(db, "reza", "correct horse battery", Role.READER)
    assert users.verify(db, "reza", "correct horse battery").name == "reza"
    users.disable(db, "reza", NOON)
    assert users.verify(db, "reza", "correct horse battery") is None


@pytest.mark.parametrize("name", ["", " ", " ali", "a\nb", "x" * 65, "a\u202eb"])
def test_names_are_printable(db, name):
    with pytest.raises(ValueError, match="name"):
        users.create(db, name, "correct horse battery")


def test_who_is_removed_leaves_no_secret(db):
    users.place(db, "ali", Role.AGENT, extension="", queues=frozenset({"sales"}))
    factors.enrol(db, "ali", factors.new_secret(), 1, NOON, key=KEY)
    users.remove(db, "ali")
    for table in ("user_factors", "recovery_codes", "user_queues"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


# -- the second factor ------------------------------------------------------------------------


def test_codes_are_those_of_rfc_6238():
    """Appendix B, of eight digits there; ours are the last six."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"
    for at, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert factors.step_of(secret, code, at) == at // 30


def enrolled(db, at=NOON):
    secret = factors.new_secret()
    codes = factors.enrol(db, "ali", secret, int(at // 30) - 5, at, key=KEY)
    return pyotp.TOTP(secret), codes


@pytest.mark.parametrize(
    ("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_telephone_s_clock_may_be_one_step_off(db, steps, right):
    totp, _ = enrolled(db)
    code = totp.at(NOON + 30 * steps)
    assert factors.take_code(db, "ali", code, NOON, key=KEY) is right


def test_a_code_opens_once_and_none_before_it_afterwards(db):
    totp, _ = enrolled(db)
    assert factors.take_code(db, "ali", totp.at(NOON), NOON, key=KEY)
    assert not factors.take_code(db, "ali", totp.at(NOON), NOON + 5, key=KEY)
    assert not factors.take_code(db, "ali", totp.at(NOON - 30), NOON, key=KEY)
    assert factors.take_code(db, "ali", totp.at(NOON + 30), NOON + 30, key=KEY)


def test_of_two_who_bring_the_same_code_at_once_one_comes_in(home, db):
    totp, _ = enrolled(db)
    start, taken = threading.Barrier(6), []

    def bring():
        with closing(open_store(home)) as mine:
            start.wait(5)
            taken.append(factors.take_code(mine, "ali", totp.at(NOON), NOON, key=KEY))

    threads = [threading.Thread(target=bring) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 5 + [True]


@pytest.mark.parametrize("digits", ["۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩"])
def test_codes_may_be_typed_in_any_digits(db, digits):
    totp, _ = enrolled(db)
    code = totp.at(NOON)
    typed = "".join(digits[int(one)] for one in code)
    assert factors.take_code(db, "ali", f"{typed[:3]} {typed[3:]}", NOON, key=KEY)


@pytest.mark.parametrize("code", ["", "0", "x" * 200, "۱۲", "-1", "²²²²²²", "\ud800"])
def test_nonsense_is_no_code(db, code):
    enrolled(db)
    assert not factors.take_code(db, "ali", code, NOON, key=KEY)
    assert not factors.take_code(db, "nobody", code, NOON, key=KEY)


def test_recovery_codes_open_once_each(db):
    _, codes = enrolled(db)
    assert len(set(codes)) == factors.RECOVERY_CODES
    assert all(len(code.replace("-", "")) == 16 for code in codes)
    assert factors.take_recovery(db, "ali", codes[0].upper().replace("-", " "))
    assert not factors.take_recovery(db, "ali", codes[0])
    assert factors.find(db, "ali").codes == factors.RECOVERY_CODES - 1
    assert not factors.take_recovery(db, "sara", codes[1])
    renewed = factors.new_codes(db, "ali")
    assert not factors.take_recovery(db, "ali", codes[1])
    assert factors.take_recovery(db, "ali", renewed[1])


def test_the_store_s_files_hold_no_secret_and_no_recovery_code(home, db):
    secret = factors.new_secret()
    codes = factors.enrol(db, "ali", secret, 1, NOON, key=KEY)
    for file in home.store_db.parent.iterdir():
        content = file.read_bytes()
        for word in (secret, *codes, *(code.replace("-", "") for code in codes)):
            assert word.encode() not in content


def test_without_its_key_a_secret_is_lost_and_recovery_codes_open(db):
    totp, codes = enrolled(db)
    other = Fernet(Fernet.generate_key())
    with pytest.raises(factors.LostKey, match="ali"):
        factors.take_code(db, "ali", totp.at(NOON), NOON, key=other)
    assert factors.take_recovery(db, "ali", codes[0])


def test_a_second_factor_is_taken_away_whole(db):
    totp, codes = enrolled(db)
    assert users.find(db, "ali").has_factor
    assert factors.reset(db, "ali")
    assert not factors.reset(db, "ali")
    assert not users.find(db, "ali").has_factor
    assert not factors.take_code(db, "ali", totp.at(NOON), NOON, key=KEY)
    assert not factors.take_recovery(db, "ali", codes[0])


def test_roles_may_be_made_to_have_one(db):
    assert factors.wanted_of(db) == frozenset()
    factors.want_of(db, frozenset({Role.OWNER, Role.TECHNICIAN}))
    factors.want_of(db, frozenset({Role.OWNER}))
    assert factors.wanted_of(db) == {Role.OWNER}


# -- passwords --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("Tr0ub4dor", Weakness.SHORT),
        ("password123", Weakness.EASY),
        ("qwertyuiop1", Weakness.EASY),
        ("1234567890123456", Weakness.EASY),
        ("aaaaaaaaaaaaaaaa", Weakness.EASY),
        ("sara ahmadi1", Weakness.EASY),
        ("correct horse battery", None),
        ("k7#pV2!mQz9w", None),
        ("رودخانه پنجره چراغ", None),
    ],
)
def test_passwords_must_be_hard_to_guess(password, wrong):
    assert weakness(password, ("sara ahmadi", "Office")) == wrong


# -- the audit trail --------------------------------------------------------------------------


def entry(at, **changes):
    fields = {"who": "sara", "place": "10.0.0.2", "deed": Change.SETTINGS, "subject": "queue"}
    return Entry(at=at, **{**fields, **changes})


def told(db, limit=50, below=None, **asked):
    return audit.trail(db, Asked(**asked), limit, below=below)


def test_the_trail_tells_before_and_after_newest_first(db):
    before, after = {"strategy": "ring"}, {"strategy": "صف", "n": [1, 2]}
    audit.write(db, entry(1.0, before=before, after=after))
    audit.write(db, entry(2.0, who="ali", deed=Change.SIGNED_IN))
    audit.note(
        db, Done(at=1.5, who="ali", place="cli", what=Deed.PLAYED, ident="rec-1", detail="why")
    )
    found = [one for _, one in told(db)]
    assert [one.at for one in found] == [2.0, 1.5, 1.0]
    assert (found[2].before, found[2].after) == (before, after)
    assert (found[1].deed, found[1].subject, found[1].after) == ("played", "rec-1", "why")
    assert audit.doers(db) == ["ali", "sara"]


def test_the_trail_is_filtered(db):
    for n in range(6):
        audit.write(
            db,
            entry(
                float(n),
                who=("sara", "ali")[n % 2],
                deed=(Change.SETTINGS, Change.USER_CHANGED)[n // 3],
                subject=("Queue.Support", "trunk")[n % 2],
            ),
        )
    assert [one.at for _, one in told(db, who="ali")] == [5.0, 3.0, 1.0]
    assert [one.at for _, one in told(db, deed=Change.USER_CHANGED)] == [5.0, 4.0, 3.0]
    assert [one.at for _, one in told(db, subject="SUPP")] == [4.0, 2.0, 0.0]
    assert told(db, subject="SUPP", exact=True) == []
    assert [one.at for _, one in told(db, since=1.0, until=3.0)] == [2.0, 1.0]
    assert told(db, who="' OR 1=1 --") == []


def test_pages_of_the_trail_lose_and_repeat_nothing(db):
    for n in range(23):
        audit.write(db, entry(float(n // 4), subject=f"a{n}"))
        audit.note(db, Done(at=float(n // 4), who="x", place="", what=Deed.HELD, ident=f"r{n}"))
    seen, below = [], None
    while page := told(db, limit=7, below=below):
        seen += [one.subject for _, one in page]
        below = page[-1][0]
    assert len(seen) == len(set(seen)) == 46
