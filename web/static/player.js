/* One player for the whole page: plays the recording whose link is followed. Holds no text. */

const player = document.getElementById("player");
const audio = player.querySelector("audio");
const caption = document.getElementById("player-caption");

function stop() {
  audio.pause();
  audio.removeAttribute("src");
  audio.load();
  player.hidden = true;
  mark(null);
}

function mark(link) {
  for (const other of document.querySelectorAll(".play[aria-current]")) {
    other.removeAttribute("aria-current");
  }
  link?.setAttribute("aria-current", "true");
}

function play(link) {
  const row = document.getElementById(link.dataset.call);
  const cells = [".c-start", ".c-from", ".c-to"].map((cell) => row.querySelector(cell));
  const pieces = cells.filter(Boolean).map((cell) => {
    const piece = document.createElement("span");
    piece.append(...[...cell.cloneNode(true).childNodes]);
    return piece;
  });
  caption.replaceChildren(...pieces);
  player.hidden = false;
  mark(link);
  audio.src = link.href;
  audio.play().catch(() => {}); // the browser's own controls say why
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.play");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  play(link);
});
document.getElementById("player-close").addEventListener("click", stop);
