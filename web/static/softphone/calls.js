/* What the telephone in the browser knows, without a browser: a call's states as a table, what a
   person may do in each, and how good a connection is. No DOM, no SIP, no clock. */

/* A call. An event that a state does not name came late, and changes nothing; one that no state
   names is a bug. "lost" is the way to the exchange, not the audio, which often goes on. */
export const CALLS = {
  calling: { answered: "talking", ended: "over", lost: "over" },
  ringing: { answered: "talking", ended: "over", lost: "over" },
  talking: { held: "held", lost: "renewing", ended: "over" },
  held: { resumed: "talking", lost: "renewing", ended: "over" },
  renewing: { renewed: "talking", ended: "over" },
  over: {},
};

const EVENTS = new Set(Object.values(CALLS).flatMap(Object.keys));

export function step(state, event) {
  if (!(state in CALLS)) throw new RangeError(`state=${state}`);
  if (!EVENTS.has(event)) throw new RangeError(`event=${event}`);
  return CALLS[state][event] ?? state;
}

/* The telephone's way to the exchange. */
export const LINES = {
  off: { began: "connecting", elsewhere: "elsewhere" },
  connecting: { registered: "ready", cut: "lost", signed_out: "signed_out" },
  ready: { cut: "lost", signed_out: "signed_out" },
  lost: { began: "connecting", signed_out: "signed_out" },
  elsewhere: { began: "connecting" }, // another window of this browser has the telephone
  signed_out: {},
};

export function stepLine(state, event) {
  if (!(state in LINES)) throw new RangeError(`state=${state}`);
  return LINES[state][event] ?? state;
}

/* What a person may do with a call, in the order of the buttons. */
const ACTIONS = {
  calling: ["end"],
  ringing: ["answer", "refuse"],
  talking: ["hold", "mute", "keys", "transfer", "elsewhere", "end"],
  held: ["resume", "transfer", "end"],
  renewing: ["end"],
  over: [],
};

export function actions(call, calls) {
  const allowed = [...ACTIONS[call.state]];
  const other = calls.find((one) => one !== call && one.state === "held");
  if (call.state === "talking" && other) allowed.splice(allowed.indexOf("end"), 0, "join");
  return allowed;
}

export const LIVE = new Set(["talking", "held", "renewing"]);

/* Whom an incoming call's answer or another's resumption puts on hold. */
export function toHold(calls, next) {
  return calls.filter((one) => one !== next && one.state === "talking");
}

/* What a page that is loaded anew must know to go on with the calls of the one before. */
export function kept(calls) {
  return calls
    .filter((call) => LIVE.has(call.state))
    .map(({ dialog, number, name, muted, since, state, wasHeld }) => ({
      dialog, number, name, muted, since,
      wasHeld: state === "held" || (state === "renewing" && Boolean(wasHeld)),
    }));
}

/* How good the connection was between two readings: {received, lost} packets, jitter and round
   trip in ms. Limits: ITU-T G.113 (loss with Opus' concealment), G.114 (delay). */
export function quality(before, now) {
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  if (received + lost <= 0) return { grade: "silent", loss: 0 };
  const loss = (100 * lost) / (received + lost);
  const bad = loss > 5 || now.jitter_ms > 60 || now.round_trip_ms > 500;
  const fair = loss > 1 || now.jitter_ms > 30 || now.round_trip_ms > 250;
  return { grade: bad ? "bad" : fair ? "fair" : "good", loss };
}

/* Digits as they are dialled, of whatever script; what is no digit, star or hash falls away. */
export function dialled(text) {
  return [...text]
    .map((letter) => {
      const code = letter.codePointAt(0);
      if (code >= 0x6f0 && code <= 0x6f9) return String(code - 0x6f0);
      if (code >= 0x660 && code <= 0x669) return String(code - 0x660);
      return letter;
    })
    .filter((letter) => /[0-9*#+]/.test(letter))
    .join("");
}

/* Why a call was not answered, as the words of the page are called. */
export function reason(status) {
  if (status === 486 || status === 600) return "busy";
  if (status === 404 || status === 484 || status === 604) return "unknown";
  if (status === 480 || status === 408) return "absent";
  if (status === 603 || status === 403) return "rejected";
  if (status === 487) return "";
  return "failed";
}
