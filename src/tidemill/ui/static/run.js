// Graphs that can be made larger, dragged and fitted; a run that shows how it goes on; log lines as they come.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const EVERY_MS = 2000;
  const MOST_LINES = 5000;

  // graphs: the natural size stands in the view box, the shown one in width and height
  const scales = new Map();
  const keyOf = (box) => box.getAttribute("aria-label");
  const natural = (svg) => ({ width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height });
  const fitted = (box) => {
    const size = natural(box.querySelector("svg"));
    return Math.max(0.3, Math.min(1, (box.clientWidth - 4) / size.width));
  };
  const show = (box, scale) => {
    const svg = box.querySelector("svg");
    const size = natural(svg);
    svg.setAttribute("width", String(size.width * scale));
    svg.setAttribute("height", String(size.height * scale));
  };
  // a picture that was not touched is as wide as its box, but never too small to read
  const usual = (box) => Math.max(0.7, fitted(box));
  const scaleOf = (box) => scales.get(keyOf(box)) ?? usual(box);
  const showGraphs = () => all(".graph-box").forEach((box) => show(box, scaleOf(box)));
  const zoom = (box, how) => {
    const now = scaleOf(box);
    const next = how === "fit" ? fitted(box) : Math.max(0.1, Math.min(3, how === "+" ? now * 1.25 : now / 1.25));
    const [x, y] = [(box.scrollLeft + box.clientWidth / 2) / now, (box.scrollTop + box.clientHeight / 2) / now];
    scales.set(keyOf(box), next);
    show(box, next);
    box.scrollTo(x * next - box.clientWidth / 2, y * next - box.clientHeight / 2);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom]");
    if (button) zoom(button.closest(".card").querySelector(".graph-box"), button.dataset.zoom);
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.(".graph-box");
    if (box && ["+", "-", "0"].includes(event.key) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      zoom(box, event.key === "0" ? "fit" : event.key);
    }
  });
  let drag = null;
  document.addEventListener("pointerdown", (event) => {
    const box = event.target.closest(".graph-box");
    if (box && event.pointerType === "mouse" && event.button === 0) {
      drag = { box, x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop, moved: false };
    }
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved && Math.abs(dx) + Math.abs(dy) < 5) return;
    drag.moved = true;
    drag.box.classList.add("dragged");
    drag.box.scrollTo(drag.left - dx, drag.top - dy);
  });
  document.addEventListener("pointerup", () => {
    drag?.box.classList.remove("dragged");
    setTimeout(() => { drag = null; }, 0);
  });
  document.addEventListener("click", (event) => { if (drag?.moved) event.preventDefault(); }, true);
  document.addEventListener("dragstart", (event) => { if (event.target.closest?.(".graph-box")) event.preventDefault(); });
  addEventListener("resize", showGraphs);
  document.addEventListener("htmx:after:swap", showGraphs);
  showGraphs();
  all(".graph-box").forEach((box) => { box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2; });

  // a run that goes on is asked for again; an answer without content says that nothing has changed
  const live = () => document.getElementById("live");
  let asking = false;
  setInterval(async () => {
    const box = live();
    if (!box?.dataset.liveUrl?.startsWith("/") || document.hidden || asking || !window.htmx) return;
    asking = true;
    const url = new URL(box.dataset.liveUrl, location.href);
    url.searchParams.set("seen", box.dataset.stamp);
    try {
      await htmx.ajax("GET", url.pathname + url.search, { target: "#live", select: "#live", swap: "outerMorph" });
    } catch { /* the server is away: the next time will do */ }
    asking = false;
    showGraphs();
  }, EVERY_MS);

  // log lines: a stream while the run goes on, else what there is
  const card = document.querySelector("[data-logs]");
  if (!card?.dataset.logs?.startsWith("/")) return;
  const pre = card.querySelector("pre");
  let last = -1;
  const clock = (at) => (typeof at === "number" ? new Date(at * 1000).toISOString() : String(at)).slice(11, 19);
  const add = (line) => {
    if (line.seq <= last) return;
    last = line.seq;
    pre.querySelector("[data-logs-none]")?.remove();
    const atEnd = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 8;
    const row = document.createElement("span");
    const when = document.createElement("span");
    when.className = "log-at";
    when.textContent = `${clock(line.at)} ${"position" in card.dataset ? "" : `${line.position + 1} `}`;
    row.className = line.stream === "stderr" ? "log-err" : "log-out";
    row.append(when, `${line.text}\n`);
    pre.append(row);
    while (pre.childElementCount > MOST_LINES) pre.firstElementChild.remove();
    if (atEnd) pre.scrollTop = pre.scrollHeight;
  };
  const address = (path) => {
    const url = new URL(path, location.href);
    if ("position" in card.dataset) url.searchParams.set("position", card.dataset.position);
    return url;
  };
  const goesOn = () => Boolean(live()?.dataset.liveUrl) || card.hasAttribute("data-goes-on");
  const poll = async () => {
    const url = address(card.dataset.logs);
    if (last >= 0) url.searchParams.set("after", String(last));
    let found = 0;
    try {
      const answer = await fetch(url, { headers: { accept: "application/json" } });
      if (answer.ok) {
        const lines = (await answer.json()).lines ?? [];
        lines.forEach(add);
        found = lines.length;
      }
    } catch { /* the server is away: the next time will do */ }
    if (found || goesOn()) setTimeout(poll, found ? 0 : EVERY_MS);
  };
  if (!goesOn() || !window.EventSource) { poll(); return; }
  const stream = new EventSource(address(`${card.dataset.logs}/stream`));
  const take = (event) => { try { add(JSON.parse(event.data)); } catch { /* no line of ours */ } };
  stream.addEventListener("line", take);
  stream.addEventListener("message", take);
  stream.addEventListener("end", () => { stream.close(); poll(); });
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED || !goesOn()) { stream.close(); poll(); }
  });
})();
