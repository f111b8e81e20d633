"""Lets the catalogue of prompts be spoken: ``python -m firmware.switchd.prompts FOLDER``.

Every prompt of ``prompts.toml`` becomes ``FOLDER/<language>/<prompt>.wav``, mono S16 at the
bridge's 16 kHz, spoken by espeak-ng and levelled by sox to what a telephone expects (about
-16 dBm0 of speech). ``FOLDER/music.wav`` is made of quiet chords, so that nobody's rights are
touched. Part of set-up, not of the running exchange; a folder is complete or not there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
import wave
from pathlib import Path

import numpy as np

RATE_HZ = 16000
CATALOGUE = Path(__file__).with_name("prompts.toml")
_CHORDS_HZ = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
_CHORD_S = 4.0


def speak(text: str, language: str, target: Path) -> None:
    """Speak ``text`` into ``target``.

    Raises:
        subprocess.CalledProcessError: espeak-ng or sox refused; its words are on stderr.
    """
    with tempfile.NamedTemporaryFile(suffix=".wav") as raw:
        subprocess.run(
            ["espeak-ng", "-v", language, "-s", "150", "-w", raw.name, "--", text], check=True
        )
        subprocess.run(
            f"sox -G {raw.name} -r {RATE_HZ} -c 1 -b 16 {target} gain -n -6 "
            "compand 0.01,0.2 -60,-60,-30,-18,0,-8 gain -3 pad 0.1 0.1".split(),
            check=True,
        )


def compose(target: Path) -> None:
    """Write the music: slow chords that swell and fade, -24 dBFS."""
    time_s = np.arange(int(_CHORD_S * RATE_HZ)) / RATE_HZ
    swell = np.sin(np.pi * time_s / _CHORD_S) ** 2
    chords = [
        swell * sum(np.sin(2 * np.pi * hz * time_s) for hz in chord) / len(chord)
        for chord in _CHORDS_HZ
    ]
    samples = (np.concatenate(chords) * 32767 * 10 ** (-18 / 20)).astype("<i2")
    with wave.open(str(target), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(samples.tobytes())


def build(folder: Path) -> int:
    """Make the whole folder anew; returns how many prompts were spoken."""
    catalogue = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    spoken = 0
    for name, texts in catalogue.items():
        for language, text in texts.items():
            (made / language).mkdir(exist_ok=True)
            speak(text, language, made / language / f"{name}.wav")
            spoken += 1
    compose(made / "music.wav")
    shutil.rmtree(folder, ignore_errors=True)
    made.chmod(0o755)
    made.rename(folder)
    return spoken


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(sys.argv[1]))} prompts spoken into {sys.argv[1]}\n")
