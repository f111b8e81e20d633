/* Microphones, loudspeakers, levels and the sound of ringing. */

const KEY = "markaz-sound"; // which devices a person chose, in this browser
const RING = { on_s: 1, off_s: 3, hz: [425, 480] };
const TONE = { on_s: 1, off_s: 4, hz: [425] };

export class Sound {
  constructor() {
    this.chosen = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    this.elements = new Map();
    this.meters = new Map();
  }

  get isPossible() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  /* The one that was chosen; where that is gone, the computer's.
     Raises: NotAllowedError (refused), NotFoundError (there is none), NotReadableError (in use). */
  async microphone() {
    if (!this.isPossible) throw new DOMException("no secure context", "NotAllowedError");
    const open = (device) =>
      navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...device },
        video: false,
      });
    const { microphone } = this.chosen;
    if (!microphone) return open({});
    return open({ deviceId: { exact: microphone } }).catch((error) => {
      if (error.name !== "OverconstrainedError" && error.name !== "NotFoundError") throw error;
      return open({});
    });
  }

  async devices() {
    const all = this.isPossible ? await navigator.mediaDevices.enumerateDevices() : [];
    const of = (kind) => all.filter((one) => one.kind === kind && one.deviceId);
    return { microphone: of("audioinput"), speaker: of("audiooutput"), ringer: of("audiooutput") };
  }

  choose(kind, deviceId) {
    this.chosen[kind] = deviceId;
    localStorage.setItem(KEY, JSON.stringify(this.chosen));
    if (kind === "speaker") for (const element of this.elements.values()) this.#lead(element, kind);
  }

  /* What a call says is heard from now on; its levels both ways can be asked for. */
  connect(call, local, remote) {
    const element = this.elements.get(call.id) ?? document.createElement("audio");
    element.autoplay = true;
    element.srcObject = remote;
    this.#lead(element, "speaker");
    element.play().catch(() => {});
    this.elements.set(call.id, element);
    this.meters.set(call.id, { said: this.#meter(local), heard: this.#meter(remote) });
  }

  drop(call) {
    const element = this.elements.get(call.id);
    if (element) element.srcObject = null;
    this.elements.delete(call.id);
    this.meters.delete(call.id);
  }

  /* dBFS of the last tenth of a second, both ways; -100 is silence. */
  levels(call) {
    const meters = this.meters.get(call.id);
    return { said: level(meters?.said), heard: level(meters?.heard) };
  }

  /* A browser plays nothing by itself before somebody has clicked or typed in the page: told is
     called with whether it does, now and whenever that changes. */
  watch(told) {
    const context = this.#context();
    const tell = () => told(context.state === "running");
    context.addEventListener("statechange", tell);
    for (const done of ["pointerdown", "keydown"]) addEventListener(done, () => this.#context());
    tell();
  }

  /* At a loudspeaker of its own, if one was chosen: the headset may lie on the table. */
  ring() {
    this.#play(RING, 0.2, "ringer");
  }

  ringback() {
    this.#play(TONE, 0.06, "speaker");
  }

  hush() {
    clearInterval(this.ringing);
    this.ringing = 0;
    this.tone?.disconnect();
    this.tone = null;
    if (this.place) this.place.srcObject = null;
    this.place = null;
  }

  #context() {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") this.context.resume().catch(() => {});
    return this.context;
  }

  #meter(stream) {
    if (!stream?.getAudioTracks().length) return null;
    const context = this.#context();
    const analyser = context.createAnalyser();
    analyser.fftSize = 4096;
    context.createMediaStreamSource(stream).connect(analyser);
    return analyser;
  }

  /* Let an element be heard at the device that was chosen; at the usual one where that is gone. */
  #lead(element, kind) {
    if (element.setSinkId) element.setSinkId(this.chosen[kind] ?? "").catch(() => {});
  }

  /* Where a tone goes. */
  #outlet(kind) {
    const context = this.#context();
    if (!this.chosen[kind]) return context.destination;
    const outlet = context.createMediaStreamDestination();
    this.place = document.createElement("audio");
    this.place.srcObject = outlet.stream;
    this.#lead(this.place, kind);
    this.place.play().catch(() => {});
    return outlet;
  }

  #play({ on_s, off_s, hz }, loudness, kind) {
    if (this.ringing) return;
    const outlet = this.#outlet(kind);
    const once = () => {
      const context = this.#context();
      this.tone?.disconnect();
      this.tone = context.createGain();
      this.tone.gain.value = loudness;
      this.tone.connect(outlet);
      for (const frequency of hz) {
        const oscillator = context.createOscillator();
        oscillator.frequency.value = frequency;
        oscillator.connect(this.tone);
        oscillator.start();
        oscillator.stop(context.currentTime + on_s);
      }
    };
    once();
    this.ringing = setInterval(once, (on_s + off_s) * 1000);
  }
}

function level(analyser) {
  if (!analyser) return -100;
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.max(-100, 10 * Math.log10(power + 1e-10));
}
