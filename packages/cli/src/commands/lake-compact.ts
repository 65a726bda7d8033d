import { type CompactSummary, compactionPlan, compactLake, type PartitionPlan, TARGET_BYTES } from "@tributary/lake";
import { Command, Option } from "commander";
import { ExitCode } from "../exit-code.js";
import { dayBefore, dayText } from "../lake-care/age-option.js";
import { inspectLake } from "../lake-care/inspect-lake.js";
import { printJson } from "../lake-care/print-rows.js";
import type { Style } from "../terminal/style.js";
import { formatBytes, formatCount, plural } from "../terminal/units.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { LAKE_MEMORY, workOnLake } from "./lake-work.js";
import { bytes, folder, memory, positiveInteger } from "./options.js";
import { RUN_DEFAULTS } from "./run.js";

interface CompactCommandOptions {
  readonly lake: string;
  readonly target: number;
  readonly before?: string;
  readonly dryRun?: boolean;
  readonly memory: number;
  readonly threads: number;
  readonly output: "table" | "json";
  readonly color: boolean;
}

/** What sorting takes a row; a smaller number of rows at a time is slower and no use. */
const BYTES_PER_ROW = 25_000;
const LEAST_ROWS = 2_000;

const EXAMPLES = `
Examples:
  tributary lake compact                        merge what is small in ./lake
  tributary lake compact --dry-run              which files would be merged
  tributary lake compact --before 7d            only days that no run adds to any more
  tributary lake compact --target 256MB --memory 4GB

Queries give the same before and after; ids stay, and so does what "run --again" replaces. Each merged file is one commit,
after which the files it replaces go: it can be stopped and run again, and while it works it needs up to four times --target of
free disk.`;

export function lakeCompactCommand(): Command {
  return new Command("compact")
    .description("Merge the small files of each account and day")
    .option("-l, --lake <dir>", "the lake's folder", folder, folder("lake"))
    .addOption(
      new Option("--target <size>", "of a merged file at most; files of half of it stay")
        .argParser(bytes)
        .default(TARGET_BYTES, "128MB"),
    )
    .option("--before <day>", "only days before this one: 2026-10-01, or an age such as 7d", (text) =>
      dayBefore(text, Date.now()),
    )
    .option("--dry-run", "say what would be merged, change nothing")
    .option("--memory <size>", "what DuckDB may use, at least 64MB", memory, LAKE_MEMORY)
    .option("--threads <n>", "what DuckDB may use", positiveInteger, RUN_DEFAULTS.threads)
    .addOption(new Option("-o, --output <form>", "of the summary").choices(["table", "json"]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<CompactCommandOptions>();
      const terminal = openTerminal(options.color);
      if (options.dryRun === true) await showPlan(options, terminal);
      else await compact(options, terminal);
    });
}

function selection({ target, before }: CompactCommandOptions) {
  return { targetBytes: target, ...(before === undefined ? {} : { before }) };
}

async function showPlan(options: CompactCommandOptions, terminal: Terminal): Promise<void> {
  const plans = await inspectLake({ folder: options.lake, memory: options.memory, terminal }, async ({ lake }) =>
    compactionPlan(lake.parquetFiles(), selection(options)),
  );
  if (options.output === "json") await printJson(plans.map(planned), terminal);
  else terminal.stdout.write(`${planText(plans, terminal.out)}\n`);
}

function planned({ accountId, eventDay, groups }: PartitionPlan) {
  return {
    account: accountId,
    day: dayText(eventDay),
    files: groups.reduce((sum, { files }) => sum + files.length, 0),
    into: groups.length,
    bytes: groups.reduce((sum, group) => sum + group.bytes, 0),
  };
}

function planText(plans: readonly PartitionPlan[], style: Style): string {
  const rows = plans.map(planned);
  const total = (key: "files" | "into" | "bytes") => rows.reduce((sum, row) => sum + row[key], 0);
  return [
    style.heading(
      `${plural(total("files"), "file")} (${formatBytes(total("bytes"))}) would become ${formatCount(total("into"))}`,
    ),
    ...rows.map(
      ({ account, day, files, into, bytes: size }) =>
        `  ${account}  ${day}  ${plural(files, "file")}, ${formatBytes(size)}, into ${formatCount(into)}`,
    ),
  ].join("\n");
}

async function compact(options: CompactCommandOptions, terminal: Terminal): Promise<void> {
  const { lake: path, threads } = options;
  const given = { folder: path, memory: options.memory, threads, terminal };
  const summary = await workOnLake(
    { ...given, whenStopped: "the files in hand are being finished." },
    async ({ lake, progress, signal }) => {
      const plans = compactionPlan(lake.parquetFiles(), selection(options));
      const bytesTotal = plans.map(planned).reduce((sum, plan) => sum + plan.bytes, 0);
      return compactLake({
        lake,
        ...selection(options),
        run: new Date().toISOString(),
        now: Date.now,
        sliceRows: Math.max(LEAST_ROWS, Math.floor(options.memory / BYTES_PER_ROW)),
        signal,
        onProgress: ({ flows, bytes: bytesDone }) => progress.update({ bytesDone, bytesTotal, flows }),
      });
    },
  );
  if (options.output === "json") await printJson(summary, terminal);
  else terminal.stdout.write(`${summaryText(summary, terminal.out)}\n`);
  if (summary.interrupted) process.exitCode = ExitCode.interrupted;
}

function summaryText(summary: CompactSummary, style: Style): string {
  const { merged, written, rows, bytesBefore, bytesAfter, partitions, parked, interrupted } = summary;
  return [
    style.heading(
      `${plural(merged, "file")} of ${plural(partitions, "partition")} became ${formatCount(written)}: ${plural(rows, "flow")}, ${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} after`,
    ),
    ...(parked.merged === 0
      ? []
      : [`  ${plural(parked.merged, "file")} of parked flows became ${formatCount(parked.written)}`]),
    ...(interrupted ? [style.warning("interrupted: run it again for the rest")] : []),
  ].join("\n");
}
