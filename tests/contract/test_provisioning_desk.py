"""The desk: who gets which file, and that everybody else gets nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioning.find.subscribe import parse
from provisioning.register.phone import PhoneState
from provisioning.serve.desk import clean_path
from provisioning.serve.guard import BAN_S, MOST_MET, MOST_WRONG
from tests.contract.provisioned import AGENT, FILE, MAC, Office, token_in

OTHER = "0015654aa938"


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.register.close()


def text(reply):
    assert reply is not None
    return reply.content.decode()


# -- first contact ---------------------------------------------------------------------------


def test_outside_the_window_nobody_gets_anything(office):
    office.adopt()
    assert office.get(FILE) is None
    assert office.get("y000000000028.cfg") is None
    assert office.register.phone(MAC).model == "T46G"  # but it is shown


def test_who_asks_is_shown_with_what_it_says_of_itself(office):
    office.get(FILE, source="127.0.0.9")
    phone = office.register.phone(MAC)
    assert (phone.vendor, phone.model, phone.firmware) == ("Yealink", "T46G", "28.83.0.120")
    assert (phone.address, phone.state, phone.found_by) == ("127.0.0.9", PhoneState.SEEN, "asked")


def test_a_chosen_extension_comes_with_the_first_file_and_once_only(office):
    office.adopt()
    office.open_window()
    assert office.password() in text(office.get(FILE))
    assert office.get(FILE) is None
    assert office.register.phone(MAC).state is PhoneState.ADOPTED


def test_once_only_holds_after_a_kill(office):
    office.adopt()
    office.open_window()
    assert office.get(FILE)
    office.open()
    assert office.register.is_open
    assert office.get(FILE) is None


def test_before_the_choice_it_gets_a_pointer_without_any_password(office):
    office.open_window()
    told = text(office.get(FILE))
    assert "account.1.password" not in told
    token = token_in(told)
    assert "repeat.minutes = 1\n" in told
    office.adopt()
    complete = text(office.get(f"p/{token}/{FILE}"))
    assert office.password() in complete


def test_a_file_that_could_not_be_sent_may_be_asked_for_again(office):
    office.adopt()
    office.open_window()
    office.get(FILE).undo()
    assert office.get(FILE) is not None


def test_the_rest_of_a_file_in_ranges_belongs_to_who_took_it(office):
    office.adopt()
    office.open_window()
    assert office.get(FILE, source="127.0.0.2")
    assert office.get(FILE, source="127.0.0.2", continues=True)
    assert office.get(FILE, source="127.0.0.3", continues=True) is None
    office.clock.now += 60
    assert office.get(FILE, source="127.0.0.2", continues=True) is None


def test_looking_takes_nothing(office):
    office.adopt()
    office.open_window()
    looked = office.get(FILE, looks=True)
    assert office.password() not in text(looked)
    assert "/p/" not in text(looked)
    assert office.password() in text(office.get(FILE))


def test_after_its_token_was_used_nobody_gets_it_without(office):
    office.open_window()
    token = token_in(text(office.get(FILE)))
    assert office.get(f"p/{token}/{FILE}")
    assert office.get(f"{MAC}.boot") is None


def test_a_token_of_an_earlier_window_that_was_never_used_is_void(office):
    office.open_window(1)
    old = token_in(text(office.get(FILE)))
    office.clock.now += 120
    office.open_window(1)
    assert office.get(f"p/{old}/{FILE}") is None
    assert token_in(text(office.get(FILE))) != old


def test_who_had_its_passwords_keeps_its_token_and_gets_nothing_without_it_ever_again(office):
    office.adopt()
    office.open_window(1)
    token = token_in(text(office.get(FILE)))
    office.clock.now += 120
    office.open_window(1)
    assert office.get(FILE) is None
    assert office.get(f"{MAC}.boot") is None
    assert office.password() in text(office.get(f"p/{token}/{FILE}"))


def test_passwords_go_once_whatever_the_file_is_called(office):
    """A Grandstream answers to two names for its own file."""
    office.adopt("c074ad0b63ee", "102")
    office.open_window()
    assert office.password("102") in text(office.get("cfgc074ad0b63ee.xml", agent=""))
    for path in ("cfgC074AD0B63EE.xml", "a/cfgc074ad0b63ee.xml", "cfgc074ad0b63ee"):
        assert office.get(path, agent="") is None


def test_first_contact_belongs_to_the_address_it_began_with(office):
    office.open_window()
    assert office.get(f"{MAC}.boot", source="127.0.0.2") is not None
    assert office.get(FILE, source="127.0.0.3") is None
    assert office.get(FILE, source="127.0.0.2") is not None


def test_the_window_shuts_by_itself(office):
    office.adopt()
    office.open_window(5)
    office.clock.now += 301
    assert office.get(FILE) is None


def test_another_s_name_on_the_request_is_refused(office):
    office.adopt()
    office.open_window()
    agent = AGENT.replace("a9:37", "a9:38")
    assert office.get(FILE, agent=agent) is None
    assert office.get(FILE) is not None


def test_one_address_meets_a_few_telephones_and_no_more(office):
    office.open_window()
    given = [office.get(f"0015650000{n:02x}.cfg", agent="") for n in range(MOST_MET + 3)]
    assert [reply is not None for reply in given] == [True] * MOST_MET + [False] * 3


# -- tokens ----------------------------------------------------------------------------------


def adopted(office):
    office.adopt()
    office.open_window()
    token = token_in(text(office.get(f"{MAC}.boot")))
    office.register.open(0.0)
    return token


def test_a_token_has_128_bits_and_no_two_are_alike(office):
    office.open_window()
    tokens = set()
    for n in range(30):
        mac = f"00156500{n:04x}"
        tokens.add(token_in(text(office.get(f"{mac}.cfg", agent="", source=f"127.0.1.{n}"))))
    assert len(tokens) == 30
    assert all(len(bytes.fromhex(token)) == 16 for token in tokens)


def test_with_its_token_a_telephone_gets_its_files_always(office):
    token = adopted(office)
    for _ in range(3):
        assert office.password() in text(office.get(f"p/{token}/{FILE}"))
    office.open()
    assert office.get(f"p/{token}/phonebook.xml") is not None


def test_a_token_opens_no_other_telephone_s_files(office):
    token = adopted(office)
    office.adopt(OTHER, "102")
    assert office.get(f"p/{token}/{OTHER}.cfg") is None


def test_a_revoked_token_opens_nothing_and_a_new_choice_makes_a_new_one(office):
    token = adopted(office)
    phone = office.register.phone(MAC)
    office.register.save(replace(phone, state=PhoneState.REVOKED, token=""))
    assert office.get(f"p/{token}/{FILE}") is None
    office.open_window()
    office.register.unclaim(MAC)
    assert office.get(FILE) is None
    office.adopt()
    new = token_in(text(office.get(f"{MAC}.boot")))
    assert new != token
    assert office.get(f"p/{token}/{FILE}") is None


def test_after_a_factory_reset_it_may_come_once_more(office):
    adopted(office)
    office.adoption.renew(office.register.phone(MAC))
    assert office.get(FILE) is None
    office.open_window()
    assert office.password() in text(office.get(FILE))
    assert office.get(FILE) is None


@pytest.mark.parametrize("token", ["0" * 32, "f" * 31, "F" * 32, "../" + "0" * 29, ""])
def test_a_wrong_token_opens_nothing(office, token):
    adopted(office)
    assert office.get(f"p/{token}/{FILE}") is None


def test_a_certificate_of_another_telephone_does_not_go_with_a_token(office):
    token = adopted(office)
    assert office.get(f"p/{token}/{FILE}", mac_in_tls=OTHER) is None
    assert office.get(f"p/{token}/{FILE}", mac_in_tls=MAC) is not None


def test_its_own_certificate_is_as_good_as_a_token_for_its_own_files_only(office):
    office.adopt()
    assert office.password() in text(office.get(FILE, mac_in_tls=MAC, agent=""))
    office.adopt(OTHER, "102")
    assert office.get(f"{OTHER}.cfg", mac_in_tls=MAC, agent="") is None


# -- TFTP ------------------------------------------------------------------------------------


def test_by_tftp_goes_no_password(office):
    office.adopt()
    office.open_window()
    told = text(office.get(FILE, transport="tftp", agent=""))
    assert office.password() not in told
    token = token_in(told)
    assert office.password() not in text(office.get(f"p/{token}/{FILE}", transport="tftp"))
    assert office.password() in text(office.get(f"p/{token}/{FILE}"))


def test_by_tftp_goes_the_password_of_a_marked_telephone(office):
    phone = office.adopt()
    office.register.save(replace(phone, tftp_secrets=True))
    for _ in range(2):  # such a telephone knows no token
        told = text(office.get(FILE, transport="tftp", agent=""))
        assert office.password() in told
    assert office.get(FILE) is None


# -- who searches ----------------------------------------------------------------------------


def test_who_searches_is_banned_from_everything(office):
    token = adopted(office)
    for n in range(MOST_WRONG + 1):
        assert office.get(f"00156500{n:04x}.cfg", source="127.0.0.66", agent="") is None
    assert office.guard.banned() == ("127.0.0.66",)
    assert office.get(f"p/{token}/{FILE}", source="127.0.0.66") is None
    assert office.get(f"p/{token}/{FILE}") is not None
    office.clock.now += BAN_S + 1
    assert office.get(f"p/{token}/{FILE}", source="127.0.0.66") is not None


def test_who_searches_with_makers_nobody_knows_is_banned_too(office):
    for n in range(MOST_WRONG + 1):
        office.get(f"aabbcc00{n:04x}.cfg", source="127.0.0.66", agent="")
    assert office.guard.banned() == ("127.0.0.66",)


def test_who_guesses_tokens_is_banned(office):
    for n in range(MOST_WRONG + 1):
        office.get(f"p/{n:032x}/{FILE}", source="127.0.0.66")
    assert office.guard.banned() == ("127.0.0.66",)


def test_a_telephone_that_asks_in_vain_for_its_own_file_is_not_banned(office):
    for _ in range(500):
        office.get(FILE)
    assert office.guard.banned() == ()


def test_who_searches_does_not_fill_the_list(office):
    for n in range(2000):
        office.get(f"0015650{n:05x}.cfg", source=f"127.0.2.{n % 200}", agent="")
    assert len(office.register.everyone()) <= 300 + 1


def test_outside_the_office_s_networks_there_is_nothing(office):
    token = adopted(office)
    for source in ("192.0.2.7", "8.8.8.8", "::1", "fe80::1", ""):
        assert office.get(f"p/{token}/{FILE}", source=source) is None
    assert office.get(f"p/{token}/{FILE}", source="::ffff:127.0.0.1") is not None


@pytest.mark.parametrize(
    "path",
    [
        *("../../etc/passwd", "..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd", "/", ""),
        *("a//../b", "./x.cfg", "..\\..\\boot.ini", "a\0b", "a%00b", "x" * 300, "p/../x", "a\nb"),
    ],
)
def test_what_climbs_or_is_odd_is_no_path(path):
    assert clean_path(path) is None


@pytest.mark.parametrize("path", ["a//b", "//a/b", "a%2f/b", "a/b?x=1", "a///b%00"])
def test_doubled_slashes_and_questions_are_no_other_path(path):
    assert clean_path(path) == "a/b"


@pytest.mark.parametrize("path", ["0015654aa937.cfg%00", "/0015654aa937.cfg", "0015654aa937.cfg\0"])
def test_the_nul_of_some_dhcp_servers_does_no_harm(path):
    assert clean_path(path) == "0015654aa937.cfg"


ATAS = (
    (
        "000b82000001",
        "HT802",
        "cfg000b82000001.xml",
        ("<P4002>f1=425@-13,c=500/500;</P4002>", "<P854>0</P854>"),
    ),
    ("000e08000001", "SPA112", "000e08000001.xml", ("425@-13;*(0.5/0.5/1)", ">600<")),
    ("9cadef000001", "OBi302", "9CADEF000001.xml", ("425-13;-1;(0.5+0.5)", ">600<")),
)


@pytest.mark.parametrize(("mac", "model", "path", "sounds"), ATAS, ids=lambda part: str(part)[:12])
def test_an_ata_s_ports_are_accounts_with_the_country_s_line(office, mac, model, path, sounds):
    """Nothing is configured but the country, which has a default: Iran."""
    office.adoption.expect(mac, model)
    office.adopt(mac, "101", "102")
    office.open_window()
    told = office.get(path, agent="").content.decode()
    assert office.password("101") in told
    assert office.password("102") in told
    for sound in sounds:
        assert sound in told
    device = office.composer.device(office.register.phone(mac))
    first, second = device.ata_ports
    assert (first.index, second.index, first.country) == (1, 2, "ir")
    assert first.tones
    assert (first.flash_min_ms, first.flash_max_ms) == (80, 700)


@pytest.mark.parametrize(
    ("transport", "port", "said"), [("udp", 5060, "0"), ("tcp", 5060, "1"), ("tls", 5061, "2")]
)
def test_telephones_register_as_the_site_says(tmp_path, transport, port, said):
    office = Office(tmp_path, sip_transport=transport)
    network = office.site.network.model_copy(update={"sip_port": 5060, "sip_tls_port": 5061})
    office.composer.site = office.site = office.site.model_copy(update={"network": network})
    office.adopt()
    office.open_window()
    told = office.get(FILE).content.decode()
    assert f"account.1.sip_server.1.port = {port}\n" in told
    assert f"account.1.sip_server.1.transport_type = {said}\n" in told


# -- SIP PnP ---------------------------------------------------------------------------------


def question(mac=MAC, user="MAC%3a{}"):
    address = f"sip:{user.format(mac)}@224.0.1.75"
    lines = [
        f"SUBSCRIBE {address} SIP/2.0",
        "Via: SIP/2.0/UDP 127.0.0.5:5060;branch=z9hG4bK1",
        f"From: <{address}>;tag=1",
        f"To: <{address}>",
        "Call-ID: 1",
        "CSeq: 1 SUBSCRIBE",
        'Event: ua-profile;profile-type="device";vendor="Yealink";model="T46G";version="28.83"',
        "Content-Length: 0",
    ]
    return parse(("\r\n".join(lines) + "\r\n\r\n").encode())


@pytest.mark.parametrize("user", ["MAC%3a{}", "MAC:{}", "MAC=", "MAC%3A{}"])
def test_pnp_finds_the_address_however_it_is_written(user):
    if "{}" not in user:
        user += "{}"
    found = question(MAC.upper(), user)
    assert (found.mac, found.vendor, found.model) == (MAC, "Yealink", "T46G")


def test_pnp_tells_a_new_telephone_its_token_and_nobody_else(office):
    assert office.desk.pnp(question(), "127.0.0.5") is None
    office.open_window()
    url = office.desk.pnp(question(), "127.0.0.5")
    assert office.desk.pnp(question(), "127.0.0.5") == url  # it asks several times
    assert office.desk.pnp(question(), "127.0.0.6") is None
    assert office.get(f"p/{token_in(url)}/{FILE}") is not None
    assert office.desk.pnp(question(), "127.0.0.5") is None
    assert office.desk.pnp(question(OTHER), "203.0.113.5") is None
