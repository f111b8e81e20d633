"""Faxes, modems, digits, hums and sirens."""

from __future__ import annotations

import numpy as np
from cffi import FFI

from hw.signal.caller_id import CallerId, CallerIdEncoder, Standard
from hw.signal.dtmf import DtmfGenerator
from hw.signal.level import RATE_HZ, samples_of
from tests.rig.corpus.wave import Chance, Wave, band, count, gliding, joined, seconds

ffi = FFI()
ffi.cdef(
    """
    typedef int (*get_bit_func_t)(void *user_data);
    void *v17_tx_init(void *s, int bit_rate, int tep, get_bit_func_t get_bit, void *user);
    int v17_tx(void *s, int16_t amp[], int len);
    int v17_tx_free(void *s);
    void *v29_tx_init(void *s, int bit_rate, int tep, get_bit_func_t get_bit, void *user);
    int v29_tx(void *s, int16_t amp[], int len);
    int v29_tx_free(void *s);
    void *v27ter_tx_init(void *s, int bit_rate, int tep, get_bit_func_t get_bit, void *user);
    int v27ter_tx(void *s, int16_t amp[], int len);
    int v27ter_tx_free(void *s);
    void *modem_connect_tones_tx_init(void *s, int tone_type);
    int modem_connect_tones_tx(void *s, int16_t amp[], int len);
    int modem_connect_tones_tx_free(void *s);
    void *fax_init(void *s, int calling_party);
    int fax_rx(void *s, int16_t *amp, int len);
    int fax_tx(void *s, int16_t *amp, int max_len);
    void fax_set_transmit_on_idle(void *s, int transmit_on_idle);
    int fax_free(void *s);
    """
)
lib = ffi.dlopen("libspandsp.so.2")

_CNG, _CED, _ANSAM, _BELL_ANS, _CALLING = 1, 2, 4, 8, 9
_MODEMS = {"v17": 14400, "v29": 9600, "v27ter": 4800}


def fax(length_s: float, chance: Chance) -> Wave:
    """Both sides of a fax call from its first tone (spandsp's T.30), or the page that follows."""
    if chance.random() < 0.5:
        return _negotiation(length_s)
    return _fast_modem(str(chance.choice(list(_MODEMS))), length_s, chance)


def _negotiation(length_s: float) -> Wave:
    ends = [lib.fax_init(ffi.NULL, calling) for calling in (1, 0)]
    for end in ends:
        lib.fax_set_transmit_on_idle(end, 1)
    said = [ffi.new("int16_t[160]"), ffi.new("int16_t[160]")]
    heard: list[Wave] = []
    for _ in range(count(length_s) // 160):
        for end, amp in zip(ends, said, strict=True):
            lib.fax_tx(end, amp, 160)
        lib.fax_rx(ends[0], said[1], 160)
        lib.fax_rx(ends[1], said[0], 160)
        heard.append(sum(samples_of(bytes(ffi.buffer(amp))).astype(float) for amp in said))
    for end in ends:
        lib.fax_free(end)
    return np.concatenate(heard)


def _fast_modem(name: str, length_s: float, chance: Chance) -> Wave:
    bits = iter(chance.integers(0, 2, size=count(length_s) * 3).tolist())

    @ffi.callback("get_bit_func_t")
    def next_bit(_user: object) -> int:
        return next(bits, 0)

    state = getattr(lib, f"{name}_tx_init")(ffi.NULL, _MODEMS[name], 0, next_bit, ffi.NULL)
    amp = ffi.new("int16_t[]", count(length_s))
    getattr(lib, f"{name}_tx")(state, amp, count(length_s))
    getattr(lib, f"{name}_tx_free")(state)
    return samples_of(bytes(ffi.buffer(amp))).astype(float)


def modem(length_s: float, chance: Chance) -> Wave:
    """A modem's calling or answering tone, or the keying of a slow one (caller ID, V.23)."""
    if chance.random() < 0.3:
        standard = Standard.BELL if chance.random() < 0.5 else Standard.V23
        encoder = CallerIdEncoder(CallerId(number="02188776655", name="Ali Rezaei"), standard)
        keyed = samples_of(encoder.frame(count(1.0))).astype(float)
        return joined([keyed], length_s)
    state = lib.modem_connect_tones_tx_init(
        ffi.NULL, int(chance.choice([_CNG, _CED, _ANSAM, _BELL_ANS, _CALLING]))
    )
    amp = ffi.new("int16_t[]", count(length_s))
    lib.modem_connect_tones_tx(state, amp, count(length_s))
    lib.modem_connect_tones_tx_free(state)
    return samples_of(bytes(ffi.buffer(amp))).astype(float)


def digits(length_s: float, chance: Chance) -> Wave:
    """Somebody dials: evenly, or one key again and again."""
    on_ms, off_ms = (int(ms) for ms in chance.choice([50, 100, 200, 250, 375, 500], size=2))
    generator = DtmfGenerator(on_ms=on_ms, off_ms=off_ms)
    keys = "0123456789*#ABCD"
    same = chance.random() < 0.5
    generator.put("".join(keys[0 if same else chance.integers(16)] for _ in range(40)))
    return samples_of(generator.frame(count(length_s))).astype(float)


def noise(length_s: float, chance: Chance) -> Wave:
    """Of a line: white, pink, or brown, with clicks; or switched on and off twice a second."""
    white = chance.normal(size=count(length_s))
    spectrum = np.fft.rfft(white)
    spectrum[1:] /= np.arange(1, len(spectrum)) ** float(chance.choice([0.0, 0.5, 1.0]))
    made = np.fft.irfft(spectrum, len(white))
    made /= made.std()
    if chance.random() < 0.3:
        made *= (seconds(length_s) % 1.0) < 0.5
    clicks = chance.integers(0, len(made), size=20)
    made[clicks] += chance.normal(0, 20, size=20)
    return band(made, 200, 3600)


def hum(length_s: float, chance: Chance) -> Wave:
    """The mains and its harmonics (400 and 450 Hz are among them), or a mobile telephone near the
    wire: 217 bursts a second, which come and go."""
    at = seconds(length_s)
    if chance.random() < 0.5:
        mains = float(chance.choice([50.0, 60.0]))
        gains = chance.uniform(0, 1, size=20)
        return sum(gain * np.sin(2 * np.pi * mains * (n + 1) * at) for n, gain in enumerate(gains))
    pulses = ((at * 216.68) % 1.0) < 0.125
    comes = ((at * chance.choice([1.0, 2.0, 0.5])) % 1.0) < 0.5
    return band(pulses * comes * 1.0, 150, 3600)


def siren(length_s: float, chance: Chance) -> Wave:
    """An ambulance, a reversing lorry, the three tones before "the number you have dialled"."""
    at = seconds(length_s)
    kind = chance.integers(3)
    if kind == 0:
        return gliding(np.where((at % 1.4) < 0.7, 435.0, 580.0)) + 0.3 * gliding(
            np.where((at % 1.4) < 0.7, 870.0, 1160.0)
        )
    if kind == 1:
        return np.sin(2 * np.pi * 1250 * at) * ((at % 1.0) < 0.5)
    three = [np.sin(2 * np.pi * hz * seconds(0.33)) for hz in (950, 1400, 1800)]
    return joined([*three, np.zeros(RATE_HZ)], length_s)
