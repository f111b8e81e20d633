"""Telephone signals in audio: DTMF, caller ID, tones. The DSP is spandsp's."""
