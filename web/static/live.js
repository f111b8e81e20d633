/* Keeps the live page fresh: listens to the box, puts items where they belong, lets durations
   run. Holds no text: every word on the page was written by the box in the reader's language. */

const pulse = document.getElementById("pulse");
const digits = document.body.dataset.digits;

const POLL_MS = 3000;
const STREAM_AGAIN_MS = 30000;

let after = pulse.dataset.after;
let aheadMs = Date.now() - pulse.dataset.now * 1000; // this browser's clock before the box's
let source = null;
let timer = 0;

function show(state) {
  pulse.dataset.state = state;
}

function place(list, item) {
  const order = item.dataset.order;
  let next = list.firstElementChild;
  while (next && next.dataset.order <= order) next = next.nextElementSibling;
  list.insertBefore(item, next);
}

function put(listId, id, html) {
  const list = document.getElementById(listId);
  const mould = document.createElement("template");
  mould.innerHTML = html; // written and escaped by the box
  const item = mould.content.firstElementChild;
  const old = document.getElementById(id);
  if (old && old.dataset.order === item.dataset.order) {
    old.replaceWith(item);
    return;
  }
  old?.remove();
  item.classList.add("arriving");
  place(list, item);
}

function take(batch) {
  aheadMs = Date.now() - batch.now * 1000;
  if (batch.snapshot) {
    const kept = new Set(batch.puts.map(([, id]) => id));
    for (const item of document.querySelectorAll("[data-order]")) {
      if (!kept.has(item.id)) item.remove();
    }
  }
  for (const id of batch.drops) document.getElementById(id)?.remove();
  for (const [list, id, html] of batch.puts) put(list, id, html);
  tick();
}

function written(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const text = hours
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
  return text.replace(/\d/g, (digit) => digits[digit]);
}

function tick() {
  const now = (Date.now() - aheadMs) / 1000;
  for (const time of document.querySelectorAll("time.ticking")) {
    const text = written(now - Number(time.dataset.since));
    if (time.textContent !== text) time.textContent = text;
  }
}

function address(path) {
  return `${path}?after=${encodeURIComponent(after)}`;
}

function listen() {
  hush();
  source = new EventSource(address(pulse.dataset.stream));
  source.addEventListener("open", () => show("live"));
  source.addEventListener("batch", (event) => {
    after = event.lastEventId;
    take(JSON.parse(event.data));
  });
  source.addEventListener("signed-out", () => location.reload());
  source.addEventListener("error", () => {
    // While it is "connecting" the browser tries again by itself, and says where it left off.
    if (source.readyState === EventSource.CLOSED) ask(Date.now() + STREAM_AGAIN_MS);
    else show("lost");
  });
}

function hush() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

/* Too many browsers listen, or the box is away: ask now and then, and try to listen again. */
async function ask(streamAgainAt) {
  hush();
  try {
    const answer = await fetch(address(pulse.dataset.changes));
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const { epoch, batches } = await answer.json();
    for (const batch of batches) {
      after = `${epoch}-${batch.number}`;
      take(batch);
    }
    show("often");
  } catch {
    show("lost");
  }
  const again = Date.now() > streamAgainAt ? listen : () => ask(streamAgainAt);
  if (!document.hidden) timer = setTimeout(again, POLL_MS);
}

/* A page nobody sees holds no connection: browsers allow six to one box, over all tabs. */
document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
addEventListener("pagehide", hush);

setInterval(tick, 1000);
if (!document.hidden) listen();
