// Histories of a metric as the API gives them: at most so many points a curve, exact where that is all there is.
import { numberOf } from "./curves.js";

export async function histories({ runs, key, points, from = null, to = null, signal = undefined }) {
  const asked = { run_ids: runs, key, points, ...(from === null ? {} : { from, to }) };
  const answer = await fetch("/api/metrics/history", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(asked),
    signal,
  });
  if (!answer.ok) throw new Error((await answer.json()).error?.message ?? String(answer.status));
  return (await answer.json()).series.map((each) => ({ ...each, values: each.values.map(numberOf) }));
}
