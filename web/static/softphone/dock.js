/* The strip of the telephone on every page of the console: what its window says, and its two most
   wanted buttons. Holds no text. */

const dock = document.getElementById("dock");
const channel = new BroadcastChannel("markaz-softphone");
const words = (name) => dock.querySelector(`data[value="${name}"]`)?.textContent ?? "";
const SIZE = "popup,width=420,height=720";
let first = null;

dock.querySelector("a").addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  window.open(dock.querySelector("a").href, "markaz-softphone", SIZE)?.focus();
});

dock.addEventListener("click", (event) => {
  const { order } = event.target.closest("button")?.dataset ?? {};
  if (order && first) channel.postMessage({ order, id: first.id });
});

channel.addEventListener("message", ({ data }) => {
  if (!data.line) return;
  first = data.calls.find((call) => call.state === "ringing") ?? data.calls[0] ?? null;
  dock.dataset.line = data.line;
  dock.dataset.state = first?.state ?? "";
  dock.querySelector(".said").textContent = words(first ? `call-${first.state}` : `line-${data.line}`);
  dock.querySelector(".who").textContent = first?.who ?? "";
  for (const button of dock.querySelectorAll("button")) {
    button.hidden = !first?.actions.includes(button.dataset.order);
  }
});

channel.postMessage({ ask: true });
