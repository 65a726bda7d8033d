import { safeText } from "../terminal/safe-text.js";
import type { Style } from "../terminal/style.js";
import { formatBytes, formatCount, formatRate, plural } from "../terminal/units.js";
import { wrapText } from "../terminal/wrap-text.js";
import type { DryRun } from "./dry-run.js";
import type { Estimate } from "./estimate.js";
import { byteRange, countRange, dollars, durationRange, roundedCount } from "./rounded.js";

const COLUMNS = 80;
const LABEL = 11;
const GROUPS = 10;

/** What a run would do, for people; in 80 columns. */
export function dryRunText(found: DryRun, style: Style): string {
  const { inputs } = found;
  const { toRead } = inputs;
  const noun = nounOf(found);
  const lines =
    toRead.inputs === 0
      ? [style.heading(`Nothing to read${emptyReason(found)}`), ...besides(found)]
      : [
          style.heading(`${plural(toRead.inputs, noun)} to read, ${formatBytes(toRead.bytes)}`),
          ...groupLines(found),
          ...besides(found),
          ...estimateLines(found),
        ];
  const end = toRead.inputs === 0 ? "Nothing was written." : "Nothing was written: run without --dry-run to do it.";
  return [...lines, ...s3Lines(found), style.muted(end)].join("\n");
}

/** The same as rows, for the other output forms. */
export function dryRunRows(
  found: DryRun,
): readonly (readonly [what: string, low: number, likely: number, high: number])[] {
  const { inputs, estimate, s3 } = found;
  const exact = (what: string, value: number) => [what, value, value, value] as const;
  const between = (what: string, { low, likely, high }: Estimate) => [what, low, likely, high] as const;
  return [
    exact("inputs", inputs.toRead.inputs),
    exact("bytes", inputs.toRead.bytes),
    exact("inputs unchanged", inputs.unchanged),
    exact("inputs outside", inputs.outside),
    ...(estimate === undefined
      ? []
      : [
          between("flows", estimate.flows),
          between("flows delivered", estimate.delivered),
          between("seconds", estimate.seconds),
          between("lake bytes", estimate.lakeBytes),
        ]),
    ...(s3 === undefined ? [] : [exact("list requests", s3.requests.list), exact("get requests", s3.requests.get)]),
    ...(s3?.cost === undefined
      ? []
      : [
          exact("usd for requests", s3.cost.requests),
          between("usd for transfer out", { ...s3.cost.transferOut, likely: s3.cost.transferOut.high }),
        ]),
  ];
}

function emptyReason({ inputs }: DryRun): string {
  if (inputs.unchanged > 0 && inputs.otherMatch === 0) return ": all of it is in the lake";
  return inputs.unchanged + inputs.otherMatch + inputs.outside === 0 ? ": nothing was found" : "";
}

function groupLines({ groups }: DryRun): readonly string[] {
  const told = groups.filter(({ account, region }) => account !== null || region !== null);
  if (told.length === 0) return [];
  const shown = groups
    .slice(0, GROUPS)
    .map(({ account, region, inputs, bytes, firstDay, lastDay }) => [
      safeText(account ?? (region === null ? "elsewhere" : "-")),
      safeText(region ?? "-"),
      formatCount(inputs),
      formatBytes(bytes),
      firstDay === null || lastDay === null ? "" : firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`,
    ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  const lines = shown.map((row) =>
    `  ${row.map((cell, column) => (column === 2 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join("  ")}`.trimEnd(),
  );
  const rest = groups.length - shown.length;
  return rest > 0 ? [...lines, `  and ${formatCount(rest)} more (all with --output json)`] : lines;
}

function besides({ inputs }: DryRun): readonly string[] {
  const { unchanged, outside, otherMatch, problems } = inputs;
  return [
    ...(unchanged === 0 ? [] : [`  ${plural(unchanged, "file")} read before and unchanged`]),
    ...(otherMatch === 0 ? [] : [`  ${plural(otherMatch, "file")} read with another --match, left as they are`]),
    ...(outside === 0 ? [] : [`  ${plural(outside, "file")} outside the times, accounts and regions asked for`]),
    ...(problems.length === 0 ? [] : [`  ${plural(problems.length, "path")} that cannot be read, see above`]),
  ];
}

function estimateLines(found: DryRun): readonly string[] {
  const { sample, estimate, inputs } = found;
  if (sample === undefined || estimate === undefined) return [];
  const { flows, delivered, seconds, lakeBytes, rate, scale, jobs } = estimate;
  const looked = `from ${formatCount(sample.inputs)} of ${plural(inputs.toRead.inputs, nounOf(found))}, ${formatBytes(sample.bytes)} of ${formatBytes(inputs.toRead.bytes)}, ${plural(sample.flows, "flow")}`;
  const odd = [
    ...(sample.notFlowLogs === 0 ? [] : [`${formatCount(sample.notFlowLogs)} of these hold no flow logs`]),
    ...(sample.problems.length === 0 ? [] : [`${formatCount(sample.problems.length)} could not be read, see above`]),
  ];
  const matched = sample.notMatched === 0 ? [] : [...labelled("matching", matching(sample, delivered))];
  return [
    ...labelled("estimated", [looked, ...odd].join("; ")),
    ...labelled("flows", countRange(flows)),
    ...matched,
    ...labelled(
      "time",
      `${durationRange(seconds)} with ${plural(jobs, "job")}: ${pace(rate, scale)}${fetching(sample)}`,
    ),
    ...labelled("lake", `${byteRange(lakeBytes)} of Parquet`),
  ];
}

function matching({ flows, notMatched }: NonNullable<DryRun["sample"]>, delivered: Estimate): string {
  const found = flows - notMatched;
  if (found === 0)
    return `none of the sample: fewer than ${roundedCount(Math.ceil((3 / flows) * 100 * 100) / 100)} % of the flows`;
  return `about ${roundedCount(delivered.likely)}, ${Number(((found / flows) * 100).toPrecision(2))} % of the sample's flows`;
}

function pace(rate: number, scale: { readonly low: number; readonly high: number }): string {
  const one = `one reads ${formatRate(Number(rate.toPrecision(2)), 1000)} here`;
  return scale.high === 1 ? one : `${one}, all ${Number(scale.low.toPrecision(2))} to ${scale.high} times that`;
}

function fetching({ fetchedPerSecond }: NonNullable<DryRun["sample"]>): string {
  return fetchedPerSecond === undefined ? "" : `; fetched ${formatBytes(fetchedPerSecond)}/s over one connection`;
}

function s3Lines({ s3 }: DryRun): readonly string[] {
  if (s3 === undefined) return [];
  const { requests, cost } = s3;
  const calls = `${formatCount(requests.list)} LIST (as many as now) and ${formatCount(requests.get)} GET`;
  if (cost === undefined) return labelled("requests", `${calls}; prices of this store are not known`);
  if (requests.get === 0) return labelled("requests", `${calls}: ${dollars(cost.requests)}`);
  const { low, high } = cost.transferOut;
  const { region, asOf } = cost.prices;
  const out = high === 0 ? "$0" : low === high ? dollars(high) : `${dollars(low)} to ${dollars(high)}`;
  return [
    ...labelled("requests", `${calls}: ${dollars(cost.requests)}`),
    ...labelled("transfer", `$0 in the bucket's region, ${out} out to the internet`),
    ...labelled("prices", `${asOf}, ${region}, S3 Standard, before any discount`),
  ];
}

function labelled(label: string, text: string): readonly string[] {
  return wrapText(text, COLUMNS - LABEL - 2).map(
    (line, index) => `  ${(index === 0 ? label : "").padEnd(LABEL)}${line}`,
  );
}

function nounOf({ inputs }: DryRun): string {
  return inputs.objects > 0 && inputs.objects === inputs.toRead.inputs ? "object" : "file";
}
