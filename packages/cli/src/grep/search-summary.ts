import { sum } from "../ingest/input-progress.js";
import { formatCount, plural } from "../terminal/units.js";
import type { FlowSearch } from "./flow-search.js";

/** What a search came to, in a sentence or two for stderr. */
export function searchSummary(search: FlowSearch): string {
  const { matched, read, inputs, skipped, odd, problems, withoutFlows, limited } = search;
  const verb = matched === 1 ? "matches" : "match";
  const parts = [`${formatCount(matched)} of ${plural(read, "flow")} ${verb}`, plural(inputs, "file")];
  const { "not-matched": _notMatched, ...others } = skipped;
  if (sum(others) > 0) parts.push(`${formatCount(sum(others))} left out${reasons(others)}`);
  if (sum(odd) > 0) parts.push(`${formatCount(sum(odd))} could not be read as flows${reasons(odd)}`);
  if (withoutFlows > 0) parts.push(`${plural(withoutFlows, "file")} without flows`);
  if (problems.length > 0) parts.push(`${plural(problems.length, "file")} not read to the end, see above`);
  const sentence = `${parts.join(", ")}.`;
  return limited ? `${sentence} Stopped at the limit: there may be more.` : sentence;
}

function reasons(counters: Readonly<Record<string, number>>): string {
  return ` (${Object.entries(counters)
    .map(([reason, count]) => `${reason} ${formatCount(count)}`)
    .join(", ")})`;
}
