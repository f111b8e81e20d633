/* The bench: gives orders without leaving the page, shows the states as they change, lets a person
   hear a line and talk to it. Holds no text: every word was written by the box. */

const LINE_HZ = 8000;
const CHUNK_SAMPLES = 800; // 0.1 s of speech a request
const RETRY_MS = 2000;

const fars = document.querySelector("[data-stream]");
const problem = document.getElementById("problem");
const token = document.querySelector("input[name=csrf_token]").value;
const headers = { "X-CSRFToken": token, "X-Requested-With": "fetch" };

function complain(text) {
  problem.hidden = !text;
  problem.lastElementChild.textContent = text;
}

/* Orders, one after the other: two keys that are pressed quickly arrive as they were pressed. */

let orders = Promise.resolve();

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-order]");
  if (!form) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  orders = orders.then(() => order(form.action, body));
});

async function order(address, body) {
  const answer = await fetch(address, { method: "POST", headers, body }).catch(() => null);
  complain(answer && answer.status === 409 ? await answer.text() : "");
  if (answer && answer.status === 401) location.reload();
}

/* A telephone's keys, from the keyboard, while one of its keys has the focus. */
document.addEventListener("keydown", (event) => {
  const pad = event.target.closest("[data-keys]");
  if (!pad || event.ctrlKey || event.altKey || event.metaKey) return;
  const button = pad.querySelector(`button[value="${CSS.escape(event.key)}"]`);
  if (button) {
    event.preventDefault();
    button.click();
  }
});

/* States */

function show({ fars: states, levers }) {
  for (const [line, { state, html }] of Object.entries(states)) {
    const card = document.getElementById(`far-${line}`);
    if (!card) return location.reload(); // a line was added
    card.dataset.state = state;
    card.querySelector(".state").innerHTML = html; // written and escaped by the box
  }
  for (const [lever, pulled] of Object.entries(levers)) {
    const form = document.querySelector(`[data-lever="${CSS.escape(lever)}"]`);
    if (form) form.dataset.pulled = pulled ? "1" : "0";
  }
}

let source = null;

function follow() {
  source?.close();
  source = new EventSource(fars.dataset.stream);
  source.addEventListener("outside", (event) => show(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED && !document.hidden) setTimeout(follow, RETRY_MS);
  });
}

/* Sound: one context, started by the first press of a button. */

let context = null;

async function sound() {
  if (!context) {
    context = new AudioContext({ latencyHint: "interactive" });
    await context.audioWorklet.addModule(fars.dataset.worklet);
  }
  context.resume(); // not awaited: a machine without sound never says that it is ready
  return context;
}

function press(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

const hearing = new Map();

async function hear(button) {
  const address = button.dataset.hear;
  if (hearing.has(address)) return hearing.get(address).abort();
  const stop = new AbortController();
  hearing.set(address, stop);
  press(button, true);
  try {
    const audio = await sound(); // while the press of the button still counts as a person's
    const answer = await fetch(address, { headers, signal: stop.signal });
    complain(answer.status === 409 ? await answer.text() : "");
    if (answer.ok) await play(answer.body.getReader(), audio);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  } finally {
    hearing.delete(address);
    press(button, false);
  }
}

async function play(reader, audio) {
  const node = new AudioWorkletNode(audio, "line-player", { processorOptions: { rate: LINE_HZ } });
  node.connect(audio.destination);
  let odd = new Uint8Array(0);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const bytes = new Uint8Array(odd.length + value.length);
      bytes.set(odd);
      bytes.set(value, odd.length);
      const whole = bytes.length & ~1;
      odd = bytes.slice(whole);
      const view = new DataView(bytes.buffer, 0, whole);
      const samples = new Float32Array(whole / 2);
      for (let n = 0; n < samples.length; n += 1) samples[n] = view.getInt16(2 * n, true) / 32768;
      fars.dataset.heard = String(Number(fars.dataset.heard || 0) + samples.length);
      node.port.postMessage(samples, [samples.buffer]);
    }
  } finally {
    node.disconnect();
  }
}

const talking = new Map();

async function talk(button) {
  const address = button.dataset.talk;
  if (talking.has(address)) return talking.get(address)();
  const media = await navigator.mediaDevices
    ?.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } })
    .catch(() => null);
  if (!media) {
    document.getElementById("sound").hidden = false;
    document.getElementById("deaf").hidden = false;
    return;
  }
  const audio = await sound();
  const microphone = audio.createMediaStreamSource(media);
  const node = new AudioWorkletNode(audio, "line-speaker", {
    numberOfOutputs: 0,
    processorOptions: { rate: LINE_HZ, chunk: CHUNK_SAMPLES },
  });
  const stop = () => {
    for (const track of media.getTracks()) track.stop();
    microphone.disconnect();
    node.port.onmessage = null;
    talking.delete(address);
    press(button, false);
  };
  talking.set(address, stop);
  press(button, true);
  let queue = send(`${address}?begin=1`, new Int16Array(0), stop);
  node.port.onmessage = ({ data }) => {
    queue = queue.then(() => talking.has(address) && send(address, data, stop)); // in order
  };
  microphone.connect(node);
}

async function send(address, samples, stop) {
  const body = new Blob([samples]);
  const answer = await fetch(address, { method: "POST", headers, body }).catch(() => null);
  if (!answer || !answer.ok) {
    stop();
    complain(answer && answer.status === 409 ? await answer.text() : "");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-hear], [data-talk]");
  if (button) (button.dataset.hear ? hear : talk)(button);
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) source?.close();
  else follow();
});
addEventListener("pagehide", () => source?.close());
if (!document.hidden) follow();
