/* The page of the telephone: what the table of calls.js says, as buttons and words. Holds no text:
   every word was written by the box, in <data> elements of the page. */

const root = document.getElementById("softphone");
const at = root.dataset;
const [sip, rules, { Phone }, { Sound }] = await Promise.all(
  [at.sip, at.calls, at.phone, at.sound].map((module) => import(module)),
);

const KEPT = "markaz-calls"; // of this window, over a reload
const BARS_MS = 100;
const STATISTICS_MS = 2000;
const OWN_MS = 4000;
const OLDEST_MS = 60_000;
const KINDS = ["microphone", "speaker", "ringer"];
const WHY_NOT = { NotAllowedError: "refused", NotFoundError: "absent", NotReadableError: "taken" };

const find = (selector, from = root) => from.querySelector(selector);
const words = (name) => find(`data[value="${name}"]`)?.textContent ?? name;
const token = find("input[name=csrf_token]").value;
const sound = new Sound();
const channel = new BroadcastChannel("markaz-softphone");
let line = "off";
let phone = null;

// -- the telephone ---------------------------------------------------------------------------

async function pass() {
  const answer = await fetch(at.pass, { method: "POST", headers: { "X-CSRFToken": token } });
  if (answer.status === 401 || answer.status === 403 || answer.redirected) return null;
  if (!answer.ok) throw new Error(`status=${answer.status}`);
  return answer.json();
}

async function microphone() {
  try {
    const stream = await sound.microphone();
    find("#deaf").hidden = true;
    return stream;
  } catch (error) {
    deaf(error);
    throw error;
  }
}

function deaf(error) {
  const notice = find("#deaf");
  notice.lastElementChild.textContent = words(`microphone-${WHY_NOT[error.name] ?? "absent"}`);
  notice.hidden = false;
}

const told = {
  line(event) {
    line = rules.stepLine(line, event);
    show();
  },
  call(call, event, detail) {
    if (event === "ended") over(call);
    if (event === "media") {
      const handler = call.session.sessionDescriptionHandler;
      call.local ??= handler.localMediaStream;
      sound.connect(call, call.isRenewed ? handler.localMediaStream : call.local, handler.remoteMediaStream);
    }
    if (event === "progress") call.isEarly = detail;
    if (event === "progress" && detail) {
      const handler = call.session.sessionDescriptionHandler;
      sound.connect(call, handler.localMediaStream, handler.remoteMediaStream);
    }
    keep();
    show();
  },
  transfer(call, status) {
    if (status < 200) say("transferring");
    else say(status < 300 ? "transferred" : "not-transferred");
  },
};

function over(call) {
  sound.drop(call);
  const why = call.status ? rules.reason(call.status) : "";
  say(why ? `why-${why}` : "over");
}

/* In the digits of whoever reads. */
const inDigits = (text) => text.replace(/\d/g, (digit) => document.body.dataset.digits[digit]);

function say(name) {
  find("#said").textContent = words(name);
}

// -- orders ----------------------------------------------------------------------------------

const ORDERS = {
  async answer(call) {
    await Promise.all(rules.toHold(phone.calls, call).map((other) => phone.hold(other, true)));
    await phone.answer(call);
  },
  refuse: (call) => phone.refuse(call),
  end: (call) => phone.end(call),
  hold: (call) => phone.hold(call, true),
  async resume(call) {
    await Promise.all(rules.toHold(phone.calls, call).map((other) => phone.hold(other, true)));
    await phone.hold(call, false);
  },
  mute: (call) => phone.mute(call, !call.muted),
  keys(call) {
    const pad = row(call).querySelector(".pad");
    pad.hidden = !pad.hidden;
    if (!pad.hidden) pad.querySelector("button").focus();
  },
  transfer(call) {
    const form = row(call).querySelector(".transfer");
    form.hidden = !form.hidden;
    if (!form.hidden) form.querySelector("input").focus();
  },
  elsewhere: (call) => phone.transfer(call, at.number),
  join: (call) => phone.join(call, phone.calls.find((one) => one !== call && one.state === "held")),
};

async function order(name, call) {
  if (!call || !rules.actions(call, phone.calls).includes(name)) return;
  try {
    await ORDERS[name](call);
  } catch (error) {
    if (!WHY_NOT[error?.name]) say("not-done");
  }
  show();
}

async function place(number) {
  await Promise.all(rules.toHold(phone.calls, null).map((other) => phone.hold(other, true)));
  const call = await phone.call(number);
  row(call)?.focus(); // so that the keys of the keyboard are for the call
}

find("#dial").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = find("#number");
  const number = rules.dialled(field.value);
  if (!number || line !== "ready") return;
  field.value = "";
  await place(number);
});

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const item = button?.closest("[data-call]");
  if (!item) return;
  const call = phone.calls.find((one) => String(one.id) === item.dataset.call);
  if (button.dataset.order) order(button.dataset.order, call);
  else if (button.dataset.key && call) press(call, button.dataset.key);
});

root.addEventListener("submit", (event) => {
  const form = event.target.closest(".transfer");
  if (!form) return;
  event.preventDefault();
  const call = phone.calls.find((one) => String(one.id) === form.closest("[data-call]").dataset.call);
  const number = rules.dialled(form.querySelector("input").value);
  if (!call || !number) return;
  form.hidden = true;
  if (event.submitter?.dataset.way === "ask") ask(call, number);
  else phone.transfer(call, number).catch(() => say("not-transferred"));
});

/* An attended transfer: the other is called first; "join" brings both together. */
async function ask(call, number) {
  if (call.state === "talking") await phone.hold(call, true);
  await phone.call(number);
}

function press(call, digit) {
  phone.press(call, digit);
  const shown = row(call).querySelector(".pressed");
  shown.textContent += digit;
}

/* The keyboard, wherever the focus is but in a field. */
const KEYS = { a: "answer", e: "end", h: "hold", r: "resume", m: "mute", t: "transfer", j: "join", x: "refuse" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea")) return;
  const call = current();
  if (!call) return;
  if (/^[0-9*#]$/.test(event.key) && call.state === "talking") return press(call, event.key);
  const name = KEYS[event.key.toLowerCase()];
  if (name) {
    event.preventDefault();
    order(name, call);
  }
});

/* The call that keys are meant for: what rings, else what talks. */
function current() {
  const by = (state) => phone.calls.find((call) => call.state === state);
  return by("ringing") ?? by("talking") ?? by("calling") ?? by("held") ?? phone.calls[0];
}

// -- what is shown ---------------------------------------------------------------------------

function row(call) {
  return find(`[data-call="${call.id}"]`);
}

function show() {
  root.dataset.line = line;
  find("#line").textContent = words(`line-${line}`);
  find("#dial button").disabled = line !== "ready";
  const calls = phone?.calls ?? [];
  for (const item of root.querySelectorAll("[data-call]")) {
    if (!calls.some((call) => String(call.id) === item.dataset.call)) item.remove();
  }
  for (const call of calls) showCall(call, calls);
  const rings = calls.some((call) => call.state === "ringing");
  const waits = calls.some((call) => call.state === "calling" && !call.isEarly);
  if (rings) sound.ring();
  else if (waits) sound.ringback();
  else sound.hush();
  document.title = rings ? words("title-rings") : words("title");
  tell();
}

function showCall(call, calls) {
  let item = row(call);
  if (!item) {
    item = find("#call").content.firstElementChild.cloneNode(true);
    item.dataset.call = call.id;
    find("#calls").append(item);
  }
  item.dataset.state = call.state;
  find(".who", item).textContent = call.name || inDigits(call.number);
  find(".number", item).textContent = call.name ? inDigits(call.number) : "";
  find(".state", item).textContent = words(`call-${call.state}`);
  const allowed = rules.actions(call, calls);
  for (const button of item.querySelectorAll("[data-order]")) {
    button.hidden = !allowed.includes(button.dataset.order);
  }
  find("[data-order=mute]", item).setAttribute("aria-pressed", String(call.muted));
  if (!allowed.includes("keys")) find(".pad", item).hidden = true;
  if (!allowed.includes("transfer")) find(".transfer", item).hidden = true;
}

function tell() {
  if (line === "elsewhere") return; // the window that has the telephone tells
  const calls = (phone?.calls ?? []).map((call) => ({
    id: call.id, state: call.state, who: call.name || call.number, since: call.since,
    actions: rules.actions(call, phone.calls),
  }));
  channel.postMessage({ line, calls });
}

channel.addEventListener("message", ({ data }) => {
  if (data.ask) return tell();
  if (data.dial && line === "ready") return place(rules.dialled(data.dial));
  if (data.order) order(data.order, phone?.calls.find((call) => call.id === data.id));
});

// -- levels, time, the connection --------------------------------------------------------------

setInterval(() => {
  for (const call of phone?.calls ?? []) {
    const item = row(call);
    if (!item || !rules.LIVE.has(call.state)) continue;
    const levels = sound.levels(call);
    find(".said", item).value = levels.said;
    find(".heard", item).value = levels.heard;
    find(".lasts", item).textContent = lasts(Math.floor((Date.now() - call.since) / 1000));
  }
}, BARS_MS);

const two = (number) => String(number).padStart(2, "0");
const lasts = (s) => inDigits(`${two(Math.floor(s / 60))}:${two(s % 60)}`);

setInterval(async () => {
  for (const call of phone?.calls ?? []) {
    const peer = phone.peer(call);
    if (!peer || call.state !== "talking") continue;
    const now = reading(await peer.getStats());
    if (call.reading && now) {
      const { grade } = rules.quality(call.reading, now);
      const shown = row(call)?.querySelector(".quality");
      if (shown) {
        shown.dataset.grade = grade;
        shown.textContent = words(`quality-${grade}`);
      }
    }
    call.reading = now;
  }
}, STATISTICS_MS);

function reading(statistics) {
  const all = [...statistics.values()];
  const heard = all.find((one) => one.type === "inbound-rtp" && one.kind === "audio");
  const pair = all.find((one) => one.type === "candidate-pair" && one.nominated);
  if (!heard) return null;
  return {
    received: heard.packetsReceived,
    lost: heard.packetsLost,
    jitter_ms: 1000 * (heard.jitter ?? 0),
    round_trip_ms: 1000 * (pair?.currentRoundTripTime ?? 0),
  };
}

// -- one's calls at other telephones -----------------------------------------------------------

async function lookElsewhere() {
  if (line !== "ready" || document.hidden) return;
  const own = await fetch(at.own)
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null); // the console is away: the next look tells
  if (!own) return;
  const { calls } = own;
  const here = phone.calls.filter((call) => rules.LIVE.has(call.state)).length;
  const list = find("#elsewhere");
  list.hidden = calls.length <= here;
  if (list.hidden) return;
  const items = calls.map((call) => {
    const item = find("#other").content.firstElementChild.cloneNode(true);
    find(".who", item).textContent = call.name || call.number;
    find("button", item).addEventListener("click", () => {
      list.hidden = true;
      phone.take({ dialog: call.leg, number: call.number, name: call.name });
    });
    return item;
  });
  find("ul", list).replaceChildren(...items);
}

setInterval(lookElsewhere, OWN_MS);

// -- devices -----------------------------------------------------------------------------------

async function showDevices() {
  const devices = await sound.devices();
  for (const kind of KINDS) {
    const select = find(`#${kind}`);
    const options = devices[kind].map(({ deviceId, label }) => new Option(label || deviceId, deviceId));
    select.replaceChildren(new Option(words("device-usual"), ""), ...options);
    select.value = sound.chosen[kind] ?? "";
  }
}

for (const kind of KINDS) {
  find(`#${kind}`).addEventListener("change", async (event) => {
    sound.choose(kind, event.target.value);
    if (kind === "microphone") await phone?.changeMicrophone();
  });
}
navigator.mediaDevices?.addEventListener?.("devicechange", showDevices);

// -- the beginning -----------------------------------------------------------------------------

function keep() {
  sessionStorage.setItem(KEPT, JSON.stringify({ at: Date.now(), calls: rules.kept(phone.calls) }));
}

async function begin() {
  phone = new Phone(sip, rules.step, {
    server: at.server, realm: at.realm, number: at.number, name: at.name, pass, microphone,
  }, told);
  sound.watch((isHeard) => (find("#still").hidden = isHeard));
  const before = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  show();
  await phone.start();
  if (before && Date.now() - before.at < OLDEST_MS) before.calls.forEach((call) => phone.take(call));
  addEventListener("pagehide", keep);
  // Asked for now, so that nobody is asked while it rings.
  await microphone().then((stream) => stream.getTracks().forEach((track) => track.stop())).catch(() => {});
  await showDevices();
}

// One window of a browser is the telephone; another takes its place when it is closed.
if (navigator.locks) {
  navigator.locks.request("markaz-softphone", { ifAvailable: true }, (lock) => {
    if (lock) return begin().then(() => new Promise(() => {}));
    told.line("elsewhere");
    navigator.locks.request("markaz-softphone", () => begin().then(() => new Promise(() => {})));
    return undefined;
  });
} else {
  begin();
}
