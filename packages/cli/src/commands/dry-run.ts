import { availableParallelism } from "node:os";
import { ConfigurationError } from "@tributary/flow";
import { Lake, mergedInventory } from "@tributary/lake";
import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import { type DryRun, dryRun } from "../dry-run/dry-run.js";
import { dryRunRows, dryRunText } from "../dry-run/dry-run-text.js";
import { ExitCode } from "../exit-code.js";
import { STANDARD_INPUT } from "../ingest/input-files.js";
import type { InputProblem } from "../ingest/input-problem.js";
import { jobOptions, planFormats, planSettings } from "../ingest/job-plan.js";
import { interruption } from "../interruption.js";
import { givenInventory } from "../inventory/run-inventory.js";
import type { S3Settings } from "../s3/s3-client.js";
import { isS3Path } from "../s3/s3-location.js";
import { withTemporaryFolder } from "../temporary-folder.js";
import { printInForm } from "../terminal/print-in-form.js";
import { safeText } from "../terminal/safe-text.js";
import { parseRowFormat, type RowFormat } from "../terminal/table.js";
import type { Terminal } from "../terminal-context.js";
import { type IngestRequest, planOf, shares } from "./ingest-into.js";
import { listingOf } from "./source-listing.js";

const MB = 1_000_000;

/** Says what `run` would do with the paths; gives the exit code. */
export async function dryRunInto(
  paths: readonly string[],
  options: IngestRequest,
  terminal: Terminal,
): Promise<ExitCode> {
  if (paths.includes(STANDARD_INPUT)) {
    throw new ConfigurationError(
      "dry-run-of-pipe",
      "standard input comes only once, so --dry-run cannot look into it: give files or a bucket",
    );
  }
  const stopped = interruption(() => terminal.note("Stopping."));
  try {
    const found = await withTemporaryFolder((folder) =>
      look(paths, options, { terminal, folder, signal: stopped.signal }),
    );
    await print(found, parseRowFormat(options.output), terminal);
    return problemsOf(found).length > 0 ? ExitCode.partly : ExitCode.ok;
  } finally {
    stopped.end();
  }
}

async function look(
  paths: readonly string[],
  options: IngestRequest,
  { terminal, folder, signal }: { readonly terminal: Terminal; readonly folder: string; readonly signal: AbortSignal },
): Promise<DryRun> {
  const { request } = options;
  const lake = await openLake(options.lake);
  try {
    const given = options.inventory ?? [];
    const inventory = await mergedInventory(options.lake, await givenInventory(given));
    const { jobs, memory } = shares(options);
    const place = lake ?? { folder: options.lake, settings: { region: options.lakeRegion } };
    const plan = planOf(options, { lake: place, inventory, jobs, memory });
    const { store, ...ingest } = jobOptions(plan);
    const onNote = (note: string) => terminal.note(safeText(note), terminal.err.warning("note:"));
    let listed = 0;
    const listing = listingOf(paths, {
      except: [...(lake === undefined ? [] : [lake.folder]), ...given],
      request,
      onNote,
      onRequests: ({ list }) => {
        listed += list;
      },
    });
    const found = await dryRun({
      listing,
      store,
      known: lake?.inputs() ?? new Map(),
      sample: {
        ingest,
        settings: planSettings(plan),
        formats: planFormats(plan),
        lakeOptions: { memoryLimit: `${Math.ceil(memory / MB)}MB`, compression: options.compression },
      },
      jobs,
      cores: availableParallelism(),
      listed: () => listed,
      isAmazon: await isAmazonsStore(paths, request.s3),
      folder,
      signal,
    });
    for (const { path, message } of problemsOf(found)) onNote(`${path}: ${message}`);
    return found;
  } finally {
    await lake?.close();
  }
}

/** The run will meet these, too. */
function problemsOf({ inputs, sample }: DryRun): readonly InputProblem[] {
  return [...inputs.problems, ...(sample?.problems ?? [])];
}

/** The lake as it is; undefined when there is none yet. */
async function openLake(folder: string): Promise<Lake | undefined> {
  try {
    return await Lake.open(folder, { columns: duckdbColumns(networkActivity), readOnly: true });
  } catch (error) {
    if (error instanceof ConfigurationError && error.code === "no-lake") return undefined;
    throw error;
  }
}

const COLUMNS = [
  { name: "what", type: "VARCHAR" },
  { name: "low", type: "DOUBLE" },
  { name: "likely", type: "DOUBLE" },
  { name: "high", type: "DOUBLE" },
] as const;

async function print(found: DryRun, format: RowFormat, terminal: Terminal): Promise<void> {
  const text = () => dryRunText(found, terminal.out);
  const json = { dryRun: true, ...found };
  await printInForm({ text, json, columns: COLUMNS, rows: dryRunRows(found) }, format, terminal);
}

/** Whether Amazon's prices hold for what the paths name. */
async function isAmazonsStore(paths: readonly string[], settings: S3Settings): Promise<boolean> {
  if (!paths.some(isS3Path)) return true;
  const { isAmazonS3 } = await import("../s3/s3-access.js");
  return isAmazonS3(settings);
}
