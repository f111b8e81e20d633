/* Keeps what a step shows as it is on the box: asks for it every second, unless somebody types in
   it or has opened something there. */

const part = document.getElementById("part");
const PAUSE_MS = 1000;

async function refresh() {
  const busy = part.contains(document.activeElement) || part.querySelector("details[open]");
  if (!busy && !document.hidden) {
    try {
      const answer = await fetch(part.dataset.part);
      const text = answer.ok && !answer.redirected ? await answer.text() : null;
      if (text !== null && !part.contains(document.activeElement)) part.innerHTML = text;
    } catch {
      // the console is away, or the connection broke in the middle: the next look tells
    }
  }
  setTimeout(refresh, PAUSE_MS);
}

if (part) setTimeout(refresh, PAUSE_MS);
