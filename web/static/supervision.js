/* Supervision and the wallboard as they are: the box sends their parts whenever they differ, and
   durations run by themselves. A part that somebody works in is left alone. Holds no text. */

const box = document.getElementById("parts");
const pulse = document.getElementById("pulse");
const digits = document.body.dataset.digits;
const POLL_MS = 3000;
const STREAM_AGAIN_MS = 30000;

let seen = "";
let kept = null; // what could not all be shown while somebody worked in a part
let aheadMs = 0; // this browser's clock before the box's
let source = null;
let timer = 0;

function take({ seen: digest, parts, now }) {
  aheadMs = Date.now() - now * 1000;
  let isWhole = true;
  for (const [name, html] of Object.entries(parts)) {
    const part = document.getElementById(`part-${name}`);
    if (part.contains(document.activeElement)) isWhole = false;
    else part.innerHTML = html; // written and escaped by the box
  }
  seen = isWhole ? digest : "";
  kept = isWhole ? null : { seen: digest, parts };
  tick();
}

function takeKept() {
  if (kept) take({ ...kept, now: (Date.now() - aheadMs) / 1000 });
}

function written(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const minutes = Math.floor((whole % 3600) / 60);
  const text =
    whole < 3600
      ? `${minutes}:${two(whole % 60)}`
      : `${Math.floor(whole / 3600)}:${two(minutes)}:${two(whole % 60)}`;
  return text.replace(/\d/g, (digit) => digits[digit]);
}

function tick() {
  const now = (Date.now() - aheadMs) / 1000;
  for (const time of document.querySelectorAll("time.ticking")) {
    time.textContent = written(now - Number(time.dataset.since));
  }
}

function hush() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

function listen() {
  hush();
  source = new EventSource(box.dataset.stream);
  source.addEventListener("open", () => (pulse.dataset.state = "live"));
  source.addEventListener("parts", (event) => take(JSON.parse(event.data)));
  source.addEventListener("signed-out", () => location.reload());
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) ask(Date.now() + STREAM_AGAIN_MS);
    else pulse.dataset.state = "lost";
  });
}

/* Too many browsers listen, or the box is away: ask now and then, and try to listen again. */
async function ask(streamAgainAt) {
  hush();
  try {
    const mark = box.dataset.now.includes("?") ? "&" : "?";
    const answer = await fetch(`${box.dataset.now}${mark}seen=${seen}`);
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.status === 200) take(await answer.json());
    pulse.dataset.state = "often";
  } catch {
    pulse.dataset.state = "lost";
  }
  const again = Date.now() > streamAgainAt ? listen : () => ask(streamAgainAt);
  if (!document.hidden) timer = setTimeout(again, POLL_MS);
}

document.addEventListener("focusout", () => setTimeout(takeKept));
document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
addEventListener("pagehide", hush);
setInterval(tick, 1000);
if (!document.hidden) listen();
