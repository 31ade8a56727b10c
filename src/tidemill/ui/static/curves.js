// Curves on uPlot: it keeps the axes, the scales, the cursor and zooming; the curves are painted here, hundreds at once.
const styles = () => getComputedStyle(document.documentElement);
const COLOURS = 6;

// light-dark() is resolved by the browser only where a colour is used: a box that nobody sees tells it
let probe = null;
const known = new Map();
const charts = new Set();
export function colour(token) {
  if (known.has(token)) return known.get(token);
  if (!probe) {
    probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(--${token})`;
  known.set(token, getComputedStyle(probe).color);
  return known.get(token);
}
const repaint = () => { known.clear(); charts.forEach((chart) => chart.plot?.redraw(false)); };
new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
export const colourOf = (index) => colour(`c${(index % COLOURS) + 1}`);

const withDigits = [0, 1, 2, 3, 4].map((digits) => new Intl.NumberFormat("en", { maximumFractionDigits: digits }));
const shortNumber = (value) => {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace("e+", "e").replace("-", "−");
  const digits = size < 1 ? 4 : size < 10 ? 3 : size < 100 ? 2 : size < 10_000 ? 1 : 0;
  return withDigits[digits].format(value).replace("-", "−");
};
export const told = shortNumber;

// Exponential smoothing that forgets by distance on the axis, so that sparse and dense points count alike.
export function smoothed(xs, ys, strength) {
  if (!strength) return ys;
  const span = (xs.at(-1) - xs[0]) / Math.max(1, xs.length - 1) || 1;
  let mean = NaN;
  return ys.map((y, i) => {
    if (!Number.isFinite(y)) return y;
    if (Number.isNaN(mean)) mean = y;
    else mean += (1 - strength ** Math.max(1, (xs[i] - xs[i - 1]) / span)) * (y - mean);
    return mean;
  });
}

export class CurveChart {
  // box: the element to fill. options: name of the metric, height, onZoom(from, to | null), onPoint(curve | null)
  constructor(box, options) {
    this.box = box;
    this.options = options;
    this.curves = [];
    this.settings = { log: false, axis: "step", strength: 0 };
    this.lit = null;
    this.shown = null;
    this.plot = null;
    this.range = null;
    new ResizeObserver(() => this.fit()).observe(box);
    charts.add(this);
  }

  set(curves, settings = {}) {
    this.curves = curves;
    Object.assign(this.settings, settings);
    this.prepare();
    if (this.plot) {
      this.plot.setData(this.ends(), false);
      this.rescale();
    } else this.make();
  }

  configure(settings) {
    const log = settings.log !== undefined && settings.log !== this.settings.log;
    const axis = settings.axis !== undefined && settings.axis !== this.settings.axis;
    Object.assign(this.settings, settings);
    if (axis) this.range = null;
    this.prepare();
    if (log || axis) { this.plot?.destroy(); this.plot = null; this.make(); } else if (this.plot) { this.plot.setData(this.ends(), false); this.rescale(); }
  }

  light(id) { if (this.lit !== id) { this.lit = id; this.plot?.redraw(false); } }
  only(ids) { this.shown = ids; this.prepare(); if (this.plot) { this.plot.setData(this.ends(), false); this.rescale(); } }

  prepare() {
    for (const curve of this.curves) {
      curve.xs = this.settings.axis === "time" ? curve.times.map((at) => (at - curve.times[0]) / 1000) : curve.steps;
      curve.smooth = smoothed(curve.xs, curve.values, this.settings.strength);
      curve.broken = curve.values.some((value) => !Number.isFinite(value));
    }
  }

  visible() { return this.shown ? this.curves.filter((curve) => this.shown.has(curve.id)) : this.curves; }

  // lowest and highest of what is shown, for axes; a broken number has no place on them
  bounds() {
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { xs, values } of this.visible()) {
      for (let i = 0; i < xs.length; i += 1) {
        const x = xs[i];
        if (this.range && (x < this.range[0] || x > this.range[1])) continue;
        if (x < x0) x0 = x;
        if (x > x1) x1 = x;
        const y = values[i];
        if (!Number.isFinite(y) || (this.settings.log && y <= 0)) continue;
        if (y < y0) y0 = y;
        if (y > y1) y1 = y;
      }
    }
    if (this.range) [x0, x1] = this.range;
    if (x0 > x1) [x0, x1] = [0, 1];
    if (x0 === x1) [x0, x1] = [x0 - 0.5, x1 + 0.5];
    if (y0 > y1) [y0, y1] = this.settings.log ? [1, 10] : [0, 1];
    if (this.settings.log) [y0, y1] = [y0 * 0.9, y1 * 1.1];
    else {
      const room = (y1 - y0) * 0.06 || Math.abs(y0) * 0.1 || 1;
      [y0, y1] = [y0 - room, y1 + room];
    }
    return { x0, x1, y0, y1 };
  }

  ends() { const { x0, x1, y0, y1 } = this.bounds(); return [[x0, x1], [y0, y1]]; }

  rescale() {
    const { x0, x1, y0, y1 } = this.bounds();
    this.plot.batch(() => { this.plot.setScale("x", { min: x0, max: x1 }); this.plot.setScale("y", { min: y0, max: y1 }); });
  }

  fit() {
    const width = this.box.clientWidth;
    if (this.plot && width && width !== this.plot.width) this.plot.setSize({ width, height: this.options.height });
  }

  make() {
    const chart = this;
    const grid = { stroke: () => colour("line"), width: 1 };
    const font = `11px ${styles().getPropertyValue("--sans")}`;
    const axis = { stroke: () => colour("ink-3"), font, grid, ticks: { show: false }, gap: 4 };
    const time = this.settings.axis === "time";
    const { x0, x1, y0, y1 } = this.bounds();
    this.plot = new uPlot({
      width: this.box.clientWidth || 320,
      height: this.options.height,
      legend: { show: false },
      pxAlign: 0,
      padding: [8, 10, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { time: false, auto: false, min: x0, max: x1 },
        y: { auto: false, distr: this.settings.log ? 3 : 1, min: y0, max: y1 },
      },
      axes: [
        { ...axis, size: 26, space: 56, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : time ? tellSeconds(tick) : Number.isInteger(tick) ? shortNumber(tick) : "")) },
        { ...axis, size: 58, space: 28, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : shortNumber(tick))) },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: {
        draw: [(plot) => chart.paint(plot)],
        setCursor: [(plot) => chart.point(plot)],
        setSelect: [(plot) => chart.zoom(plot)],
      },
    }, [[x0, x1], [y0, y1]], this.box);
    this.plot.over.addEventListener("dblclick", () => this.unzoom());
    this.plot.over.addEventListener("mouseleave", () => this.options.onPoint?.(null));
  }

  zoom(plot) {
    if (plot.select.width < 4) return;
    const [from, to] = [plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x")];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.range = [from, to];
    this.rescale();
    this.options.onZoom?.(from, to);
  }

  unzoom() {
    if (!this.range) return;
    this.range = null;
    this.rescale();
    this.options.onZoom?.(null, null);
  }

  paint(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const shown = this.visible();
    const many = shown.length > COLOURS;
    ctx.lineJoin = shown.length > 60 ? "bevel" : "round"; // of thin lines nobody sees their joins, which cost the most
    const ratio = devicePixelRatio || 1;
    for (const curve of shown) {
      if (curve.id === this.lit) continue;
      const faded = this.lit !== null ? 0.16 : many ? Math.max(0.14, Math.min(0.8, 22 / shown.length)) : 1;
      this.paintOne(plot, curve, faded, (many ? 1.1 : 1.8) * ratio);
    }
    const lit = shown.find((curve) => curve.id === this.lit);
    if (lit) this.paintOne(plot, lit, 1, 2.6 * ratio);
    ctx.restore();
  }

  paintOne(plot, curve, alpha, width) {
    const { ctx } = plot;
    ctx.strokeStyle = colourOf(curve.index);
    ctx.fillStyle = ctx.strokeStyle;
    if (this.settings.strength) {
      ctx.globalAlpha = alpha * 0.28;
      ctx.lineWidth = width * 0.8;
      this.trace(plot, curve.xs, curve.values);
    }
    ctx.globalAlpha = alpha;
    ctx.lineWidth = width;
    this.trace(plot, curve.xs, curve.smooth);
    if (curve.broken) this.marks(plot, curve, alpha);
    ctx.globalAlpha = 1;
  }

  trace(plot, xs, ys) {
    const { ctx, bbox } = plot;
    const { x, y } = plot.scales;
    const kx = bbox.width / (x.max - x.min);
    const log = this.settings.log;
    const [low, high] = log ? [Math.log10(y.min), Math.log10(y.max)] : [y.min, y.max];
    const ky = bbox.height / (high - low);
    const bottom = bbox.top + bbox.height;
    ctx.beginPath();
    let open = false;
    let only = true;
    for (let i = 0; i < xs.length; i += 1) {
      const value = ys[i];
      if (!Number.isFinite(value) || (log && value <= 0)) { open = false; continue; }
      const px = bbox.left + (xs[i] - x.min) * kx;
      const py = bottom - ((log ? Math.log10(value) : value) - low) * ky;
      if (open) { ctx.lineTo(px, py); only = false; } else ctx.moveTo(px, py);
      open = true;
    }
    ctx.stroke();
    if (only || xs.length < 3) this.dots(plot, xs, ys, { kx, ky, low, bottom, log });
  }

  dots({ ctx, bbox, scales }, xs, ys, { kx, ky, low, bottom, log }) {
    for (let i = 0; i < xs.length; i += 1) {
      if (!Number.isFinite(ys[i]) || (log && ys[i] <= 0)) continue;
      ctx.beginPath();
      ctx.arc(bbox.left + (xs[i] - scales.x.min) * kx, bottom - ((log ? Math.log10(ys[i]) : ys[i]) - low) * ky, 2.6 * (devicePixelRatio || 1), 0, 7);
      ctx.fill();
    }
  }

  // what is no number has no height: a cross at the foot for NaN, an arrow at the edge for an infinity
  marks({ ctx, bbox, scales }, curve, alpha) {
    const kx = bbox.width / (scales.x.max - scales.x.min);
    const r = 3.5 * (devicePixelRatio || 1);
    ctx.strokeStyle = colour("bad");
    ctx.lineWidth = r / 2;
    for (let i = 0; i < curve.xs.length; i += 1) {
      const value = curve.values[i];
      if (Number.isFinite(value)) continue;
      const x = bbox.left + (curve.xs[i] - scales.x.min) * kx;
      const up = value > 0;
      ctx.globalAlpha = alpha;
      ctx.beginPath();
      if (Number.isNaN(value)) {
        const y = bbox.top + bbox.height - 2 * r;
        ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r);
      } else {
        const y = up ? bbox.top + r : bbox.top + bbox.height - r;
        ctx.moveTo(x - r, up ? y + r : y - r); ctx.lineTo(x, y); ctx.lineTo(x + r, up ? y + r : y - r);
      }
      ctx.stroke();
    }
  }

  // the point nearest to the cursor, of any curve
  point(plot) {
    const { left, top } = plot.cursor;
    if (left < 0 || !this.options.onPoint) return;
    const at = plot.posToVal(left, "x");
    let best = null;
    let least = 40 ** 2;
    for (const curve of this.visible()) {
      const near = nearest(curve.xs, at);
      for (const i of [near - 1, near, near + 1]) {
        const y = curve.smooth[i];
        if (y === undefined || !Number.isFinite(y)) continue;
        const distance = (plot.valToPos(curve.xs[i], "x") - left) ** 2 * 0.2 + (plot.valToPos(y, "y") - top) ** 2;
        if (distance < least) { least = distance; best = { curve, i }; }
      }
    }
    this.options.onPoint(best);
  }
}

function nearest(xs, at) {
  let [low, high] = [0, xs.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < at) low = middle + 1; else high = middle;
  }
  return low;
}

export function tellSeconds(seconds) {
  if (seconds < 120) return `${shortNumber(seconds)} s`;
  if (seconds < 7200) return `${shortNumber(seconds / 60)} min`;
  return `${shortNumber(seconds / 3600)} h`;
}

// JSON knows no NaN: what is no number comes as text or null
export const numberOf = (value) => {
  if (typeof value === "number") return value;
  if (value === "Infinity" || value === "inf") return Infinity;
  if (value === "-Infinity" || value === "-inf") return -Infinity;
  return NaN;
};
