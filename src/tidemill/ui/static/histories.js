// Histories of a metric as the API gives them: at most so many points a curve, exact where that is all there is.
import { numberOf } from "./curves.js";

export async function histories({ runs, key, points, from = null, to = null, signal = undefined }) {
  // written as text: each append to the parameters of a URL writes all of it anew, and here are hundreds
  const asked = [...runs.map((run) => `run=${encodeURIComponent(run)}`), `key=${encodeURIComponent(key)}`, `points=${points}`];
  if (from !== null) asked.push(`from=${from}`, `to=${to}`);
  const url = new URL(`/api/metrics/history?${asked.join("&")}`, location.href);
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error((await answer.json()).error?.message ?? String(answer.status));
  return (await answer.json()).curves.map((each) => ({ ...each, times: each.at, values: each.values.map(numberOf) }));
}
