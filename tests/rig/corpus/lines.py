"""What a call goes through on its way: companding, low rates, lost packets."""

from __future__ import annotations

import functools

import numpy as np
from cffi import FFI

from hw.signal.level import bytes_of, samples_of
from tests.rig.corpus.wave import Chance, Wave

ffi = FFI()
ffi.cdef(
    """
    void *g711_init(void *s, int mode);
    int g711_encode(void *s, uint8_t g711_data[], const int16_t amp[], int len);
    int g711_decode(void *s, int16_t amp[], const uint8_t g711_data[], int g711_bytes);
    int g711_free(void *s);
    void *g726_init(void *s, int bit_rate, int ext_coding, int packing);
    int g726_encode(void *s, uint8_t g726_data[], const int16_t amp[], int len);
    int g726_decode(void *s, int16_t amp[], const uint8_t g726_data[], int g726_bytes);
    int g726_free(void *s);
    void *gsm0610_init(void *s, int packing);
    int gsm0610_encode(void *s, uint8_t code[], const int16_t amp[], int len);
    int gsm0610_decode(void *s, int16_t amp[], const uint8_t code[], int len);
    int gsm0610_free(void *s);
    """
)
lib = ffi.dlopen("libspandsp.so.2")

_PACKET = 160


def through(wave: Wave, chance: Chance) -> tuple[str, Wave]:
    """A way by chance, and what comes out of it."""
    name = str(chance.choice(list(WAYS)))
    return name, WAYS[name](wave, chance)


def clean(wave: Wave, _chance: Chance) -> Wave:
    return wave


def coded(codec: str, settings: tuple[int, ...], wave: Wave, _chance: Chance) -> Wave:
    """By one of spandsp's codecs and back."""
    audio = bytes_of(wave[: len(wave) // _PACKET * _PACKET])
    samples = len(audio) // 2
    to, back = (getattr(lib, f"{codec}_init")(ffi.NULL, *settings) for _ in range(2))
    code = ffi.new("uint8_t[]", samples * 2)
    size = getattr(lib, f"{codec}_encode")(to, code, ffi.from_buffer("int16_t[]", audio), samples)
    amp = ffi.new("int16_t[]", samples * 2)
    getattr(lib, f"{codec}_decode")(back, amp, code, size)
    for state in (to, back):
        getattr(lib, f"{codec}_free")(state)
    return samples_of(bytes(ffi.buffer(amp, samples * 2))).astype(float)


def lossy(share: float, wave: Wave, chance: Chance) -> Wave:
    """Packets of 20 ms are lost: silence stands for some, the one before for others."""
    packets = wave[: len(wave) // _PACKET * _PACKET].reshape(-1, _PACKET).copy()
    repeats = chance.random() < 0.5
    for lost in np.flatnonzero(chance.random(len(packets)) < share):
        packets[lost] = packets[lost - 1] if repeats else 0
    return packets.reshape(-1)


WAYS = {
    "a clean line": clean,
    "A-law": functools.partial(coded, "g711", (0,)),
    "mu-law": functools.partial(coded, "g711", (1,)),
    "G.726 at 32 kbit/s": functools.partial(coded, "g726", (32000, 0, 0)),
    "GSM 06.10": functools.partial(coded, "gsm0610", (0,)),
    "1 % loss": functools.partial(lossy, 0.01),
    "5 % loss": functools.partial(lossy, 0.05),
}
