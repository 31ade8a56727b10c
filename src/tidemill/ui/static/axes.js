// What parallel coordinates and scatter share: a scale made of a column, of numbers or of words.
import { told } from "./curves.js";

export function scaleOf(column, position, runs) {
  const raw = runs.map((run) => run.values[position]);
  const given = raw.filter((value) => value !== "");
  const numbers = raw.map((value) => (value === "" ? NaN : Number(value)));
  const finite = numbers.filter(Number.isFinite);
  const label = `${column.of}.${column.name}`;
  if (given.length && finite.length >= given.length * 0.9 && finite.length) {
    let [low, high] = [Math.min(...finite), Math.max(...finite)];
    const log = low > 0 && high / low >= 100;
    if (low === high) [low, high] = [low - Math.abs(low || 1) * 0.1, high + Math.abs(high || 1) * 0.1];
    const f = log ? Math.log10 : (value) => value;
    const at = (value) => (f(value) - f(low)) / (f(high) - f(low));
    const back = (share) => (log ? 10 ** (f(low) + share * (f(high) - f(low))) : low + share * (high - low));
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => ({ share, text: told(back(share)) }));
    return { label, column, log, shares: numbers.map((value) => (Number.isFinite(value) ? at(value) : null)), ticks, tell: (share) => told(back(share)) };
  }
  const words = [...new Set(given)].sort();
  const share = (word) => (words.length < 2 ? 0.5 : words.indexOf(word) / (words.length - 1));
  const every = Math.max(1, Math.ceil(words.length / 12));
  const ticks = words.filter((_, i) => i % every === 0).map((word) => ({ share: share(word), text: word }));
  return { label, column, shares: raw.map((value) => (value === "" ? null : share(value))), ticks, tell: (at) => words[Math.round(at * (words.length - 1))] ?? "" };
}

export const svg = (name, attributes = {}, text = "") => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text) element.textContent = text;
  return element;
};

export const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
