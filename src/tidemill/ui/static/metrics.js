// The charts of a run: a metric is fetched when its chart comes into sight, again while the run goes on, exact on zoom.
import { CurveChart, told, tellSeconds } from "./curves.js";
import { histories } from "./histories.js";

const POINTS = 400;
const EVERY_MS = 3000;
const root = document.getElementById("metrics");
if (root) start(root);

function start(root) {
  const run = root.dataset.run;
  const address = new URL(location.href);
  const settings = {
    log: address.searchParams.get("log") === "1",
    axis: address.searchParams.get("axis") === "time" ? "time" : "step",
    strength: Math.min(0.99, Math.max(0, Number(address.searchParams.get("smooth")) || 0)),
  };
  const charts = new Map();
  const inSight = new Set();
  const goesOn = () => Boolean(document.getElementById("live")?.dataset.liveUrl);

  const say = (figure, words) => { figure.querySelector(".curve-said").textContent = words; };
  const pointed = (figure, usual) => (found) => {
    if (!found) { say(figure, usual()); return; }
    const { curve, i } = found;
    const where = settings.axis === "time" ? `${tellSeconds(curve.xs[i])} (step ${curve.steps[i].toLocaleString("en")})` : `step ${curve.steps[i].toLocaleString("en")}`;
    say(figure, `${told(curve.values[i])} at ${where}${settings.strength ? `, smoothed ${told(curve.smooth[i])}` : ""}`);
  };
  const summary = (series) => {
    const odd = series.values.filter((value) => !Number.isFinite(value)).length;
    const exact = series.n_points > series.steps.length ? `${series.steps.length} of ${series.n_points.toLocaleString("en")} points` : `${series.n_points.toLocaleString("en")} ${series.n_points === 1 ? "point" : "points"}`;
    return `${exact}${odd ? `, ${odd} no number` : ""}`;
  };

  async function show(figure, range = null) {
    const key = figure.dataset.key;
    let chart = charts.get(figure);
    if (!chart) {
      chart = { series: null, range: null };
      charts.set(figure, chart);
    }
    chart.range = range;
    try {
      const [from, to] = range ?? [null, null];
      const [series] = await histories({ runs: [run], key, points: POINTS, from, to });
      if (chart.range !== range || !series) return;
      chart.series = series;
      const curve = { id: run, index: 0, steps: series.steps, values: series.values, times: series.times };
      if (!chart.plot) {
        const usual = () => summary(chart.series);
        chart.plot = new CurveChart(figure.querySelector(".curve-box"), {
          height: 190,
          onPoint: pointed(figure, usual),
          onZoom: (from, to) => zoomed(figure, from, to),
        });
      }
      chart.plot.set([curve], settings);
      say(figure, summary(series));
    } catch (error) { say(figure, `It cannot be shown: ${error.message}`); }
  }

  // a stretch of steps is fetched again, with every point that it has if these are few enough
  function zoomed(figure, from, to) {
    if (from === null) { show(figure); return; }
    if (settings.axis === "time") return;
    show(figure, [Math.floor(from), Math.ceil(to)]);
  }

  const seen = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
    if (isIntersecting) inSight.add(target); else inSight.delete(target);
    if (isIntersecting && !charts.has(target)) show(target);
  }), { rootMargin: "200px" });
  root.querySelectorAll("figure[data-key]").forEach((figure) => seen.observe(figure));

  setInterval(() => {
    if (goesOn() && !document.hidden) inSight.forEach((figure) => { if (!charts.get(figure)?.range) show(figure); });
  }, EVERY_MS);

  const form = root.querySelector("form.curve-tools");
  form.elements.log.checked = settings.log;
  form.elements.axis.value = settings.axis;
  form.elements.smooth.value = String(settings.strength);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const typed = form.elements.metric.value.toLowerCase();
    root.querySelectorAll("figure[data-key]").forEach((figure) => { figure.hidden = !figure.dataset.key.toLowerCase().includes(typed); });
    settings.log = form.elements.log.checked;
    settings.axis = form.elements.axis.value;
    settings.strength = Number(form.elements.smooth.value);
    for (const chart of charts.values()) chart.plot?.configure(settings);
    const kept = { log: settings.log ? "1" : "", axis: settings.axis === "time" ? "time" : "", smooth: settings.strength ? String(settings.strength) : "" };
    for (const [name, value] of Object.entries(kept)) { if (value) address.searchParams.set(name, value); else address.searchParams.delete(name); }
    history.replaceState(null, "", address);
  });
}
