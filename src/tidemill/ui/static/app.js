// Theme, copying, filtering, sorting, keyboard, jump box. Every page reads the same without this file.
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const said = document.getElementById("said");
  const say = (words) => { if (said) said.textContent = words; };

  // theme
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const themeButton = document.getElementById("theme");
  const nameTheme = () => themeButton?.setAttribute("aria-label", dark() ? "Use the light theme" : "Use the dark theme");
  nameTheme();
  themeButton?.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("tidemill-theme", root.dataset.theme); } catch { /* kept for this page only */ }
    nameTheme();
  });

  // copying: the clipboard needs a secure context, so plain http on another host goes by a selection
  const copyText = async (text) => {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  const copyFrom = async (button) => {
    const snippet = button.closest(".snippet")?.querySelector("pre");
    try { await copyText(button.dataset.copy || snippet?.textContent || ""); } catch { say("Copying was refused"); return; }
    button.dataset.done = "";
    say("Copied");
    setTimeout(() => { delete button.dataset.done; say(""); }, 1600);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".copy");
    if (button) copyFrom(button);
    all(".take details[open]").forEach((each) => { if (!each.contains(event.target)) each.open = false; });
  });
  all(".take details").forEach((each) => each.addEventListener("toggle", () => {
    if (each.open) copyFrom(each.querySelector(".copy"));
  }));

  // on a narrow screen the menu is one line: the page one is on is in sight
  const menu = document.querySelector(".menu");
  const current = menu?.querySelector("[aria-current]");
  if (current && menu.scrollWidth > menu.clientWidth) menu.scrollLeft = current.offsetLeft - menu.clientWidth / 2 + current.offsetWidth / 2;

  // what is wider than the screen is shown from its end: the newest
  all("[data-end]").forEach((each) => { each.scrollLeft = each.scrollWidth; });

  // filter: rows of this page at once; enter asks the server
  const filter = document.querySelector(".filter input, .search input[type=search]");
  const rows = () => all("table[data-rows] tbody tr");
  if (filter?.closest(".filter")) filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    rows().forEach((row) => {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) left += 1;
    });
    say(`${left} rows match`);
  });

  // sorting
  const keyOf = (row, index) => {
    const cell = row.cells[index];
    const key = cell?.dataset.key ?? cell?.textContent.trim() ?? "";
    const number = Number(key.replaceAll(",", "").replace("−", "-"));
    return key !== "" && !Number.isNaN(number) ? number : key.toLowerCase();
  };
  const sortBy = (table, heading) => {
    const falling = heading.getAttribute("aria-sort") === "ascending";
    all("th", table).forEach((each) => each.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const body = table.tBodies[0];
    const compare = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
    const sorted = [...body.rows].sort((a, b) => compare(keyOf(a, heading.cellIndex), keyOf(b, heading.cellIndex)));
    body.append(...(falling ? sorted.reverse() : sorted));
  };
  all("table[data-rows]").forEach((table) => all("thead th", table).forEach((heading) => {
    if (!heading.textContent.trim()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(table, heading));
  }));

  // jump box
  const jump = document.getElementById("jump");
  const places = () => {
    const seen = new Map();
    all(".menu a, main a[href^='/']:not(.take a)").forEach((link) => {
      const text = link.textContent.trim();
      if (text && !seen.has(link.pathname + link.search)) seen.set(link.pathname + link.search, text);
    });
    return [...seen];
  };
  const list = jump?.querySelector("ul");
  const search = jump?.querySelector("input");
  const showPlaces = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = places().filter(([url, text]) => words.every((word) => `${text} ${url}`.toLowerCase().includes(word)));
    list.replaceChildren(...found.slice(0, 40).map(([url, text], index) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const hint = document.createElement("span");
      link.href = url;
      hint.textContent = decodeURIComponent(url).slice(0, 40);
      link.append(text, hint);
      link.setAttribute("aria-selected", String(index === 0));
      item.append(link);
      return item;
    }));
  };
  const openJump = () => { search.value = ""; showPlaces(); jump.showModal(); search.focus(); };
  document.getElementById("jump-open")?.addEventListener("click", openJump);
  search?.addEventListener("input", showPlaces);
  jump?.addEventListener("click", (event) => { if (event.target === jump) jump.close(); });
  jump?.addEventListener("keydown", (event) => {
    const links = all("a", list);
    const here = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
    const go = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (go && links.length) {
      event.preventDefault();
      links[here]?.setAttribute("aria-selected", "false");
      const next = links[(here + go + links.length) % links.length];
      next.setAttribute("aria-selected", "true");
      next.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && here >= 0) {
      event.preventDefault();
      links[here].click();
    }
  });

  // keyboard: / filters, j and k walk the rows, enter opens, Escape closes
  const walk = (by) => {
    if (document.querySelector(".rows-box")) return; // a table of windows walks by itself
    const shown = rows().filter((row) => !row.hidden);
    if (!shown.length) return;
    const here = shown.findIndex((row) => "here" in row.dataset);
    const next = shown[Math.max(0, Math.min(shown.length - 1, here + by))];
    shown[here]?.removeAttribute("data-here");
    next.dataset.here = "";
    next.scrollIntoView({ block: "nearest" });
    next.querySelector("a")?.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (jump && !jump.open) openJump();
      return;
    }
    if (event.key === "Escape") {
      all(".take details[open]").forEach((each) => { each.open = false; each.querySelector("summary").focus(); });
      if (document.activeElement === filter) filter.blur();
    }
    if (jump?.open || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) return;
    if (event.key === "/") { event.preventDefault(); filter ? filter.focus() : openJump(); }
    if (event.key === "j") walk(1);
    if (event.key === "k") walk(-1);
    if (event.key === "Enter" && event.target === document.body) document.querySelector("tr[data-here] a")?.click();
  });

  // a page that nobody looks at does not ask the server
  document.addEventListener("htmx:before:request", (event) => {
    if (document.hidden && event.target.matches?.("[data-live]")) event.preventDefault();
  });
})();
