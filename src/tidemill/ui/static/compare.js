// Runs side by side: the table on the page is what everything here reads; curves are fetched a metric at a time.
import { completed } from "./search_field.js";
import { CurveChart, told, tellSeconds } from "./curves.js";
import { histories } from "./histories.js";
import { parallel } from "./parallel.js";
import { scatter } from "./scatter.js";

// of many runs fewer points each: a chart has so many dots across; up to 320 the server knows without their points
const pointsFor = (n) => Math.max(48, Math.min(320, Math.floor(24_000 / n)));

const field = document.getElementById("filter");
if (field) completed(field);
const table = document.getElementById("compared");
if (table) start(table);

function start(table) {
  const columns = [...table.tHead.rows[0].cells].map((cell, at) => ({ at, of: cell.dataset.of, name: cell.dataset.name })).filter((column) => column.name);
  const runs = [...table.tBodies[0].rows].map((row, index) => ({
    index,
    id: row.dataset.run,
    name: row.cells[0].textContent.trim(),
    row,
    values: columns.map(({ at }) => row.cells[at].dataset.key),
  }));
  const byId = new Map(runs.map((run) => [run.id, run]));
  const listeners = { lit: [], shown: [] };
  const light = (id) => listeners.lit.forEach((tell) => tell(id));
  const brushed = document.createElement("p");
  Object.assign(brushed, { className: "brushed", hidden: true });
  brushed.setAttribute("role", "status");
  document.getElementById("comparison").append(brushed);
  const show = (ids) => {
    brushed.hidden = ids === null;
    brushed.textContent = ids ? `${ids.size.toLocaleString("en")} of ${runs.length.toLocaleString("en")} runs pass the axes; the others are left out below and above.` : "";
    listeners.shown.forEach((tell) => tell(ids));
  };
  listeners.shown.push((ids) => runs.forEach((run) => { run.row.hidden = ids !== null && !ids.has(run.id); }));
  listeners.lit.push((id) => runs.forEach((run) => run.row.toggleAttribute("data-lit", run.id === id)));
  table.tBodies[0].addEventListener("mouseover", (event) => light(event.target.closest("tr")?.dataset.run ?? null));
  table.tBodies[0].addEventListener("mouseleave", () => light(null));
  document.querySelectorAll(".key-runs li").forEach((item) => {
    item.addEventListener("mouseenter", () => light(item.dataset.run));
    item.addEventListener("mouseleave", () => light(null));
  });

  drawCurves(runs, byId, listeners, light);
  const box = document.querySelector(".parallel-box");
  if (box) parallel(box, document.querySelector(".axes-chosen"), columns, runs, { light, show, listeners });
  if (document.getElementById("scatter")) scatter(document.getElementById("scatter"), columns, runs, { light, listeners });
}

function drawCurves(runs, byId, listeners, light) {
  const card = document.getElementById("curves");
  if (!card) return;
  const address = new URL(location.href);
  const settings = {
    log: address.searchParams.get("log") === "1",
    axis: address.searchParams.get("axis") === "time" ? "time" : "step",
    strength: Math.min(0.99, Math.max(0, Number(address.searchParams.get("smooth")) || 0)),
  };
  const ids = runs.map((run) => run.id);
  const points = pointsFor(ids.length);
  const charts = new Map();
  const figures = [...card.querySelectorAll("figure[data-key]")];
  const say = (figure, words) => { figure.querySelector(".curve-said").textContent = words; };
  const curvesOf = (series) => series.filter((each) => each.steps.length).map((each) => ({ id: each.run_id, index: byId.get(each.run_id)?.index ?? 0, steps: each.steps, values: each.values, times: each.times, n_points: each.n_points }));
  let left = figures.length;

  async function draw(figure, range = null) {
    const chart = charts.get(figure) ?? {};
    charts.set(figure, chart);
    chart.range = range;
    try {
      const [from, to] = range ?? [null, null];
      const series = await histories({ runs: ids, key: figure.dataset.key, points, from, to });
      if (chart.range !== range) return;
      const curves = curvesOf(series);
      const n_points = curves.reduce((sum, curve) => sum + curve.n_points, 0);
      chart.usual = `${curves.length.toLocaleString("en")} ${curves.length === 1 ? "curve" : "curves"}, ${n_points.toLocaleString("en")} points`;
      if (!chart.plot) {
        chart.plot = new CurveChart(figure.querySelector(".curve-box"), {
          height: 230,
          onPoint: (found) => {
            light(found?.curve.id ?? null);
            const where = found && (settings.axis === "time" ? tellSeconds(found.curve.xs[found.i]) : `step ${found.curve.steps[found.i].toLocaleString("en")}`);
            say(figure, found ? `${byId.get(found.curve.id).name}: ${told(found.curve.values[found.i])} at ${where}` : chart.usual);
          },
          onZoom: (low, high) => { if (settings.axis === "step") draw(figure, low === null ? null : [Math.floor(low), Math.ceil(high)]); },
        });
      }
      chart.plot.set(curves, settings);
      say(figure, chart.usual);
    } catch (error) { say(figure, `It cannot be shown: ${error.message}`); }
  }
  listeners.lit.push((id) => charts.forEach((chart) => chart.plot?.light(id)));
  listeners.shown.push((shown) => charts.forEach((chart) => chart.plot?.only(shown)));

  // a few at a time, in their order, so that the first stand before the last are asked for
  const waiting = [...figures];
  const next = async () => {
    while (waiting.length) {
      await draw(waiting.shift());
      left -= 1;
      if (!left) requestAnimationFrame(() => { performance.mark("tidemill-compared"); card.dataset.drawn = ""; });
    }
  };
  for (let i = 0; i < 3; i += 1) next();

  const form = card.querySelector("form.curve-tools");
  form.elements.log.checked = settings.log;
  form.elements.axis.value = settings.axis;
  form.elements.smooth.value = String(settings.strength);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const typed = form.elements.metric.value.toLowerCase();
    figures.forEach((figure) => { figure.hidden = !figure.dataset.key.toLowerCase().includes(typed); });
    Object.assign(settings, { log: form.elements.log.checked, axis: form.elements.axis.value, strength: Number(form.elements.smooth.value) });
    charts.forEach((chart) => chart.plot?.configure(settings));
    const kept = { log: settings.log ? "1" : "", axis: settings.axis === "time" ? "time" : "", smooth: settings.strength ? String(settings.strength) : "" };
    for (const [name, value] of Object.entries(kept)) { if (value) address.searchParams.set(name, value); else address.searchParams.delete(name); }
    history.replaceState(null, "", address);
  });
}
