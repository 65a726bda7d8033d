import { FlowExplainer, type InventorySnapshot } from "@tributary/context";
import { COMMON_FORMATS, type VpcFormat } from "@tributary/flow";
import type { Compression } from "@tributary/lake";
import { DEFAULT_SETTINGS, type TransformSettings } from "@tributary/transform";
import { Command, Option } from "commander";
import { ExitCode as Code, type ExitCode } from "../exit-code.js";
import { Ingest } from "../ingest/ingest.js";
import type { IngestSummary } from "../ingest/ingest-summary.js";
import { runInventory } from "../inventory/run-inventory.js";
import { writePieces } from "../terminal/broken-pipe.js";
import { safeText } from "../terminal/safe-text.js";
import { formatRows, parseRowFormat, ROW_FORMATS, type RowFormat } from "../terminal/table.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { workOnLake } from "./lake-work.js";
import {
  accountId,
  bytes,
  folder,
  folders,
  isoTime,
  memory,
  positiveInteger,
  regionName,
  seconds,
  vpcFormats,
} from "./options.js";
import { summaryRows, summaryText } from "./run-summary.js";

export interface RunOptions {
  readonly lake: string;
  readonly format?: readonly VpcFormat[];
  readonly account?: string;
  readonly time?: number;
  readonly region?: string;
  readonly lakeRegion: string;
  readonly inventory?: readonly string[];
  readonly observables?: boolean;
  readonly again?: boolean;
  readonly compression: Compression;
  readonly processingBuffer: number;
  readonly objectBuffer: number;
  readonly commitEvery: number;
  readonly memory: number;
  readonly threads: number;
  readonly output: RowFormat;
  readonly color: boolean;
}

const MB = 1_000_000;

export const RUN_DEFAULTS = {
  lakeRegion: "local",
  compression: "zstd",
  processingBuffer: 0.2 * MB,
  objectBuffer: 32 * MB,
  commitEvery: 20,
  memory: 1000 * MB,
  // The transformation fills one core; a second thread for the conversion costs more than it gives on two.
  threads: 1,
} as const;

const EXAMPLES = `
Examples:
  tributary run ./logs                              every flow log below ./logs into ./lake
  tributary run a.log.gz PT1H.json --lake ~/lake    single files, AWS and Azure together
  zcat old.log.gz | tributary run -                 from standard input
  tributary run ./logs --format "version account-id interface-id srcaddr dstaddr srcport dstport protocol action"
                                                    lines without a header, in this format
  tributary run ./logs --inventory ./inventory      and say why each VPC flow was let through or stopped
  tributary run ./logs --output json | jq .flows    the counts, for a script

Run it again and it reads only what is new. What cannot be read is kept below <lake>/errors, with the reason.
Exit codes: 0 all read, 4 something was parked or could not be read, 130 interrupted (run again for the rest).`;

export function runCommand(): Command {
  return new Command("run")
    .description("Read VPC and Azure flow logs into a lake that you can query")
    .argument("<path...>", "files and folders, told apart by content; - is standard input")
    .option("-l, --lake <dir>", "the lake's folder", folder, folder("lake"))
    .option("-f, --format <fields>", "field list of lines without a header; may be repeated", vpcFormats)
    .option("--account <id>", "AWS account of lines that name none", accountId)
    .option("--time <iso>", "time of lines that have none", isoTime)
    .option("--region <name>", "cloud region of flows that name none", regionName)
    .option(
      "--lake-region <name>",
      "region in the lake's paths, when the lake is made",
      regionName,
      RUN_DEFAULTS.lakeRegion,
    )
    .option(
      "-i, --inventory <path>",
      "explain VPC flows by it: a snapshot, a file of aws ec2 describe-…, or a folder of them; may be repeated",
      folders,
    )
    .option("--again", "read files that were read before once more, and replace their rows")
    .option("--observables", "add observables to every document (about a fifth larger)")
    .addOption(
      new Option("--compression <codec>", "of the Parquet files")
        .choices(["zstd", "snappy"])
        .default(RUN_DEFAULTS.compression),
    )
    .option(
      "--processing-buffer <size>",
      "buffering hint in front of the transformation",
      bytes,
      RUN_DEFAULTS.processingBuffer,
    )
    .option("--object-buffer <size>", "buffering hint of each partition's object", bytes, RUN_DEFAULTS.objectBuffer)
    .option("--commit-every <seconds>", "how often new rows appear in the lake", seconds, RUN_DEFAULTS.commitEvery)
    .option("--memory <size>", "what DuckDB may use, at least 64MB", memory, RUN_DEFAULTS.memory)
    .option("--threads <n>", "what DuckDB may use beside the transformation", positiveInteger, RUN_DEFAULTS.threads)
    .addOption(new Option("-o, --output <form>", "of the summary").choices([...ROW_FORMATS]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (paths: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RunOptions>();
      const terminal = openTerminal(options.color);
      const summary = await ingestInto(paths, options, terminal);
      await printSummary(summary, parseRowFormat(options.output), terminal);
      process.exitCode = exitCodeOfRun(summary);
    });
}

/** Runs the paths into the lake and shows progress and problems on stderr. */
export async function ingestInto(
  paths: readonly string[],
  options: RunOptions,
  terminal: Terminal,
): Promise<IngestSummary> {
  const lakeOptions = {
    folder: options.lake,
    create: true,
    source: "tributary",
    region: options.lakeRegion,
    compression: options.compression,
    memory: options.memory,
    threads: options.threads,
    whenStopped: "what is under way is being finished.",
  };
  return workOnLake({ ...lakeOptions, terminal }, async ({ lake, progress, signal }) => {
    const given = options.inventory ?? [];
    const inventory = await runInventory(lake, given, (text) => terminal.note(text, terminal.err.warning("note:")));
    if (given.length === 0 && inventory.length > 0) {
      terminal.note("VPC flows are explained by the inventory that the lake keeps; --inventory gives a newer one.");
    }
    return Ingest.run(paths, {
      lake,
      settings: transformSettings(options, inventory),
      except: given,
      buffering: { processingBytes: options.processingBuffer, objectBytes: options.objectBuffer },
      again: options.again === true,
      ...(options.time === undefined ? {} : { arrivalTime: options.time }),
      run: new Date().toISOString(),
      now: Date.now,
      commitEvery: options.commitEvery * 1000,
      signal,
      standardInput: process.stdin,
      onProgress: (state) => progress.update(state),
      onNote: (note) => {
        progress.clear();
        terminal.note(safeText(note), terminal.err.warning("note:"));
      },
    });
  });
}

function transformSettings(
  { format, account, region, observables }: RunOptions,
  inventory: readonly InventorySnapshot[],
): TransformSettings {
  const { window: _window, ...defaults } = DEFAULT_SETTINGS;
  return {
    ...defaults,
    // Old files are what a local run is for, and its partitions cost nothing: no window around the arrival.
    accountFromStream: false,
    formats: format ?? COMMON_FORMATS,
    observables: observables === true,
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(inventory.length === 0 ? {} : { context: new FlowExplainer(inventory) }),
  };
}

export async function printSummary(summary: IngestSummary, format: RowFormat, terminal: Terminal): Promise<void> {
  if (format === "json") {
    terminal.stdout.write(`${JSON.stringify(summary)}\n`);
  } else if (format === "table") {
    terminal.stdout.write(`${summaryText(summary, terminal.out)}\n`);
  } else {
    const { columns, rows } = summaryRows(summary);
    const batches = (async function* () {
      yield rows;
    })();
    const pieces = formatRows(columns, batches, format, { color: false, note: (text) => terminal.note(text) });
    await writePieces(terminal.stdout, pieces);
  }
}

function exitCodeOfRun({ flows, inputs, interrupted }: IngestSummary): ExitCode {
  if (interrupted) return Code.interrupted;
  return Object.keys(flows.parked).length > 0 || inputs.problems.length > 0 ? Code.partly : Code.ok;
}
