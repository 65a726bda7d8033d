import { FlowExplainer } from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import { mergedInventory, storeInventory } from "@tributary/lake";
import { Command, Option } from "commander";
import { type EnrichSummary, enrichLake } from "../enrich/enrich-lake.js";
import { ExitCode } from "../exit-code.js";
import { givenInventory } from "../inventory/run-inventory.js";
import { formatCount } from "../terminal/units.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { LAKE_MEMORY, workOnLake } from "./lake-work.js";
import { folder, folders, memory, positiveInteger } from "./options.js";
import { RUN_DEFAULTS } from "./run.js";

interface EnrichCommandOptions {
  readonly inventory?: readonly string[];
  readonly lake: string;
  readonly dryRun?: boolean;
  readonly memory: number;
  readonly threads: number;
  readonly output: "table" | "json";
  readonly color: boolean;
}

const EXAMPLES = `
Examples:
  tributary lake enrich --inventory ./inventory              explain all VPC flows of ./lake by this inventory
  tributary lake enrich --inventory ./inventory --dry-run    how many would change, and to which verdicts
  tributary lake enrich                                      by the inventory that the lake keeps from before

The inventory is what "tributary inventory collect" writes, or the JSON output of aws ec2 describe-…. The logs are not needed.
What the flows had from another inventory is replaced. The inventory is kept in the lake, for its queries and the next run.`;

export function lakeEnrichCommand(): Command {
  return new Command("enrich")
    .description("Explain the VPC flows of a lake by an inventory, again or for the first time")
    .option(
      "-i, --inventory <path>",
      "a snapshot, a file of aws ec2 describe-…, or a folder of them; may be repeated (default: what the lake keeps)",
      folders,
    )
    .option("-l, --lake <dir>", "the lake's folder", folder, folder("lake"))
    .option("--dry-run", "count only, change nothing")
    .option("--memory <size>", "what DuckDB may use, at least 64MB", memory, LAKE_MEMORY)
    .option("--threads <n>", "what DuckDB may use", positiveInteger, RUN_DEFAULTS.threads)
    .addOption(new Option("-o, --output <form>", "of the summary").choices(["table", "json"]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<EnrichCommandOptions>();
      const terminal = openTerminal(options.color);
      const summary = await enrich(options, terminal);
      if (options.output === "json") terminal.stdout.write(`${JSON.stringify(summary)}\n`);
      else terminal.stdout.write(`${summaryText(summary, options, terminal)}\n`);
      if (summary.interrupted) process.exitCode = ExitCode.interrupted;
    });
}

async function enrich(options: EnrichCommandOptions, terminal: Terminal): Promise<EnrichSummary> {
  const given = await givenInventory(options.inventory ?? []);
  const dryRun = options.dryRun === true;
  const lakeOptions = {
    folder: options.lake,
    memory: options.memory,
    threads: options.threads,
    whenStopped: "the files that are done are kept.",
  };
  return workOnLake({ ...lakeOptions, terminal }, async ({ lake, progress, signal }) => {
    // As in a run: together with what the lake knows from before.
    const note = (text: string) => terminal.note(text, terminal.err.warning("note:"));
    const inventory = dryRun
      ? await mergedInventory(lake.folder, given)
      : await storeInventory(lake.folder, given, { note });
    if (inventory.length === 0) {
      throw new ConfigurationError(
        "no-inventory",
        `${lake.folder} keeps no inventory: give one with --inventory; "tributary inventory collect" makes one`,
      );
    }
    return enrichLake({
      lake,
      context: new FlowExplainer(inventory),
      run: new Date().toISOString(),
      now: Date.now,
      dryRun,
      signal,
      onProgress: (state) => progress.update(state),
    });
  });
}

function summaryText(
  { flows, files, interrupted }: EnrichSummary,
  { dryRun }: EnrichCommandOptions,
  { out }: Terminal,
): string {
  const verdicts = Object.entries(flows.verdicts).sort(([, a], [, b]) => b - a);
  const width = Math.max(0, ...verdicts.map(([verdict]) => verdict.length));
  return [
    out.heading(
      `${formatCount(flows.explained)} VPC flows explained, ${formatCount(flows.changed)} ${dryRun ? "would change" : "changed"}; ${formatCount(files.rewritten)} of ${formatCount(files.read)} files ${dryRun ? "would be written" : "written"} anew`,
    ),
    ...verdicts.map(([verdict, count]) => `  ${verdict.padEnd(width)}  ${formatCount(count)}`),
    ...(interrupted ? [out.warning("interrupted: run it again for the rest")] : []),
  ].join("\n");
}
