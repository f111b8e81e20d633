/* The course of a report, drawn by uPlot. The table beside it says the same without a script; all
   words come from the page. */

const part = document.getElementById("course");
const { places, lines, digits } = JSON.parse(part.dataset.course);

const written = (value) =>
  value === null || value === undefined
    ? ""
    : String(Math.round(value)).replace(/[0-9]/g, (digit) => [...digits][digit]);

function colours() {
  const ink = getComputedStyle(document.documentElement);
  return (name) => ink.getPropertyValue(name).trim();
}

async function draw() {
  const { default: uPlot } = await import(part.dataset.uplot);
  const colour = colours();
  const strokes = ["--accent", "--bad", "--wait"];
  const dashes = [undefined, [10, 4], [3, 3]];
  const currents = lines.filter((line) => !line.before);
  const series = lines.map((line) => {
    const place = line.before ? currents.findIndex((one) => line.title.startsWith(one.title)) : currents.indexOf(line);
    const stroke = colour(strokes[place % strokes.length]);
    // Told apart by the pattern of the line as well as by its colour.
    const dash = line.before ? [2, 4] : dashes[place % dashes.length];
    return { label: line.title, stroke, dash, width: line.before ? 1 : 2, points: { show: places.length < 40 }, value: (_, value) => written(value) };
  });
  const axis = { stroke: colour("--ink-2"), grid: { stroke: colour("--edge"), width: 1 }, ticks: { show: false } };
  // A day stands as it is read in its own language, though the course runs from the left.
  const isolated = (place) => (place === undefined ? "" : `\u2068${place}\u2069`);
  const named = (_, splits) => splits.map((at) => isolated(places[at]));
  const font = `12px ${getComputedStyle(part).fontFamily}`;
  const plot = new uPlot(
    {
      width: part.clientWidth,
      height: 260,
      padding: [16, 48, 0, 16],
      scales: { x: { time: false }, y: { range: (_, low, high) => [0, Math.max(high, 1) * 1.1] } },
      series: [{ label: "\u00a0", value: (_, at) => places[at] ?? "" }, ...series],
      axes: [
        { ...axis, font, values: named, space: 90, incrs: [1, 2, 4, 7, 14, 28, 56] },
        { ...axis, font, values: (_, splits) => splits.map(written), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000] },
      ],
    },
    [places.map((_, at) => at), ...lines.map((line) => line.values)],
    part,
  );
  plot.root.querySelector(".u-legend").dir = document.dir;
  new ResizeObserver(() => plot.setSize({ width: part.clientWidth, height: 260 })).observe(part);
}

if (places.length) draw();
