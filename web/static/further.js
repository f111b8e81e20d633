/* A search looks at so many calls for one page. When they held less than a page's worth, the page
   goes on further back by itself and adds what it finds, until it is full or all were looked at.
   Holds no text. */

const FULL = 50;

async function goOn() {
  for (;;) {
    const link = document.querySelector("#further a");
    const rows = document.querySelector("#found tbody");
    if (!link || (rows?.rows.length ?? 0) >= FULL || document.hidden) return;
    const answer = await fetch(link.href);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const more = page.querySelector("#found tbody");
    if (rows && more) rows.append(...more.rows);
    else if (more) document.getElementById("found").replaceWith(page.getElementById("found"));
    const next = page.getElementById("further");
    if (next) document.getElementById("further").replaceWith(next);
    else document.getElementById("further").remove();
    const pager = page.querySelector(".pager");
    if (pager && !document.querySelector(".pager")) {
      document.getElementById("found").after(pager);
    }
  }
}

document.addEventListener("visibilitychange", goOn);
goOn().catch(() => {}); // the link stays, to be followed by hand
