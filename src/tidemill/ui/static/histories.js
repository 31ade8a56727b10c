// Histories of a metric as the API gives them: at most so many points a curve, exact where that is all there is.
import { numberOf } from "./curves.js";

export async function histories({ runs, key, points, from = null, to = null, signal = undefined }) {
  const url = new URL("/api/metrics/history", location.href);
  for (const run of runs) url.searchParams.append("run", run);
  url.searchParams.set("key", key);
  url.searchParams.set("points", String(points));
  if (from !== null) { url.searchParams.set("from", String(from)); url.searchParams.set("to", String(to)); }
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error((await answer.json()).error?.message ?? String(answer.status));
  return (await answer.json()).curves.map((each) => ({ ...each, times: each.at, values: each.values.map(numberOf) }));
}
