// Any two columns against each other, a dot for each run that has both.
import { cut, scaleOf, svg } from "./axes.js";

const [HEIGHT, LEFT, RIGHT, TOP, FOOT] = [320, 76, 20, 14, 40];

export function scatter(card, columns, runs, { light, listeners }) {
  const scales = columns.map((column, at) => scaleOf(column, at, runs));
  const [across, up] = [card.querySelector("#scatter-x"), card.querySelector("#scatter-y")];
  const said = card.querySelector("#scatter-said");
  const address = new URL(location.href);
  for (const select of [across, up]) {
    select.append(...scales.map((scale, at) => new Option(scale.label, String(at))));
  }
  const named = (name, fallback) => { const at = scales.findIndex((scale) => scale.label === name); return at < 0 ? fallback : at; };
  const differs = (scale) => new Set(scale.shares).size > 1;
  const metric = scales.findIndex((scale) => scale.column.of === "metrics" && differs(scale));
  const first = scales.findIndex((scale, at) => at !== metric && differs(scale));
  across.value = String(named(address.searchParams.get("x"), Math.max(0, first)));
  up.value = String(named(address.searchParams.get("y"), Math.max(0, metric)));
  const picture = svg("svg", { class: "scatter", height: HEIGHT, role: "img" });
  
  const dots = new Map();
  let shown = null;

  const box = card.querySelector(".scatter-box");
  function draw() {
    const width = Math.max(280, box.clientWidth);
    const sparse = width < 560;
    picture.setAttribute("width", String(width));
    const [x, y] = [scales[Number(across.value)], scales[Number(up.value)]];
    picture.setAttribute("aria-label", `${y.label} against ${x.label}`);
    picture.replaceChildren();
    dots.clear();
    const px = (share) => LEFT + share * (width - LEFT - RIGHT);
    const py = (share) => TOP + (1 - share) * (HEIGHT - TOP - FOOT);
    for (const [at, { share, text }] of x.ticks.entries()) {
      picture.append(svg("line", { class: "grid-line", x1: px(share), x2: px(share), y1: TOP, y2: HEIGHT - FOOT }));
      if (!sparse || at % 2 === 0) picture.append(svg("text", { x: px(share), y: HEIGHT - FOOT + 16, "text-anchor": "middle" }, cut(text, 14)));
    }
    for (const { share, text } of y.ticks) {
      picture.append(svg("line", { class: "grid-line", x1: LEFT, x2: width - RIGHT, y1: py(share), y2: py(share) }));
      picture.append(svg("text", { x: LEFT - 8, y: py(share) + 4, "text-anchor": "end" }, cut(text, 11)));
    }
    picture.append(svg("text", { class: "axis-name", x: px(0.5), y: HEIGHT - 6, "text-anchor": "middle" }, x.label + (x.log ? ", logarithmic" : "")));
    picture.append(svg("text", { class: "axis-name", x: 14, y: py(0.5), "text-anchor": "middle", transform: `rotate(-90 14 ${py(0.5)})` }, y.label + (y.log ? ", logarithmic" : "")));
    let n = 0;
    for (const run of runs) {
      const [a, b] = [x.shares[run.index], y.shares[run.index]];
      if (a === null || b === null) continue;
      n += 1;
      const dot = svg("circle", { class: `scatter-dot key-${(run.index % 6) + 1}`, cx: px(a), cy: py(b), r: 5 });
      dot.append(svg("title", {}, `${run.name}: ${y.tell(b)} at ${x.tell(a)}`));
      dot.addEventListener("mouseenter", () => { light(run.id); said.textContent = `${run.name}: ${y.label} ${y.tell(b)}, ${x.label} ${x.tell(a)}`; });
      dot.addEventListener("mouseleave", () => light(null));
      dots.set(run.id, dot);
      picture.append(dot);
    }
    said.textContent = n < runs.length ? `${n} of ${runs.length} runs have both.` : "";
    mark(null);
  }
  function mark(lit) {
    for (const [id, dot] of dots) {
      dot.classList.toggle("faded", shown !== null && !shown.has(id));
      dot.classList.toggle("lit", id === lit);
    }
  }
  for (const [select, name] of [[across, "x"], [up, "y"]]) {
    select.addEventListener("change", () => {
      const now = new URL(location.href);
      now.searchParams.set(name, scales[Number(select.value)].label);
      history.replaceState(null, "", now);
      draw();
    });
  }
  box.append(picture);
  let room = box.clientWidth;
  new ResizeObserver(() => { if (room !== box.clientWidth) { room = box.clientWidth; draw(); } }).observe(box);
  listeners.lit.push(mark);
  listeners.shown.push((ids) => { shown = ids; mark(null); });
  draw();
}
