/* Keeps what a step shows as it is on the box: asks for it every second, unless somebody types in
   it or has opened something there. */

const part = document.getElementById("part");
const PAUSE_MS = 1000;

async function refresh() {
  const busy = part.contains(document.activeElement) || part.querySelector("details[open]");
  if (!busy && !document.hidden) {
    const answer = await fetch(part.dataset.part).catch(() => null);
    if (answer && answer.ok && !answer.redirected) {
      const text = await answer.text();
      if (!part.contains(document.activeElement)) part.innerHTML = text;
    }
  }
  setTimeout(refresh, PAUSE_MS);
}

if (part) setTimeout(refresh, PAUSE_MS);
