import { type AccountExtent, pruneLake, prunePlan } from "@tributary/lake";
import { Command, Option } from "commander";
import { dayBefore, dayText, partitionAccounts } from "../lake-care/age-option.js";
import { inspectLake } from "../lake-care/inspect-lake.js";
import { printJson, printRows, type RowColumn } from "../lake-care/print-rows.js";
import type { Style } from "../terminal/style.js";
import { parseRowFormat, ROW_FORMATS, type RowFormat } from "../terminal/table.js";
import { formatBytes, plural } from "../terminal/units.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { LAKE_MEMORY, workOnLake } from "./lake-work.js";
import { folder } from "./options.js";

interface PruneCommandOptions {
  readonly lake: string;
  readonly before: string;
  readonly account?: readonly string[];
  readonly dryRun?: boolean;
  readonly output: RowFormat;
  readonly color: boolean;
}

const EXAMPLES = `
Examples:
  tributary lake prune --before 90d --dry-run                what would go: days older than 90 days
  tributary lake prune --before 90d                          and away with it
  tributary lake prune --before 2026-10-01 --account 111122223333

Whole UTC days go, in one commit; there is no way back but the logs. Their files stay known, so that the next run does not read
them again; "tributary run --again" would bring their days back. Parked flows and the inventory stay.`;

export function lakePruneCommand(): Command {
  return new Command("prune")
    .description("Remove old days from a lake")
    .requiredOption("--before <day>", "days before this one: 2026-10-01, or an age such as 90d", (text) =>
      dayBefore(text, Date.now()),
    )
    .option("-l, --lake <dir>", "the lake's folder", folder, folder("lake"))
    .option("--account <id>", "of this AWS account or Azure subscription only; may be repeated", partitionAccounts)
    .option("--dry-run", "say what would go, change nothing")
    .addOption(new Option("-o, --output <form>", "of the list").choices([...ROW_FORMATS]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<PruneCommandOptions>();
      const terminal = openTerminal(options.color);
      await print(await prune(options, terminal), options, terminal);
    });
}

async function prune(options: PruneCommandOptions, terminal: Terminal): Promise<readonly AccountExtent[]> {
  const { before, account } = options;
  const selection = { before, ...(account === undefined ? {} : { accounts: account }) };
  const given = { folder: options.lake, memory: LAKE_MEMORY, terminal };
  if (options.dryRun === true) return inspectLake(given, async ({ lake }) => prunePlan(lake, selection));
  const whenStopped = "the days go together or not at all.";
  return workOnLake({ ...given, whenStopped }, async ({ lake }) => {
    const plan = prunePlan(lake, selection);
    const at = new Date().toISOString();
    await pruneLake(lake, selection, { run: at, at });
    return plan;
  });
}

const COLUMNS: readonly RowColumn<AccountExtent>[] = [
  { name: "account", type: "VARCHAR", value: ({ account }) => account },
  { name: "first_day", type: "VARCHAR", value: ({ firstDay }) => dayText(firstDay) },
  { name: "last_day", type: "VARCHAR", value: ({ lastDay }) => dayText(lastDay) },
  { name: "days", type: "BIGINT", value: ({ days }) => days },
  { name: "files", type: "BIGINT", value: ({ files }) => files },
  { name: "flows", type: "BIGINT", value: ({ flows }) => flows },
  { name: "bytes", type: "BIGINT", value: ({ bytes }) => bytes },
];

async function print(
  accounts: readonly AccountExtent[],
  options: PruneCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const format = parseRowFormat(options.output);
  if (format === "json") {
    const removed = options.dryRun !== true;
    await printJson({ before: dayText(options.before), removed, accounts }, terminal);
  } else if (format === "table") {
    terminal.stdout.write(`${pageOf(accounts, options, terminal.out)}\n`);
  } else {
    await printRows(COLUMNS, accounts, format, terminal);
  }
}

function pageOf(accounts: readonly AccountExtent[], { before, dryRun }: PruneCommandOptions, style: Style): string {
  if (accounts.length === 0) return `Nothing to remove: no day before ${dayText(before)}`;
  const total = (key: "days" | "files" | "flows" | "bytes") => accounts.reduce((sum, one) => sum + one[key], 0);
  const what = `${plural(total("flows"), "flow")} of days before ${dayText(before)} in ${plural(total("files"), "file")} (${formatBytes(total("bytes"))})`;
  return [
    style.heading(dryRun === true ? `${what} would be removed` : `${what} removed`),
    ...accounts.map(
      ({ account, days, firstDay, lastDay, files, flows, bytes }) =>
        `  ${account}  ${dayText(firstDay)} to ${dayText(lastDay)}  ${plural(days, "day")}, ${plural(files, "file")}, ${plural(flows, "flow")}, ${formatBytes(bytes)}`,
    ),
  ].join("\n");
}
