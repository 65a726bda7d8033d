import type { AccountStatus, FlowGap, FlowGaps, LakeStatus } from "@tributary/lake";
import { safeText } from "../terminal/safe-text.js";
import type { Style } from "../terminal/style.js";
import { formatBytes, formatCount, formatDuration, formatTime, plural } from "../terminal/units.js";
import { wrapText } from "../terminal/wrap-text.js";
import { dayText } from "./age-option.js";

export interface StatusPage {
  readonly status: LakeStatus;
  /** Absent when nobody looked for them. */
  readonly gaps?: FlowGaps & { readonly longerThan: number };
  /** ms since the epoch: inventories age. */
  readonly now: number;
  readonly style: Style;
  /** Columns; absent when the output is no terminal. */
  readonly width?: number;
}

/** Days without flows that are named; the others are counted. */
const NAMED_DAYS = 5;

export const GAP_NOTE =
  "An interface without traffic has no flows either: its NODATA lines are not kept, so a gap need not be a loss.";

/** What a lake holds, for people. */
export function statusPage({ status, gaps, now, style, width }: StatusPage): string {
  const { flows, files, partitions, bytes, accounts } = status;
  const perFlow = flows === 0 ? "" : `, ${formatBytes(bytes / flows)} a flow`;
  const lines = [
    style.heading(`${safeText(status.folder)}`),
    `  ${plural(flows, "flow")} in ${plural(files, "file")}, ${plural(partitions, "partition")}, ${formatBytes(bytes)}${perFlow}`,
    ...inputLines(status),
    ...parkedLines(status, style),
    ...inventoryLines(status, now),
    ...careLines(status, style),
    style.heading("Accounts"),
    ...accounts.flatMap((account) => accountLines(account, style)),
    ...(gaps === undefined ? [] : gapLines(gaps, style)),
  ];
  return lines.flatMap((line) => indented(line, width)).join("\n");
}

function inputLines({ inputs, prunedFlows }: LakeStatus): readonly string[] {
  const { known, unfinished, searched } = inputs;
  const state = unfinished === 0 ? "all read to their end" : `${formatCount(unfinished)} not read to their end`;
  const matches = Object.entries(searched).map(
    ([match, count]) => `  of ${plural(count, "input")} only what matches ${safeText(match)}`,
  );
  const pruned =
    prunedFlows === 0
      ? []
      : [`  ${prunedFlows === null ? "some" : formatCount(prunedFlows)} flows pruned with their days`];
  return [`  ${plural(known, "input")}, ${state}`, ...matches, ...pruned];
}

function parkedLines({ parked }: LakeStatus, style: Style): readonly string[] {
  if (parked.flows === 0) return [];
  const reasons = Object.entries(parked.reasons).map(([reason, count]) => `${reason} ${formatCount(count)}`);
  return [`  ${style.warning(formatCount(parked.flows))} parked  (${safeText(reasons.join(", "))})`];
}

function inventoryLines({ inventories }: LakeStatus, now: number): readonly string[] {
  return inventories.map(
    ({ account, region, collectedAt }) =>
      `  inventory of ${account} ${region}: ${formatTime(collectedAt)}, ${formatDuration(now - collectedAt)} old`,
  );
}

function careLines({ compactable, working }: LakeStatus, style: Style): readonly string[] {
  const lines: string[] = [];
  if (compactable.files > 0) {
    const where = plural(compactable.partitions, "partition");
    lines.push(
      `  ${plural(compactable.files, "small file")} in ${where}, ${formatBytes(compactable.bytes)}: ${style.command("tributary lake compact")}`,
    );
  }
  if (working.files > 0) {
    lines.push(
      `  ${formatBytes(working.bytes)} of a run under way, or left by an interrupted one (the next run removes it)`,
    );
  }
  return lines;
}

function accountLines(account: AccountStatus, style: Style): readonly string[] {
  const { firstDay, lastDay, days, missingDays, files, flows, bytes } = account;
  const missing = missingDays.slice(0, NAMED_DAYS).map(dayText).join(", ");
  const more = missingDays.length > NAMED_DAYS ? " …" : "";
  return [
    `  ${account.account}  ${dayText(firstDay)} to ${dayText(lastDay)}`,
    `    ${plural(days, "day")}, ${plural(flows, "flow")} in ${plural(files, "file")}, ${formatBytes(bytes)}`,
    ...(missingDays.length === 0
      ? []
      : [`    ${style.warning(`${plural(missingDays.length, "day")} missing`)}: ${missing}${more}`]),
  ];
}

function gapLines(found: FlowGaps & { readonly longerThan: number }, style: Style): readonly string[] {
  const { gaps, accountGaps, interfaceGaps, longerThan } = found;
  const counted = `${formatCount(accountGaps)} of accounts, ${formatCount(interfaceGaps)} of interfaces`;
  const shown = gaps.length < accountGaps + interfaceGaps ? "; the longest:" : "";
  const lines = [
    style.heading(`Gaps longer than ${formatDuration(longerThan)}`),
    ...(gaps.length === 0 ? ["  none"] : [`  ${counted}${shown}`, ...gaps.map(gapLine)]),
  ];
  return gaps.length === 0 ? lines : [...lines, `  ${style.muted(GAP_NOTE)}`];
}

function gapLine({ account, interface: name, from, to }: FlowGap): string {
  const where = name === undefined ? account : `${account} ${safeText(name)}`;
  return `  ${where}  ${formatDuration(to - from)}  ${formatTime(from)} to ${formatTime(to)}`;
}

/** Lines that are too long go on under themselves. */
function indented(line: string, width: number | undefined): readonly string[] {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const [first = "", ...rest] = wrapText(
    line.slice(indent.length),
    width === undefined ? undefined : width - indent.length - 2,
  );
  return [`${indent}${first}`, ...rest.map((each) => `${indent}  ${each}`)];
}
