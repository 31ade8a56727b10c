// The table of runs: only rows in sight are in the document, windows of the page's twin are fetched as one scrolls.
import { completed } from "./search_field.js";

const ROW = 34;
const AROUND = 12;
const MOST_WINDOWS = 60;
// Browsers cap the height of a box; a taller table is scrolled by shares instead of by pixels.
const TALLEST = 15_000_000;

const field = document.getElementById("filter");
if (field) completed(field);
const more = document.getElementById("column-more");
if (more) completed(more, { onlyKeys: true });

const box = document.querySelector(".rows-box");
if (box) start(box);

function start(box) {
  const pad = box.querySelector(".rows-pad");
  const table = box.querySelector("table");
  const body = table.tBodies[0];
  const place = document.getElementById("place");
  const size = Number(box.dataset.window);
  const total = Number(box.dataset.total);
  const numeric = [...table.tHead.rows[0].cells].map((cell) => cell.classList.contains("num"));
  const windows = new Map();
  const asked = new Map();
  const chosen = new Map();
  let here = -1;
  let shown = [-1, -1];
  const form = document.getElementById("chosen");

  // rows as they came with the page are the first window
  const first = Math.floor(Number(box.dataset.at) / size);
  windows.set(first, [...body.rows].filter((row) => row.querySelector("input")).map(read));
  function read(row) {
    const [pick, ...cells] = row.cells;
    const input = pick.querySelector("input");
    return {
      run_id: input.value,
      name: input.getAttribute("aria-label").replace(/^Choose /, ""),
      cells: cells.map((cell) => {
        const chip = cell.querySelector(".chip");
        return {
          text: cell.textContent.trim(),
          title: cell.title,
          tone: chip ? chip.className.replace("chip chip-", "") : "",
          url: cell.querySelector("a")?.getAttribute("href") ?? "",
        };
      }),
    };
  }

  const tall = () => Math.min(total * ROW, TALLEST);
  const inSight = () => Math.ceil(box.clientHeight / ROW);
  const scaled = () => total * ROW > TALLEST;
  const firstInSight = () => {
    if (!scaled()) return Math.floor(box.scrollTop / ROW);
    const share = box.scrollTop / Math.max(1, tall() - box.clientHeight);
    return Math.round(share * Math.max(0, total - inSight() + 1));
  };
  const scrollTo = (index) => {
    const at = firstInSight();
    const fits = inSight() - 3;
    if (index >= at && index < at + fits) return;
    const wanted = index < at ? index : index - fits + 1;
    if (scaled()) box.scrollTop = (wanted / Math.max(1, total - inSight() + 1)) * (tall() - box.clientHeight);
    else box.scrollTop = wanted * ROW;
  };
  const rowAt = (index) => windows.get(Math.floor(index / size))?.[index % size];

  function addressOf(number) {
    const url = new URL(box.dataset.twin, location.href);
    url.searchParams.delete("column");
    for (const heading of table.tHead.rows[0].cells) if (heading.title) url.searchParams.append("column", heading.title);
    url.searchParams.set("at", String(number * size));
    url.searchParams.set("counted", String(total));
    return url;
  }

  async function fetchWindow(number) {
    if (windows.has(number) || asked.has(number)) return;
    const stop = new AbortController();
    asked.set(number, stop);
    try {
      const answer = await fetch(addressOf(number), { signal: stop.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = await answer.json();
      windows.set(number, page.rows);
      if (windows.size > MOST_WINDOWS) windows.delete([...windows.keys()].find((key) => Math.abs(key - number) > 3));
      shown = [-1, -1];
      draw();
    } catch (error) {
      if (error.name !== "AbortError") place.textContent = "The server did not answer; scroll to try again.";
    } finally {
      if (asked.get(number) === stop) asked.delete(number);
    }
  }

  function cellOf(value, isNumber) {
    const cell = document.createElement("td");
    if (isNumber) cell.className = "num";
    if (value.title) cell.title = value.title;
    if (value.tone) {
      const chip = document.createElement("span");
      chip.className = `chip chip-${value.tone}`;
      chip.textContent = value.text;
      cell.append(chip);
    } else if (/^\/(?!\/)/.test(value.url)) {
      const link = document.createElement("a");
      link.href = value.url;
      link.textContent = value.text;
      cell.append(link);
    } else cell.textContent = value.text || "–";
    return cell;
  }

  function rowOf(index) {
    const row = document.createElement("tr");
    row.setAttribute("aria-rowindex", String(index + 1));
    row.dataset.index = String(index);
    if (index === here) row.dataset.here = "";
    const run = rowAt(index);
    const pick = document.createElement("td");
    pick.className = "pick";
    row.append(pick);
    if (!run) {
      row.className = "coming";
      const cell = document.createElement("td");
      cell.colSpan = numeric.length - 1;
      cell.textContent = "…";
      row.append(cell);
      return row;
    }
    const input = document.createElement("input");
    Object.assign(input, { type: "checkbox", name: "run", value: run.run_id, checked: chosen.has(run.run_id) });
    input.setAttribute("aria-label", `Choose ${run.name}`);
    pick.append(input);
    row.append(...run.cells.map((value, at) => cellOf(value, numeric[at + 1])));
    return row;
  }

  function draw() {
    const at = firstInSight();
    const from = Math.max(0, at - AROUND);
    const to = Math.min(total, at + inSight() + AROUND);
    if (from === shown[0] && to === shown[1]) return;
    shown = [from, to];
    const offset = scaled() ? Math.max(0, box.scrollTop - (at - from) * ROW) : from * ROW;
    pad.style.paddingTop = `${offset}px`;
    pad.style.paddingBottom = `${Math.max(0, tall() - offset - (to - from) * ROW)}px`;
    if (total) body.replaceChildren(...Array.from({ length: to - from }, (_, i) => rowOf(from + i)));
    keepWidths();
    if (total) place.textContent = `${(at + 1).toLocaleString("en")} to ${Math.min(total, at + inSight() - 1).toLocaleString("en")} of ${total.toLocaleString("en")}`;
    wish(Math.floor(from / size), Math.floor(Math.max(from, to - 1) / size));
  }

  // columns may become wider as wider values come, but never jump back
  const headings = [...table.tHead.rows[0].cells].map((cell) => ({ cell, width: 0 }));
  function keepWidths() {
    for (const heading of headings) heading.now = heading.cell.offsetWidth;
    for (const heading of headings) {
      if (heading.now > heading.width) { heading.width = heading.now; heading.cell.style.minWidth = `${heading.now}px`; }
    }
  }

  // what goes on is asked for again; runs that began since the page was loaded are told of, and not pushed in
  const LIVE_MS = 5000;
  const goesOn = (run) => run.goes_on ?? run.cells.some((cell) => cell.tone === "tide");
  async function refresh() {
    const [low, high] = [Math.floor(shown[0] / size), Math.floor(Math.max(shown[0], shown[1] - 1) / size)];
    const going = [...windows].filter(([number, rows]) => number >= low && number <= high && rows.some(goesOn));
    if (document.hidden || asked.size || (!going.length && performance.now() - heard < 6 * LIVE_MS)) return;
    heard = performance.now();
    let changed = false;
    for (const number of going.length ? going.map(([each]) => each) : [low]) {
      try {
        const url = addressOf(number);
        url.searchParams.delete("counted");
        const answer = await fetch(url);
        if (!answer.ok) return;
        const page = await answer.json();
        const fresh = page.n_runs - total;
        tellFresh(fresh > 0 ? `${fresh.toLocaleString("en")} more since: show ${fresh === 1 ? "it" : "them"}` : "");
        // once runs were added before them, places mean other runs than those that are shown
        if (page.n_runs !== total || JSON.stringify(windows.get(number)) === JSON.stringify(page.rows)) continue;
        windows.set(number, page.rows);
        changed = true;
      } catch { return; /* the server is away: the next time will do */ }
    }
    if (!changed) return;
    const walked = body.contains(document.activeElement);
    shown = [-1, -1];
    draw();
    if (walked) body.querySelector("tr[data-here] a")?.focus({ preventScroll: true });
  }
  let heard = 0;
  function tellFresh(words) {
    const link = document.getElementById("fresh");
    if (link && link.textContent !== words) { link.textContent = words; link.hidden = !words; }
  }
  document.getElementById("fresh")?.setAttribute("hidden", "");
  setInterval(refresh, LIVE_MS);

  // while one scrolls fast past windows, only those that one stays at are fetched
  let waiting = 0;
  function wish(low, high) {
    clearTimeout(waiting);
    for (const [number, stop] of asked) if (number < low - 1 || number > high + 1) stop.abort();
    waiting = setTimeout(() => { for (let i = low; i <= high; i += 1) fetchWindow(i); }, asked.size ? 90 : 20);
  }

  let frame = 0;
  const soon = () => { cancelAnimationFrame(frame); frame = requestAnimationFrame(draw); };
  box.addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", () => { shown = [-1, -1]; soon(); });

  // choosing
  const tell = () => {
    const words = document.getElementById("n-chosen");
    words.textContent = chosen.size ? `${chosen.size} chosen` : "";
    form.querySelector("button[type=submit]").disabled = chosen.size < 1;
  };
  const choose = (id, on) => { if (on) chosen.set(id, true); else chosen.delete(id); tell(); };
  body.addEventListener("change", (event) => choose(event.target.value, event.target.checked));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const url = new URL(form.action, location.href);
    for (const id of chosen.keys()) url.searchParams.append("run", id);
    location.assign(url);
  });
  tell();

  // keys
  const walk = (by) => {
    here = Math.max(0, Math.min(total - 1, here + by));
    scrollTo(here);
    shown = [-1, -1];
    draw();
    body.querySelector("tr[data-here] a")?.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, dialog[open]")) return;
    if (event.key === "j") walk(1);
    if (event.key === "k") walk(-1);
    if (event.key === "x" && rowAt(here)) {
      const id = rowAt(here).run_id;
      choose(id, !chosen.has(id));
      const input = body.querySelector("tr[data-here] input");
      if (input) input.checked = chosen.has(id);
    }
    if (event.key === "Enter" && event.target === box) body.querySelector("tr[data-here] a")?.click();
  });

  if (first) box.scrollTop = scaled() ? (first * size / total) * tall() : first * size * ROW;
  draw();
}
