/* The knowledge base at the desk: what is typed is looked for when the typing pauses. The latest
   answer is shown, whichever comes last. Holds no text. */

const PAUSE_MS = 250;
const form = document.querySelector(".knowledge form");
const found = document.querySelector(".knowledge-found");
let waiting = 0;
let asked = 0;

async function look() {
  const mine = ++asked;
  const words = new URLSearchParams(new FormData(form));
  const html = await fetch(`${form.dataset.found}?${words}`)
    .then((answer) => (answer.ok && !answer.redirected ? answer.text() : null))
    .catch(() => null); // the console is away: what is shown stays
  if (html !== null && mine === asked) found.innerHTML = html; // escaped and cleaned by the box
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, PAUSE_MS);
});
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});
