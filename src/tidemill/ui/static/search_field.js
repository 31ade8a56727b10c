// Completion of keys and comparators in a field that holds the search grammar; a listbox as ARIA describes it.
const COMPARE = {
  metrics: [">", ">=", "<", "<=", "=", "!="],
  text: ["=", "!=", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL"],
  attributes: ["=", "!=", "LIKE", "ILIKE", ">", "<"],
};
const GROUPS = ["metrics.", "params.", "tags.", "attributes.", "datasets."];
const PLACE = /(?:^|\s+and\s+)((?:(?!\s+and\s).)*)$/i;
const KEY = /^\s*((?:\w+\.)?(?:`[^`]*`?|"[^"]*"?|[^\s=!<>]*))$/;
const AFTER_KEY = /^\s*((\w+)\.(?:`[^`]+`|"[^"]+"|[^\s=!<>]+)|\w+)\s+([A-Za-z!<>=]*)$/;
const AFTER_VALUE = /^\s*(?:\w+\.)?(?:`[^`]+`|"[^"]+"|[^\s=!<>]+)\s*(?:!=|<=|>=|=|<|>|i?like)\s*(?:'[^']*'|"[^"]*"|[-+.\dNnaIify]+)\s+(\w*)$/i;

// What may stand at the caret: where it begins, and what is asked for there.
export function wanted(text) {
  const part = PLACE.exec(text)[1];
  let found = AFTER_VALUE.exec(part);
  if (found) return { kind: "and", typed: found[1] };
  found = AFTER_KEY.exec(part);
  if (found) return { kind: "compare", of: found[2] ?? "attributes", typed: found[3] };
  found = KEY.exec(part);
  return found ? { kind: "key", typed: found[1] } : null;
}

let numbers = 0;

export function completed(field, { onlyKeys = false } = {}) {
  numbers += 1;
  const list = document.createElement("ul");
  Object.assign(list, { id: `completion-${numbers}`, className: "completion", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Completions");
  field.parentElement.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) {
    field.setAttribute(name, value);
  }
  let at = -1;
  let typed = "";
  let latest = 0;

  const close = () => {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    const items = [...list.children];
    items[at]?.setAttribute("aria-selected", "false");
    at = (next + items.length) % items.length;
    items[at].setAttribute("aria-selected", "true");
    items[at].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", items[at].id);
  };
  const take = (word) => {
    const caret = field.selectionStart ?? field.value.length;
    const before = field.value.slice(0, caret - typed.length);
    const space = onlyKeys || word.endsWith(".") ? "" : " ";
    field.setRangeText(word + space, before.length, caret, "end");
    close();
    field.focus();
    if (!onlyKeys || word.endsWith(".")) offer();
  };
  const show = (words) => {
    const marked = list.children[at]?.textContent;
    if (!words.length || (words.length === 1 && words[0] === typed)) { close(); return; }
    list.replaceChildren(...words.map((word, index) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.textContent = word;
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(word); });
      return item;
    }));
    at = -1;
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    field.removeAttribute("aria-activedescendant");
    if (words.includes(marked)) mark(words.indexOf(marked)); // what comes later does not take the choice away
  };
  const keysLike = async (prefix) => {
    const url = new URL("/api/run-keys", location.href);
    url.searchParams.set("prefix", prefix);
    new URLSearchParams(location.search).getAll("experiment").forEach((name) => url.searchParams.append("experiment", name));
    try {
      const answer = await fetch(url);
      return answer.ok ? (await answer.json()).keys : [];
    } catch { return []; }
  };
  async function offer() {
    latest += 1;
    const mine = latest;
    const text = field.value.slice(0, field.selectionStart ?? field.value.length);
    const place = onlyKeys ? { kind: "key", typed: text } : wanted(text);
    if (!place) { close(); return; }
    typed = place.typed;
    const like = (words) => words.filter((word) => word.toLowerCase().startsWith(typed.toLowerCase()));
    if (place.kind === "and") { show(like(["AND"])); return; }
    if (place.kind === "compare") {
      const of = place.of.startsWith("metric") ? "metrics" : place.of.startsWith("attr") || place.of === "run" ? "attributes" : "text";
      show(like(COMPARE[of]));
      return;
    }
    // until the server has answered, what is shown is what still fits: never what was typed before
    const shown = list.hidden ? [] : [...list.children].map((item) => item.textContent);
    show(like([...new Set([...GROUPS, ...shown])]).filter((word) => word !== typed));
    const known = typed ? await keysLike(typed) : [];
    if (mine === latest && document.activeElement === field) show([...like(GROUPS).filter((word) => word !== typed), ...known].slice(0, 12));
  }
  field.addEventListener("input", offer);
  field.addEventListener("focus", () => { if (!field.value) offer(); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden) { if (event.key === "ArrowDown") offer(); return; }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(at < 0 && event.key === "ArrowUp" ? -1 : at + (event.key === "ArrowDown" ? 1 : -1));
    } else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) {
      event.preventDefault();
      take(list.children[at].textContent);
    } else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
  });
}
