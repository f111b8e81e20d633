/* The waveform of a recording, one line a channel, by wavesurfer.js; the audio element below it
   plays without it too. Holds no text. */

async function draw(part) {
  const audio = part.querySelector("audio");
  const speed = part.querySelector(".wave-speed");
  speed.addEventListener("change", () => (audio.playbackRate = Number(speed.value)));
  for (const turn of part.querySelectorAll(".turn")) {
    turn.addEventListener("click", () => {
      audio.currentTime = Number(turn.dataset.at);
      audio.play().catch(() => {}); // the browser's own controls say why
    });
  }
  const answer = await fetch(part.dataset.peaks);
  if (!answer.ok) return; // not for this person, or not there: the player says so
  const { length_s: duration, peaks } = await answer.json();
  const { default: WaveSurfer } = await import(part.dataset.wavesurfer);
  const shape = part.querySelector(".wave-shape");
  shape.hidden = false;
  const ink = getComputedStyle(document.documentElement);
  const [calm, gone] = ["--field", "--accent"].map((name) => ink.getPropertyValue(name).trim());
  WaveSurfer.create({
    container: shape,
    media: audio,
    peaks,
    duration,
    height: 48,
    normalize: true,
    barHeight: 0.9, // so that the two sides do not touch
    splitChannels: peaks.map(() => ({ waveColor: calm, progressColor: gone, overlay: false })),
    cspNonce: part.dataset.nonce,
  });
}

for (const part of document.querySelectorAll(".wave")) draw(part);
