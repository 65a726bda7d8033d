import { relative } from "node:path";
import type { IngestSummary } from "../ingest/ingest-summary.js";
import { sum } from "../ingest/input-progress.js";
import type { Column } from "../terminal/column.js";
import { safeText } from "../terminal/safe-text.js";
import type { Style } from "../terminal/style.js";
import { formatBytes, formatCount, formatDuration, formatRate, plural } from "../terminal/units.js";

/** The summary of a run for people. */
export function summaryText(summary: IngestSummary, style: Style): string {
  const { flows, inputs, lake, seconds } = summary;
  const parked = sum(flows.parked);
  const place = shortPath(lake.path);
  const lines = [
    style.heading(
      `${plural(flows.read, "flow")} from ${plural(inputs.read, "file")} in ${formatDuration(seconds * 1000)} (${formatRate(flows.read, seconds * 1000)})`,
    ),
    `  delivered  ${style.good(formatCount(flows.delivered))}`,
    `  skipped    ${formatCount(sum(flows.skipped))}${reasons(flows.skipped)}`,
    `  parked     ${parked === 0 ? "0" : style.warning(formatCount(parked))}${reasons(flows.parked)}`,
  ];
  if (summary.stopped === "max-disk")
    lines.push(
      style.warning("  stopped before --max-disk was exceeded: the same command with more room reads the rest"),
    );
  if (inputs.otherMatch > 0)
    lines.push(
      style.warning(`  ${plural(inputs.otherMatch, "file")} left as before, read with another --match:`),
      "    --again replaces their rows by what this one finds, another --lake keeps both",
    );
  if (inputs.outside > 0)
    lines.push(`  ${plural(inputs.outside, "file")} outside the times, accounts and regions asked for`);
  if (inputs.unchanged > 0) lines.push(`  ${plural(inputs.unchanged, "file")} read before and unchanged`);
  if (inputs.notFlowLogs.length > 0) {
    const some = inputs.notFlowLogs.slice(0, 3).map(({ path, what }) => `    ${safeText(shortPath(path))}: ${what}`);
    const rest = inputs.notFlowLogs.length - some.length + (inputs.moreNotFlowLogs ?? 0);
    lines.push(
      `  ${plural(inputs.notFlowLogs.length + (inputs.moreNotFlowLogs ?? 0), "file")} without flows, left out:`,
      ...some,
    );
    if (rest > 0) lines.push(`    and ${formatCount(rest)} more (all with --output json)`);
    lines.push("    if one holds flows: give its field list with --format, or name the file itself to have it fail");
  }
  if (inputs.problems.length > 0)
    lines.push(
      style.warning(
        `  ${plural(inputs.problems.length + (inputs.moreProblems ?? 0), "file")} not read to the end, see above`,
      ),
    );
  if (parked > 0) lines.push(`  what was parked, with its text: ${style.command(`${place}/errors`)}`);
  lines.push(
    `${style.heading("Lake")} ${place}: ${plural(lake.rows, "flow")} in ${plural(lake.files, "file")}, ${plural(lake.partitions, "partition")}, ${formatBytes(lake.bytes)}`,
  );
  return lines.join("\n");
}

/** The same as rows, for the other output forms. */
export function summaryRows({ flows }: IngestSummary): {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
} {
  return {
    columns: [
      { name: "outcome", type: "VARCHAR" },
      { name: "reason", type: "VARCHAR" },
      { name: "flows", type: "BIGINT" },
    ],
    rows: [
      ["delivered", null, flows.delivered],
      ...Object.entries(flows.skipped).map(([reason, count]) => ["skipped", reason, count]),
      ...Object.entries(flows.parked).map(([reason, count]) => ["parked", reason, count]),
    ],
  };
}

/** A path as one would type it here. */
export function shortPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near === "" ? "." : near.startsWith("..") ? path : near;
}

function reasons(counters: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counters).map(([reason, count]) => `${reason} ${formatCount(count)}`);
  return parts.length === 0 ? "" : `  (${parts.join(", ")})`;
}
