/* The desk as it is: its parts are asked for every second and a half and replaced when they
   changed, but for one that somebody has the focus in. A new caller brings the page anew, unless
   something is being written, or somebody is on their way to another page. */

const desk = document.getElementById("desk");
const PAUSE_MS = 1500;
const GOING_MS = 10000;
let seen = "";
let customer = { number: "", html: null }; // what was said of the caller, or is being asked
let left = -Infinity; // when somebody went to another page, which may not have come yet

const isWriting = () =>
  [...desk.querySelectorAll(".wrap, .text")].some(
    (form) => form.querySelector("textarea").value || form.contains(document.activeElement),
  );

/* What the box answers, with its body when there is something new. Null: it is away, or the
   connection broke in the middle. */
async function ask(address, read) {
  try {
    const answer = await fetch(address);
    const { status, ok, redirected } = answer;
    return { status, ok, redirected, body: status === 200 && !redirected ? await read(answer) : null };
  } catch {
    return null;
  }
}

const isGoing = () => performance.now() < left + GOING_MS;

function take({ call, parts }) {
  // Not reload(): what was said may be the answer to a form, which would be sent once more.
  if (call !== desk.dataset.call && !isWriting() && !isGoing()) {
    return location.replace(desk.dataset.page);
  }
  let isWhole = true;
  for (const [name, html] of Object.entries(parts)) {
    const part = document.getElementById(`desk-${name}`);
    if (!part) continue; // there is no thread without a caller
    const isIn = part !== document.activeElement && part.contains(document.activeElement);
    if (isIn) isWhole = false; // asked for anew, until it is free
    else part.innerHTML = html; // written and escaped by the box
  }
  showNewest();
  showCustomer();
  return isWhole;
}

/* Of the messages the newest are seen, next to the field in which one answers. */
function showNewest() {
  const thread = document.getElementById("desk-thread");
  if (thread && thread.dataset.shown !== thread.textContent) {
    thread.scrollTop = thread.scrollHeight;
    thread.dataset.shown = thread.textContent;
  }
}

/* Who the caller is in the customer system: asked for once each call, for it may be slow. */
async function showCustomer() {
  const part = desk.querySelector(".customer");
  if (!part) return;
  const { number } = part.dataset;
  const call = desk.dataset.call;
  if (customer.number !== number || customer.call !== call) {
    const asked = (customer = { number, call, html: null });
    const answer = await ask(part.dataset.customer, (whole) => whole.text());
    if (answer?.ok) asked.html = answer.body ?? "";
  }
  const shown = desk.querySelector(".customer");
  if (shown?.dataset.number !== customer.number || customer.html === null) return;
  if (shown.innerHTML !== customer.html) shown.innerHTML = customer.html; // escaped by the box
}

async function refresh() {
  const answer = await ask(`${desk.dataset.now}?seen=${seen}`, (whole) => whole.json());
  if (answer?.status === 401 || answer?.redirected) return location.replace(desk.dataset.page);
  if (answer?.body) seen = take(answer.body) ? answer.body.seen : "";
  setTimeout(refresh, PAUSE_MS);
}

addEventListener("beforeunload", () => (left = performance.now()));
showNewest();
showCustomer();
refresh();
