/* Keeps what is shown of one thing now fresh: asks the box for each such part again and again (every
   other second, or at the part's own pace) while somebody looks. Holds no text. */

const PACE_MS = 2000;

function keep(panel) {
  const pace = Number(panel.dataset.pace) || PACE_MS;
  let timer = 0;

  async function refresh() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const answer = await fetch(panel.dataset.part);
      if (answer.status === 401) return location.reload();
      if (answer.ok) {
        const html = await answer.text(); // written and escaped by the box
        if (panel.dataset.shown !== html) {
          panel.dataset.shown = html;
          panel.innerHTML = html;
        }
      }
    } catch {
      // the console is being started again: what is shown stays, and the next look tells
    }
    clearTimeout(timer);
    timer = setTimeout(refresh, pace);
  }

  document.addEventListener("visibilitychange", refresh);
  timer = setTimeout(refresh, pace);
}

document.querySelectorAll("[data-part]").forEach(keep);
