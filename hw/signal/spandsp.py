"""The spandsp library (0.0.6, Debian's libspandsp2) as C sees it: declarations and nothing else.

Only what the modules beside it use is declared. cffi's ABI mode needs no
compiler on the box. Prototypes are those of Debian's libspandsp-dev 0.0.6+dfsg-2.
"""

from __future__ import annotations

from typing import Any

from cffi import FFI

ffi: Any = FFI()

ffi.cdef(
    """
    typedef void (*put_msg_func_t)(void *user, const uint8_t *msg, int len);
    typedef void (*tone_report_func_t)(void *user, int code, int level, int delay);

    void *dtmf_tx_init(void *s);
    int dtmf_tx(void *s, int16_t *amp, int max_samples);
    int dtmf_tx_put(void *s, const char *digits, int len);
    void dtmf_tx_set_level(void *s, int level, int twist);
    void dtmf_tx_set_timing(void *s, int on_time, int off_time);
    int dtmf_tx_free(void *s);

    void *dtmf_rx_init(void *s, void *callback, void *user);
    void dtmf_rx_parms(void *s, int filter_dialtone, int twist, int reverse_twist, int threshold);
    int dtmf_rx(void *s, const int16_t *amp, int samples);
    size_t dtmf_rx_get(void *s, char *digits, int max);
    int dtmf_rx_status(void *s);
    int dtmf_rx_free(void *s);

    void *adsi_tx_init(void *s, int standard);
    int adsi_tx(void *s, int16_t *amp, int max_len);
    int adsi_tx_put_message(void *s, const uint8_t *msg, int len);
    void adsi_tx_send_alert_tone(void *s);
    void adsi_tx_set_preamble(void *s, int preamble_len, int preamble_ones_len,
                              int postamble_ones_len, int stop_bits);
    int adsi_tx_free(void *s);

    void *adsi_rx_init(void *s, int standard, put_msg_func_t put_msg, void *user);
    int adsi_rx(void *s, const int16_t *amp, int len);
    int adsi_rx_free(void *s);

    void *modem_connect_tones_tx_init(void *s, int tone_type);
    int modem_connect_tones_tx(void *s, int16_t *amp, int len);
    int modem_connect_tones_tx_free(void *s);

    void *modem_connect_tones_rx_init(void *s, int tone_type, tone_report_func_t callback,
                                      void *user);
    int modem_connect_tones_rx(void *s, const int16_t *amp, int len);
    int modem_connect_tones_rx_free(void *s);

    void *super_tone_rx_make_descriptor(void *desc);
    int super_tone_rx_free_descriptor(void *desc);
    int super_tone_rx_add_tone(void *desc);
    int super_tone_rx_add_element(void *desc, int tone, int f1, int f2, int min, int max);
    void *super_tone_rx_init(void *s, void *desc, tone_report_func_t callback, void *user);
    int super_tone_rx(void *s, const int16_t *amp, int samples);
    int super_tone_rx_free(void *s);
    """
)

_LIBRARY = "libspandsp.so.2"


def _open() -> Any:
    try:
        return ffi.dlopen(_LIBRARY)
    except OSError as error:
        raise ImportError(
            f"{_LIBRARY} cannot be loaded ({error}): install Debian's package libspandsp2"
        ) from error


lib: Any = _open()


def amp_in(audio: bytes) -> Any:
    """``audio`` as spandsp's ``const int16_t[]``, not copied; keep ``audio`` while it is used."""
    return ffi.cast("int16_t *", ffi.from_buffer(audio))
