import type { VpcFormat } from "@tributary/flow";
import type { Compression } from "@tributary/lake";
import { Command, Option } from "commander";
import { ExitCode as Code, type ExitCode } from "../exit-code.js";
import type { IngestSummary } from "../ingest/ingest-summary.js";
import { printInForm } from "../terminal/print-in-form.js";
import { parseRowFormat, ROW_FORMATS, type RowFormat } from "../terminal/table.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { dryRunInto } from "./dry-run.js";
import { ingestInto } from "./ingest-into.js";
import { type MatchOptions, matchOptions, parseMatch } from "./match-options.js";
import {
  bytes,
  folder,
  folders,
  isoTime,
  jobCount,
  memory,
  positiveInteger,
  regionName,
  seconds,
  vpcFormats,
} from "./options.js";
import { summaryRows, summaryText } from "./run-summary.js";
import { type SourceOptions, sourceOptions, sourceRequest } from "./source-options.js";

export interface RunOptions extends SourceOptions, MatchOptions {
  readonly lake: string;
  readonly format?: readonly VpcFormat[];
  readonly time?: number;
  readonly lakeRegion: string;
  readonly inventory?: readonly string[];
  readonly observables?: boolean;
  readonly again?: boolean;
  readonly dryRun?: boolean;
  readonly compression: Compression;
  readonly processingBuffer: number;
  readonly objectBuffer: number;
  readonly commitEvery: number;
  readonly jobs?: number;
  readonly maxDisk?: number;
  readonly provenance?: boolean;
  readonly memory?: number;
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
  // A job does one thing after the other, so that it keeps one core busy.
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
  tributary run s3://my-logs/AWSLogs --from 7d --region eu-central-1
                                                    the last week of a bucket; the same command tomorrow reads what is new
  tributary run s3://my-logs/AWSLogs --from 30d --match 198.51.100.7,203.0.113.0/24 --match 443
                                                    only flows with one of these addresses, and port 443
  tributary run ./logs --output json | jq .flows    the counts, for a script

--account and --region choose by the path of flow logs (AWSLogs/<account>/vpcflowlogs/<region>/…); one that is given alone is also that of
lines that name none. Run the same command again and it reads only what is new. What cannot be read is kept below <lake>/errors, with the reason.
Exit codes: 0 all read, 3 no access to the bucket, 4 something was parked or could not be read, or --max-disk was reached, 130 interrupted
(after 3, 4 and 130 the same command reads the rest).`;

export function runCommand(): Command {
  const command = new Command("run")
    .description("Read VPC and Azure flow logs into a lake that you can query")
    .argument("<path...>", "files, folders and s3://bucket/prefix, told apart by content; - is standard input");
  sourceOptions(command);
  return matchOptions(command)
    .option("-l, --lake <dir>", "the lake's folder", folder, folder("lake"))
    .option("-f, --format <fields>", "field list of lines without a header; may be repeated", vpcFormats)
    .option("--time <iso>", "time of lines that have none", isoTime)
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
    .option("--dry-run", "look into a sample only, and say what a run would read, take and cost")
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
    .option("--provenance", "keep with each row its file and line, and a list of SHA-256 sums of all files")
    .option("-j, --jobs <n>", "files read at the same time, each with a core of its own (default: cores)", jobCount)
    .option("--max-disk <size>", "stop, to go on later, before the lake takes more", bytes)
    .option("--memory <size>", "what DuckDB may use in all jobs (default: 1GB, or 300MB a job)", memory)
    .option("--threads <n>", "of DuckDB in each job", positiveInteger, RUN_DEFAULTS.threads)
    .addOption(new Option("-o, --output <form>", "of the summary").choices([...ROW_FORMATS]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (paths: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RunOptions>();
      const terminal = openTerminal(options.color);
      const request = sourceRequest(command, Date.now());
      const wanted = await parseMatch(options);
      const asked = { ...options, request, ...(wanted === undefined ? {} : { wanted }) };
      if (options.dryRun) {
        process.exitCode = await dryRunInto(paths, asked, terminal);
        return;
      }
      const summary = await ingestInto(paths, asked, terminal);
      await printSummary(summary, parseRowFormat(options.output), terminal);
      process.exitCode = exitCodeOfRun(summary);
    });
}

export async function printSummary(summary: IngestSummary, format: RowFormat, terminal: Terminal): Promise<void> {
  const text = () => summaryText(summary, terminal.out);
  await printInForm({ text, json: summary, ...summaryRows(summary) }, format, terminal);
}

function exitCodeOfRun({ flows, inputs, interrupted, stopped }: IngestSummary): ExitCode {
  if (interrupted) return Code.interrupted;
  if (stopped !== undefined || inputs.otherMatch > 0) return Code.partly;
  return Object.keys(flows.parked).length > 0 || inputs.problems.length > 0 ? Code.partly : Code.ok;
}
