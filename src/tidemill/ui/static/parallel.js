// Parallel coordinates: lines on a canvas, axes that are brushed by hand or by arrow keys on top (Inselberg 1985).
import { colourOf, colour } from "./curves.js";
import { cut, scaleOf, svg } from "./axes.js";

const HEIGHT = 300;
const [TOP, BOTTOM, SIDE, APART] = [44, 18, 64, 118];
const MOST_AXES = 10;

export function parallel(box, chooser, columns, runs, { light, show, listeners }) {
  const scales = columns.map((column, at) => scaleOf(column, at, runs)).filter((scale) => scale.shares.some((share) => share !== null));
  const useful = scales.filter((scale) => new Set(scale.shares).size > 1);
  const params = useful.filter((scale) => scale.column.of === "params").slice(0, MOST_AXES - 3);
  const metrics = useful.filter((scale) => scale.column.of === "metrics" && !/^system[/.]/.test(scale.column.name)).slice(0, MOST_AXES - params.length);
  const chosen = new Set([...params, ...metrics]);
  const brushes = new Map();
  let lit = null;
  const canvas = document.createElement("canvas");
  const over = svg("svg", { class: "parallel", height: HEIGHT, role: "group", "aria-label": `Parallel coordinates of ${runs.length} runs` });
  box.append(canvas, over);
  let width = 0;
  let axes = [];

  for (const scale of useful) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "toggle", textContent: scale.column.name });
    button.setAttribute("aria-pressed", String(chosen.has(scale)));
    button.addEventListener("click", () => {
      if (chosen.has(scale)) { chosen.delete(scale); brushes.delete(scale); } else chosen.add(scale);
      button.setAttribute("aria-pressed", String(chosen.has(scale)));
      layout();
      apply();
    });
    chooser.append(button);
  }

  const passes = (run) => [...brushes].every(([scale, [low, high]]) => {
    const share = scale.shares[run.index];
    return share !== null && share >= low - 1e-9 && share <= high + 1e-9;
  });
  const y = (share) => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
  const shareAt = (pixel) => Math.max(0, Math.min(1, 1 - (pixel - TOP) / (HEIGHT - TOP - BOTTOM)));

  function apply() {
    show(brushes.size ? new Set(runs.filter(passes).map((run) => run.id)) : null);
    paint();
    axes.forEach((axis) => axis.mark());
  }

  function paint() {
    const ratio = devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = HEIGHT * ratio;
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    ctx.lineJoin = runs.length > 60 ? "bevel" : "round";
    const line = (run) => {
      ctx.beginPath();
      let open = false;
      for (const { scale, x } of axes) {
        const share = scale.shares[run.index];
        if (share === null) { open = false; continue; }
        if (open) ctx.lineTo(x, y(share)); else ctx.moveTo(x, y(share));
        open = true;
      }
      ctx.stroke();
    };
    const kept = runs.filter(passes);
    ctx.lineWidth = 1;
    ctx.strokeStyle = colour("line-2");
    ctx.globalAlpha = 0.35;
    if (brushes.size) runs.filter((run) => !passes(run)).forEach(line);
    ctx.globalAlpha = lit ? 0.15 : Math.max(0.2, Math.min(0.9, 40 / kept.length));
    ctx.lineWidth = kept.length > 40 ? 1.1 : 1.7;
    kept.forEach((run) => { ctx.strokeStyle = colourOf(run.index); line(run); });
    const one = runs.find((run) => run.id === lit);
    if (one) {
      ctx.globalAlpha = 1;
      ctx.lineWidth = 2.8;
      ctx.strokeStyle = colourOf(one.index);
      line(one);
    }
  }

  function axisOf(scale, x) {
    const group = svg("g", { class: "axis", tabindex: 0, role: "slider", "aria-label": scale.label, "aria-orientation": "vertical", "aria-valuemin": 0, "aria-valuemax": 100 });
    const area = svg("rect", { class: "axis-area", x: x - 22, y: TOP - 6, width: 44, height: HEIGHT - TOP - BOTTOM + 12 });
    const brush = svg("rect", { class: "axis-brush", x: x - 8, width: 16, rx: 3 });
    const title = svg("text", { class: "axis-name", x, y: 14, "text-anchor": "middle" }, cut(scale.column.name, 18));
    title.append(svg("title", {}, scale.label + (scale.log ? ", logarithmic" : "")));
    group.append(area, svg("line", { class: "axis-line", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }), brush, title);
    group.append(svg("text", { class: "axis-of", x, y: 28, "text-anchor": "middle" }, scale.column.of + (scale.log ? ", log" : "")));
    for (const { share, text } of scale.ticks) group.append(svg("text", { x: x + 7, y: y(share) + 3.5 }, cut(text, 12)));
    const mark = () => {
      const range = brushes.get(scale);
      const [low, high] = range ?? [0, 1];
      brush.setAttribute("y", String(y(high)));
      brush.setAttribute("height", String(range ? Math.max(2, y(low) - y(high)) : 0));
      group.setAttribute("aria-valuenow", String(Math.round(low * 100)));
      group.setAttribute("aria-valuetext", range ? `${scale.tell(low)} to ${scale.tell(high)}` : "all");
    };
    const set = (low, high) => { if (low <= 0 && high >= 1) brushes.delete(scale); else brushes.set(scale, [Math.max(0, low), Math.min(1, high)]); apply(); };
    let from = null;
    group.addEventListener("pointerdown", (event) => { from = event.offsetY; area.setPointerCapture(event.pointerId); });
    group.addEventListener("pointermove", (event) => {
      if (from === null || Math.abs(event.offsetY - from) < 3) return;
      const [one, other] = [shareAt(from), shareAt(event.offsetY)];
      set(Math.min(one, other), Math.max(one, other) >= 1 && Math.min(one, other) <= 0 ? 0.9999 : Math.max(one, other));
    });
    group.addEventListener("pointerup", (event) => { if (Math.abs(event.offsetY - from) < 3) { brushes.delete(scale); apply(); } from = null; });
    group.addEventListener("keydown", (event) => {
      const [low, high] = brushes.get(scale) ?? [0, 1];
      const moves = { ArrowUp: [low + 0.1, high], ArrowDown: [low, high - 0.1], Escape: [0, 1] };
      const next = moves[event.key];
      if (!next) return;
      event.preventDefault();
      if (next[1] - next[0] > 0.04) set(...next);
    });
    over.append(group);
    mark();
    return { scale, x, mark };
  }

  function layout() {
    const list = scales.filter((scale) => chosen.has(scale));
    width = Math.max(box.parentElement.clientWidth - 36, SIDE * 2 + APART * Math.max(0, list.length - 1));
    over.setAttribute("width", String(width));
    canvas.style.width = `${width}px`;
    canvas.style.height = `${HEIGHT}px`;
    box.style.width = `${width}px`;
    over.replaceChildren();
    const step = list.length > 1 ? (width - 2 * SIDE) / (list.length - 1) : 0;
    axes = list.map((scale, i) => axisOf(scale, list.length > 1 ? SIDE + i * step : width / 2));
    paint();
  }

  listeners.lit.push((id) => { if (lit !== id) { lit = id; paint(); } });
  over.addEventListener("pointermove", (event) => {
    if (event.buttons || axes.length < 2) return;
    const right = axes.findIndex((axis) => axis.x > event.offsetX);
    if (right < 1) { light(null); return; }
    const [a, b] = [axes[right - 1], axes[right]];
    const share = (event.offsetX - a.x) / (b.x - a.x);
    let best = null;
    let least = 6;
    for (const run of runs) {
      const [one, other] = [a.scale.shares[run.index], b.scale.shares[run.index]];
      if (one === null || other === null || !passes(run)) continue;
      const distance = Math.abs(y(one + (other - one) * share) - event.offsetY);
      if (distance < least) { least = distance; best = run.id; }
    }
    light(best);
  });
  over.addEventListener("pointerleave", () => light(null));
  let room = box.parentElement.clientWidth;
  new ResizeObserver(() => { if (room !== box.parentElement.clientWidth) { room = box.parentElement.clientWidth; layout(); } }).observe(box.parentElement);
  new MutationObserver(paint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  layout();
}
