// A flow as a drawing: the nodes are the page's own list, put in their places by dagre; the arrows
// between them are drawn here. Without this script the list is all there is, and enough.

const view = document.querySelector(".flow-view");
const sheet = view.querySelector(".flow-sheet");
const svg = view.querySelector(".flow-arrows");
const tools = document.querySelector(".flow-tools");
const connect = document.querySelector("#connect");
const isRtl = getComputedStyle(view).direction === "rtl";
const { Graph, layout } = await import(view.dataset.dagre);

const MARGIN = 24;
const cards = new Map([...view.querySelectorAll("[data-node]")].map((card) => [card.dataset.node, card]));
let extent = { width: 0, height: 0 };
let shown = { x: 0, y: 0, scale: 1 };

function ways() {
  const found = [];
  for (const [name, card] of cards) {
    for (const way of card.querySelectorAll("[data-way]")) {
      if (way.dataset.to && cards.has(way.dataset.to)) found.push([name, way.dataset.to, way]);
    }
  }
  return found;
}

// Places count from the side where reading begins: what dagre puts on the left stands on the right
// in a script that runs from there.
function place() {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 24, ranksep: 72, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [name, card] of cards) {
    graph.setNode(name, { width: card.offsetWidth, height: card.offsetHeight });
  }
  for (const [from, to, way] of ways()) graph.setEdge(from, to, {}, way.dataset.way);
  layout(graph);
  const whole = graph.graph();
  extent = { width: whole.width, height: whole.height };
  sheet.style.inlineSize = `${extent.width}px`;
  sheet.style.blockSize = `${extent.height}px`;
  for (const [name, card] of cards) {
    const { x, y, width, height } = graph.node(name);
    card.style.insetInlineStart = `${x - width / 2}px`;
    card.style.insetBlockStart = `${y - height / 2}px`;
  }
  draw(graph);
}

const across = (x) => (isRtl ? extent.width - x : x);

function line(points, ...classes) {
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", points);
  path.classList.add(...classes);
  svg.append(path);
  return path;
}

function draw(graph) {
  svg.replaceChildren();
  svg.setAttribute("width", extent.width);
  svg.setAttribute("height", extent.height);
  for (const [from, to, way] of ways()) {
    const start = graph.node(from);
    const card = cards.get(from);
    const begin = {
      x: start.x + start.width / 2,
      y: start.y - start.height / 2 + way.offsetTop - (way.offsetParent === card ? 0 : card.offsetTop) + way.offsetHeight / 2,
    };
    const inner = graph.edge({ v: from, w: to, name: way.dataset.way }).points.slice(1, -1);
    const goal = graph.node(to);
    const end = { x: goal.x - goal.width / 2, y: goal.y };
    const points = [begin, ...inner, end].map((point) => ({ x: across(point.x), y: point.y }));
    line(curve(points), "arrow");
    const last = points.at(-1);
    const back = isRtl ? 8 : -8;
    line(`M${last.x} ${last.y}l${back} -4v8Z`, "tip");
  }
}

function curve(points) {
  let text = `M${points[0].x} ${points[0].y}`;
  for (let i = 1; i < points.length; i += 1) {
    const [a, b] = [points[i - 1], points[i]];
    const middle = (a.x + b.x) / 2;
    text += `C${middle} ${a.y} ${middle} ${b.y} ${b.x} ${b.y}`;
  }
  return text;
}

// -- moving and sizing

function show() {
  sheet.style.transform = `translate(${shown.x}px, ${shown.y}px) scale(${shown.scale})`;
}

function zoom(factor) {
  shown.scale = Math.min(2, Math.max(0.1, shown.scale * factor));
  show();
}

function showAll() {
  const scale = Math.min(1, view.clientWidth / extent.width, view.clientHeight / extent.height);
  shown = { x: 0, y: 0, scale: Math.max(0.1, scale) };
  show();
}

function isDrawn() {
  return view.classList.contains("is-drawn");
}

function toggle() {
  view.classList.toggle("is-drawn");
  tools.querySelector("[data-zoom=list]").setAttribute("aria-pressed", String(!isDrawn()));
  sheet.removeAttribute("style");
  if (isDrawn()) {
    place();
    show();
  }
}

const ORDERS = { in: () => zoom(1.25), out: () => zoom(0.8), all: showAll, list: toggle };
for (const button of tools.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => ORDERS[button.dataset.zoom]());
}

const STEP = 48;
const KEYS = {
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: showAll,
  ArrowLeft: () => { shown.x += STEP; },
  ArrowRight: () => { shown.x -= STEP; },
  ArrowUp: () => { shown.y += STEP; },
  ArrowDown: () => { shown.y -= STEP; },
};
view.addEventListener("keydown", (event) => {
  const order = KEYS[event.key];
  if (!isDrawn() || event.target !== view || !order || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  order();
  show();
});
view.addEventListener("wheel", (event) => {
  if (!isDrawn() || !event.ctrlKey) return; // the page scrolls by the wheel alone
  event.preventDefault();
  zoom(event.deltaY < 0 ? 1.1 : 0.9);
}, { passive: false });

// A node that the keyboard comes to is brought into sight.
view.addEventListener("focusin", (event) => {
  const card = event.target.closest("[data-node]");
  if (!isDrawn() || card === null) return;
  view.scrollTo(0, 0); // browsers scroll what is hidden; here the sheet moves
  const [box, frame] = [card.getBoundingClientRect(), view.getBoundingClientRect()];
  if (box.left < frame.left) shown.x += frame.left - box.left + MARGIN;
  if (box.right > frame.right) shown.x -= box.right - frame.right + MARGIN;
  if (box.top < frame.top) shown.y += frame.top - box.top + MARGIN;
  if (box.bottom > frame.bottom) shown.y -= box.bottom - frame.bottom + MARGIN;
  show();
});

// -- by hand: the sheet is moved, or a way is drawn to another node

let held = null;

function at(event) {
  const box = sheet.getBoundingClientRect();
  return { x: (event.clientX - box.left) / shown.scale, y: (event.clientY - box.top) / shown.scale };
}

function aimed(event) {
  return document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-node]") ?? null;
}

view.addEventListener("pointerdown", (event) => {
  if (!isDrawn() || event.button !== 0 || event.target.closest("a, button")) return;
  const way = connect ? event.target.closest("[data-way]") : null;
  held = { way, from: at(event), x: event.clientX - shown.x, y: event.clientY - shown.y };
  if (way) held.line = line("", "is-new");
  event.preventDefault();
  view.focus({ preventScroll: true });
  view.setPointerCapture(event.pointerId);
});
view.addEventListener("pointermove", (event) => {
  if (held === null) return;
  if (held.way === null) {
    shown.x = event.clientX - held.x;
    shown.y = event.clientY - held.y;
    show();
    return;
  }
  held.line.setAttribute("d", curve([held.from, at(event)]));
  const goal = aimed(event);
  for (const card of cards.values()) card.classList.toggle("is-aimed", card === goal);
});
view.addEventListener("pointerup", (event) => {
  if (held === null) return;
  const { way, line: drawn } = held;
  held = null;
  drawn?.remove();
  for (const card of cards.values()) card.classList.remove("is-aimed");
  const goal = way ? aimed(event) : null;
  if (goal === null) return;
  const from = way.closest("[data-node]").dataset.node;
  connect.action = `${location.pathname}/nodes/${encodeURIComponent(from)}/connect`;
  connect.elements.way.value = way.dataset.way;
  connect.elements.to.value = goal.dataset.node;
  connect.submit();
});
view.addEventListener("pointercancel", () => {
  held?.line?.remove();
  held = null;
});

tools.hidden = false;
toggle();
if (location.hash) document.querySelector(location.hash)?.querySelector("a")?.focus();
