/* Keeps the table of telephones as it is on the box: asks for its rows every few seconds, unless
   somebody is choosing in it or the page is not looked at. */

const body = document.getElementById("phones-rows");
const PAUSE_MS = 3000;

async function refresh() {
  const busy = body.contains(document.activeElement) || document.hidden;
  if (!busy) {
    try {
      const answer = await fetch(body.dataset.rows);
      if (answer.ok && !answer.redirected) body.innerHTML = await answer.text();
    } catch {
      // the console is away, or the connection broke in the middle: the next look tells
    }
  }
  setTimeout(refresh, PAUSE_MS);
}

if (body) {
  setTimeout(refresh, PAUSE_MS);
}
