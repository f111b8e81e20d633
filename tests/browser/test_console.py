"""The console in Chromium: signing in, three languages, rows that live, recordings that play."""

from __future__ import annotations

import http.client
import itertools
import time

import pytest
from playwright.sync_api import expect

from firmware.link.rows import CallerRow
from tests.browser import stage
from tests.browser.chromium import TELEPHONE, picture, seen, sign_in, speak, visit
from tests.rig.until import until
from web.live.views import MOST_STREAMS

LANGUAGES = [("fa", "rtl"), ("ar", "rtl"), ("en", "ltr")]
DIGITS = {"fa": "۰۱۲۳۴۵۶۷۸۹", "ar": "٠١٢٣٤٥٦٧٨٩", "en": "0123456789"}

_numbers = itertools.count(1)


def local(text, code):
    return text.translate(str.maketrans("0123456789", DIGITS[code]))


@pytest.fixture
def signed_in(console, browser):
    """Opens pages whose user has signed in."""

    def visit_signed_in(**options):
        return visit(browser, console.url, storage_state=console.session, **options)

    return visit_signed_in


@pytest.fixture
def call_id():
    return f"call{next(_numbers)}"


def live(page):
    page.goto("/")
    page.wait_for_selector("#pulse[data-state=live]")


def box(page, selector):
    found = page.locator(selector).first.bounding_box()
    assert found is not None, f"{selector} is not on the page"
    return found


# -- signing in -------------------------------------------------------------------------------


def test_signing_in_and_out(console, browser):
    with visit(browser, console.url) as page:
        page.goto("/calls")
        expect(page).to_have_url(f"{console.url}/login?next=/calls")
        page.fill("#user", stage.USER)
        page.fill("#password", stage.PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{console.url}/calls")
        page.click("button:has-text('Sign out')")
        expect(page).to_have_url(f"{console.url}/login")
        page.goto("/")
        expect(page).to_have_url(f"{console.url}/login")


def test_a_wrong_password_is_said_and_opens_nothing(console, browser):
    with visit(browser, console.url, troubles=("401",)) as page:
        sign_in(page, stage.USER, "wrong")
        expect(page.locator("[role=alert]")).to_have_text(
            "The user name or the password is not right."
        )
        expect(page.locator("#user")).to_have_value(stage.USER)
        expect(page.locator("#password")).to_be_focused()
        assert not page.locator(".rail").count()


def test_everything_but_the_player_works_without_scripts(console, browser, call_id):
    stage.add_calls(console.home, stage.call_record(call_id, time.time()))
    with visit(browser, console.url, java_script_enabled=False) as page:
        page.goto("/login")
        page.click(".switcher button[lang=fa]")
        page.fill("#user", stage.USER)
        page.fill("#password", stage.PASSWORD)
        page.click(".login .button")
        expect(page.locator("h1")).to_have_text("نمای زنده")
        expect(page.locator("#pulse")).to_contain_text("مربوط به زمان باز شدن صفحه")
        page.goto("/calls")
        expect(page.locator(f"#call-{call_id}")).to_be_visible()
        page.click("button:has-text('خروج')")
        expect(page.locator("#user")).to_be_visible()


# -- languages --------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "direction"), LANGUAGES)
def test_the_login_page_in_each_language(console, browser, code, direction):
    with visit(browser, console.url) as page:
        page.goto("/login")
        speak(page, code)
        assert page.evaluate("getComputedStyle(document.body).direction") == direction
        mark, words = box(page, ".brand .mark"), box(page, ".brand-words")
        assert (mark["x"] > words["x"]) == (direction == "rtl")
        picture(page, f"login-{code}")


@pytest.mark.parametrize(("code", "direction"), LANGUAGES)
def test_the_live_page_in_each_language(console, signed_in, call_id, code, direction):
    number = "+989121234567"
    console.daemons.post("call.began", stage.call(call_id, time.time() - 3725, caller=number))
    with signed_in() as page:
        live(page)
        speak(page, code)
        page.wait_for_selector("#pulse[data-state=live]")
        rail, main = box(page, ".rail"), box(page, "#main")
        assert (rail["x"] > main["x"]) == (direction == "rtl")
        caller, called = box(page, f"#call-{call_id} .c-from"), box(page, f"#call-{call_id} .c-to")
        assert (caller["x"] > called["x"]) == (direction == "rtl")
        shown = page.locator(f"#call-{call_id} .c-from bdi")
        expect(shown).to_have_text(local(number, code))
        assert edges(shown) == "first digit leftmost"
        expect(page.locator(f"#call-{call_id} time")).to_contain_text(local("1:02:", code))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    console.daemons.post("call.ended", stage.call(call_id, 0.0))


def edges(locator):
    """Where the browser painted the first and the last character of an element."""
    first, last = locator.evaluate(
        """element => {
            const text = element.firstChild;
            const left = (from) => {
                const range = document.createRange();
                range.setStart(text, from);
                range.setEnd(text, from + 1);
                return range.getBoundingClientRect().left;
            };
            return [left(0), left(text.length - 1)];
        }"""
    )
    return "first digit leftmost" if first < last else "first digit rightmost"


# -- the live page -----------------------------------------------------------------------------


def test_rows_appear_change_and_go_without_a_reload(console, signed_in, call_id):
    daemons, now = console.daemons, time.time()
    with signed_in() as page:
        live(page)
        page.evaluate("window.neverReloaded = true")
        daemons.post("line.found", stage.line("fxo-1"))
        line = page.locator("#line-fxo_2d_1")
        expect(line).to_contain_text("Free")
        daemons.post("line.rang", stage.line("fxo-1", state="ringing_in"))
        expect(line).to_contain_text("Incoming ring")
        daemons.post("line.changed", stage.line("fxo-1", state="in_use", number="02188776655"))
        expect(line).to_contain_text("In use")
        expect(line).to_contain_text("02188776655")

        call = page.locator(f"#call-{call_id}")
        daemons.post("call.began", stage.call(call_id, now))
        expect(call).to_contain_text("In a menu")
        waiting = CallerRow(call=call_id, caller="02188776655", since=now)
        daemons.post("queue.joined", stage.queue("support", waiting))
        daemons.post("call.moved", stage.call(call_id, now, place="queue:support"))
        expect(call).to_contain_text("Queue پشتیبانی")
        expect(page.locator("#queue-support")).to_contain_text("1 caller waiting")
        daemons.post("agent.offered", stage.agent("101", now, "offered", call=call_id))
        expect(page.locator("#queue-support .agents")).to_contain_text("Being offered a call")

        daemons.post("extension.registered", stage.extension("101"))
        expect(page.locator("#extension-101")).to_contain_text("Registered")
        daemons.post("leg.answered", stage.leg(f"{call_id}.2", "101"))
        expect(page.locator("#extension-101")).to_contain_text("On a call")
        daemons.post("queue.left", stage.queue("support"))
        daemons.post(
            "call.answered",
            stage.call(call_id, now, place="extension:101", answered_at=now, recording=True),
        )
        expect(call).to_contain_text("Talking")
        expect(call).to_contain_text("سارا احمدی")
        expect(call.locator(".recording")).to_be_visible()
        expect(page.locator("#totals-all dd").first).to_have_text("1")

        daemons.post("leg.gone", stage.leg(f"{call_id}.2", "101", "gone"))
        daemons.post("call.ended", stage.call(call_id, now, disposition="answered"))
        expect(call).to_have_count(0)
        expect(page.locator("text=No calls at the moment.")).to_be_visible()
        assert page.evaluate("window.neverReloaded")


def test_durations_run_in_the_browser(console, signed_in, call_id):
    console.daemons.post("call.began", stage.call(call_id, time.time() - 57))
    with signed_in() as page:
        live(page)
        duration = page.locator(f"#call-{call_id} time")
        seen(page, lambda: duration.inner_text() in ("0:59", "1:00"), "the seconds pass")
        seen(page, lambda: duration.inner_text() in ("1:01", "1:02"), "the minute turns")
    console.daemons.post("call.ended", stage.call(call_id, 0.0))


def test_rows_keep_their_order_whatever_comes_first(console, signed_in):
    with signed_in() as page:
        live(page)
        for name in ("gsm-1", "fxs-10", "fxs-2"):
            console.daemons.post("line.found", stage.line(name))
            page.wait_for_selector(f"#line-{name.replace('-', '_2d_')}")
        console.daemons.post("line.changed", stage.line("fxs-10", state="cut"))
        expect(page.locator("#line-fxs_2d_10")).to_contain_text("Disconnected")
        names = page.locator("#lines .handle").all_inner_texts()
        assert [name for name in names if name != "fxo-1"] == ["fxs-2", "fxs-10", "gsm-1"]


def test_an_away_daemon_is_told_and_the_rest_goes_on(console, signed_in):
    console.daemons.post("line.found", stage.line("fxo-1"))
    console.daemons.post("extension.registered", stage.extension("102", name="Ali Rezaei"))
    with signed_in() as page:
        live(page)
        expect(page.locator("#line-fxo_2d_1")).to_be_visible()
        console.daemons.stop("lined")
        notice = page.locator("#away-lined")
        expect(notice).to_contain_text("The line service does not answer.")
        expect(page.locator("#lines > *")).to_have_count(0)
        expect(page.locator("[data-daemon=lined] .unknown-now")).to_be_visible()
        expect(page.locator("[data-daemon=lined] .empty")).to_be_hidden()
        picture(page, "live-en-away", whole=True)
        console.daemons.post("extension.lost", stage.extension("102", registered=False))
        expect(page.locator("#extension-102")).to_contain_text("Not registered")
        console.daemons.start("lined")
        expect(notice).to_have_count(0)
        expect(page.locator("[data-daemon=lined] .empty")).to_be_visible()
        console.daemons.post("line.found", stage.line("fxo-1"))
        expect(page.locator("#line-fxo_2d_1")).to_be_visible()


def test_the_page_outlives_a_console_that_is_killed(console, signed_in):
    console.daemons.post("line.found", stage.line("fxo-1"))
    with signed_in(troubles=("ERR_",)) as page:
        live(page)
        page.evaluate("window.neverReloaded = true")
        console.process.kill()
        expect(page.locator("#pulse")).to_have_attribute("data-state", "lost")
        console.daemons.post("line.rang", stage.line("fxo-1", state="ringing_in"))
        console.start()
        expect(page.locator("#pulse")).to_have_attribute("data-state", "live")
        expect(page.locator("#line-fxo_2d_1")).to_contain_text("Incoming ring")
        assert page.evaluate("window.neverReloaded")


def test_a_browser_that_gets_no_stream_asks_instead(console, signed_in):
    with signed_in(troubles=("503",)) as page:
        page.route("**/live/stream*", lambda route: route.fulfill(status=503))
        page.goto("/")
        expect(page.locator("#pulse")).to_have_attribute("data-state", "often")
        console.daemons.post("line.found", stage.line("fxs-1", kind="station"))
        expect(page.locator("#line-fxs_2d_1")).to_be_visible()


def test_browsers_that_left_give_their_place_back_at_once(console, browser):
    host = console.url.removeprefix("http://")
    with browser.new_page() as page:  # another browser's name with this cookie ends the session
        name = page.evaluate("navigator.userAgent")
    cookie = "; ".join(f"{c['name']}={c['value']}" for c in console.session["cookies"])

    def stream():
        connection = http.client.HTTPConnection(host, timeout=5)
        connection.request("GET", "/live/stream", headers={"Cookie": cookie, "User-Agent": name})
        return connection, connection.getresponse()

    opened = [stream() for _ in range(MOST_STREAMS)]
    statuses = [answer.status for _, answer in opened]
    late, refused = stream()
    late.close()
    for connection, answer in opened:
        answer.close()
        connection.close()
    assert statuses == [200] * MOST_STREAMS
    assert refused.status == 503

    def is_taken():
        connection, answer = stream()
        answer.close()
        connection.close()
        return answer.status == 200

    until(is_taken, 4.0, "a stream is free")


def test_signing_out_elsewhere_closes_the_live_page(console, browser):
    with visit(browser, console.url) as page:
        sign_in(page, stage.USER, stage.PASSWORD)
        page.wait_for_selector("#pulse[data-state=live]")
        other = page.context.new_page()
        other.goto("/calls")
        other.click("button:has-text('Sign out')")
        console.daemons.post("line.found", stage.line("fxs-2", kind="station"))
        expect(page.locator("#user")).to_be_visible(timeout=15_000)


def test_hostile_names_stay_text(console, signed_in, call_id):
    evil = "<img src=x onerror='document.title=1'>\u202e&quot;"
    with signed_in() as page:
        live(page)
        row = stage.call(call_id, time.time(), caller_name=evil, caller=evil, called=evil)
        console.daemons.post("call.began", row)
        expect(page.locator(f"#call-{call_id} .name")).to_have_text(evil)
        assert page.title() == "Live view · Markaz"
    console.daemons.post("call.ended", stage.call(call_id, 0.0))


# -- call records -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wav", "flac", "opus"])
def test_a_recording_plays_in_the_page(console, signed_in, call_id, kind):
    stage.add_calls(console.home, stage.call_record(call_id, time.time() + 60))
    stage.add_recording(console.home, call_id, seconds=3.0, kind=kind)
    with signed_in() as page:
        page.goto("/calls")
        play = page.locator(f"#call-{call_id} a.play")
        expect(play).to_contain_text("0:03")
        play.click()
        audio = page.locator("#player audio")
        expect(audio).to_be_visible()

        def at():
            return audio.evaluate("audio => audio.currentTime")

        seen(page, lambda: at() > 0.3, "the recording plays")
        before = at()
        seen(page, lambda: at() > before + 0.5, "it goes on")
        assert abs(audio.evaluate("audio => audio.duration") - 3.0) < 0.01
        assert audio.evaluate("audio => audio.error") is None
        expect(page.locator("#player-caption")).to_contain_text("شرکت نمونه")
        audio.evaluate("audio => { audio.currentTime = 2.5 }")  # a seek asks for a range
        seen(page, lambda: audio.evaluate("audio => audio.ended"), "it ends")
        page.click("#player-close")
        expect(page.locator("#player")).to_be_hidden()


@pytest.mark.parametrize(("code", "direction"), LANGUAGES)
def test_the_records_in_each_language(console, signed_in, call_id, code, direction):
    stage.add_calls(console.home, stage.call_record(call_id, 1795302540.0))
    with signed_in() as page:
        page.goto("/calls")
        speak(page, code)
        row = page.locator(f"#call-{call_id}")
        day = {"fa": "آبان ۱۴۰۵", "ar": "نوفمبر ٢٠٢٦", "en": "Nov 2026"}[code]
        expect(row.locator(".day")).to_contain_text(day)
        expect(row.locator(".c-time")).to_have_text(local("0:15", code))
        number = row.locator(".c-from .number bdi")
        expect(number).to_have_text(local("02188776655", code))
        assert edges(number) == "first digit leftmost"
        start, time_ = row.locator(".c-start").bounding_box(), row.locator(".c-time").bounding_box()
        assert (start["x"] > time_["x"]) == (direction == "rtl")


# -- pictures -----------------------------------------------------------------------------------


@pytest.fixture
def busy_office(console):
    """Something of everything on the page."""
    daemons, now = console.daemons, time.time()
    for row in (
        stage.line("fxo-1", state="in_use", number="02188776655"),
        stage.line("fxo-2", state="cut", fault="no battery on the line"),
        stage.line("fxs-1", kind="station"),
        stage.line("fxs-2", kind="station", state="ringing_out"),
        stage.line("gsm-1", kind="mobile", signal_dbm=-71),
    ):
        daemons.post("line.changed", row)
    daemons.post("extension.registered", stage.extension("101"))
    daemons.post("extension.registered", stage.extension("102", name="Ali Rezaei"))
    daemons.post("extension.lost", stage.extension("103", name="محمد العلي", registered=False))
    long = "Reception on the second floor of the north building"
    daemons.post("extension.registered", stage.extension("104", name=long))
    calls = [
        stage.call("31", now - 3725, caller=""),
        stage.call("32", now - 95, caller="+989121234567", place="queue:support"),
        stage.call("33", now - 12, caller="104", caller_name=long, place="extension:102"),
        stage.call(
            "34",
            now - 61,
            caller_name="شرکت نمونه",
            place="extension:101",
            answered_at=now,
            recording=True,
        ),
    ]
    for row in calls:
        daemons.post("call.began", row)
    daemons.post("leg.answered", stage.leg("34.2", "101"))
    waiting = (
        CallerRow(call="32", caller="+989121234567", since=now - 80),
        CallerRow(call="35", caller="", since=now - 9),
    )
    daemons.post("queue.changed", stage.queue("support", *waiting))
    daemons.post("queue.changed", stage.queue("sales", title="Sales"))
    daemons.post("agent.changed", stage.agent("101", now - 61, "talking"))
    row = stage.agent("102", now - 4, "offered", name="Ali Rezaei", queues=("support", "sales"))
    daemons.post("agent.changed", row)
    stage.add_calls(
        console.home,
        stage.call_record("p1", now - 300),
        stage.call_record("p2", now - 900, answered_at=None, disposition="abandoned", caller=""),
        stage.call_record("p3", now - 950, answered_at=None, disposition="busy", caller_name=""),
    )
    stage.add_recording(console.home, "p1", seconds=0.5)
    yield
    for row in calls:
        daemons.post("call.ended", row)


LOOKS = [
    pytest.param(code, scheme, screen, id=f"{code}-{scheme}-{screen}")
    for code in ("fa", "ar", "en")
    for scheme, screen in (("light", "desktop"), ("dark", "desktop"), ("light", "telephone"))
]


@pytest.mark.parametrize(("code", "scheme", "screen"), LOOKS)
def test_nothing_is_cut_off_or_runs_over(console, signed_in, busy_office, code, scheme, screen):
    options = {"color_scheme": scheme}
    if screen == "telephone":
        options |= {"viewport": TELEPHONE, "device_scale_factor": 2}
    with signed_in(**options) as page:
        page.goto("/")
        speak(page, code)
        for path, name in (("/", "live"), ("/calls", "calls")):
            page.goto(path)
            if path == "/":
                page.wait_for_selector("#pulse[data-state=live]")
            picture(page, f"{name}-{code}-{scheme}-{screen}", whole=path == "/")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert page.evaluate(_CUT_OFF) == []


_CUT_OFF = """() => {
    // Texts that must be whole: states, numbers, titles, durations.
    const whole = ".badge span, .number, h1, h2, h3, time, dt, .rail nav span, button, .button";
    return [...document.querySelectorAll(whole)]
        .filter((element) => element.checkVisibility())
        .filter((element) => {
            const { left, right, width } = element.getBoundingClientRect();
            const cut = element.scrollWidth > element.clientWidth + 1 && element.clientWidth;
            return width && (cut || left < -1 || right > innerWidth + 1);
        })
        .map((element) => element.outerHTML.slice(0, 120));
}"""
