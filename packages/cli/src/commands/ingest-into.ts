import { availableParallelism } from "node:os";
import type { InventorySnapshot } from "@tributary/context";
import { ConfigurationError, type FlowMatch } from "@tributary/flow";
import { Ingest } from "../ingest/ingest.js";
import type { IngestSummary } from "../ingest/ingest-summary.js";
import { STANDARD_INPUT } from "../ingest/input-files.js";
import { type JobPlan, jobOptions, planFormats, planSettings } from "../ingest/job-plan.js";
import { startThread } from "../ingest/threaded-job.js";
import { runInventory } from "../inventory/run-inventory.js";
import { safeText } from "../terminal/safe-text.js";
import { formatBytes } from "../terminal/units.js";
import type { Terminal } from "../terminal-context.js";
import { LAKE_MEMORY, workOnLake } from "./lake-work.js";
import { LEAST_MEMORY } from "./options.js";
import type { RunOptions } from "./run.js";
import { listingOf } from "./source-listing.js";
import type { SourceRequest } from "./source-options.js";

const MB = 1_000_000;
/** What the DuckDB of each job may use when the user says nothing and there are many, bytes. */
const JOB_MEMORY = 300 * MB;
/** Documents that wait for their conversion, all jobs together, and at least of one job. */
const SPOOL_MEMORY = 200 * MB;
const MIN_SPOOL = 48 * MB;

/** What `run` is asked for, its options looked at. */
export interface IngestRequest extends RunOptions {
  readonly request: SourceRequest;
  /** The flows that are wanted; all when absent. */
  readonly wanted?: FlowMatch;
}

/** Runs the paths into the lake and shows progress and problems on stderr. */
export async function ingestInto(
  paths: readonly string[],
  options: IngestRequest,
  terminal: Terminal,
): Promise<IngestSummary> {
  const { request } = options;
  const { jobs, memory } = shares(options);
  const lakeOptions = {
    folder: options.lake,
    create: true,
    source: "tributary",
    region: options.lakeRegion,
    compression: options.compression,
    memory,
    threads: options.threads,
    whenStopped: "the files in hand are being finished.",
  };
  return workOnLake({ ...lakeOptions, terminal }, async ({ lake, progress, signal }) => {
    const given = options.inventory ?? [];
    const inventory = await runInventory(lake, given, (text) => terminal.note(text, terminal.err.warning("note:")));
    if (given.length === 0 && inventory.length > 0) {
      terminal.note("VPC flows are explained by the inventory that the lake keeps; --inventory gives a newer one.");
    }
    const plan = planOf(options, { lake, inventory, jobs, memory });
    const onNote = (note: string): void => {
      progress.clear();
      terminal.note(safeText(note), terminal.err.warning("note:"));
    };
    return Ingest.run({
      ...jobOptions(plan),
      lake,
      settings: () => planSettings(plan),
      formats: planFormats(plan),
      ...(jobs === 1 ? {} : { threads: { count: jobs, start: (host, name) => startThread(plan, host, name) } }),
      listing: listingOf(paths, { except: [lake.folder, ...given], request, onNote }),
      ...(paths.includes(STANDARD_INPUT) ? { standardInput: process.stdin } : {}),
      ...(options.maxDisk === undefined ? {} : { maxDisk: options.maxDisk }),
      run: new Date().toISOString(),
      signal,
      onProgress: (state) => progress.update(state),
      onNote,
    });
  });
}

/**
 * How many jobs there are, and what the DuckDB of each may use, bytes: beside those of several threads there is the lake's own. Throws
 * ConfigurationError `too-little-memory` when the memory that was given does not do for the jobs that were.
 */
export function shares({ jobs: wanted, memory }: Pick<RunOptions, "jobs" | "memory">): {
  readonly jobs: number;
  readonly memory: number;
} {
  const parts = (jobs: number) => (jobs === 1 ? 1 : jobs + 1);
  if (memory === undefined) {
    const jobs = wanted ?? availableParallelism();
    return { jobs, memory: Math.ceil(Math.max(LAKE_MEMORY, parts(jobs) * JOB_MEMORY) / parts(jobs)) };
  }
  const most = Math.max(1, Math.floor(memory / LEAST_MEMORY) - 1);
  if (wanted !== undefined && memory / parts(wanted) < LEAST_MEMORY) {
    throw new ConfigurationError(
      "too-little-memory",
      `--memory ${formatBytes(memory)} is too little for ${wanted} jobs: raise it to ${formatBytes(parts(wanted) * LEAST_MEMORY)}, or lower --jobs to ${most}`,
    );
  }
  const jobs = wanted ?? Math.min(availableParallelism(), most);
  return { jobs, memory: Math.floor(memory / parts(jobs)) };
}

/** What of a lake jobs are told. */
export interface LakePlace {
  readonly folder: string;
  readonly settings: { readonly region: string };
}

/** What every job is to do. */
export function planOf(
  options: IngestRequest,
  {
    lake,
    inventory,
    jobs,
    memory,
  }: { lake: LakePlace; inventory: readonly InventorySnapshot[]; jobs: number; memory: number },
): JobPlan {
  const { format, time, request, wanted } = options;
  const [account, region] = [onlyOf(request.selection.accounts), onlyOf(request.selection.regions)];
  return {
    lake: lake.folder,
    lakeRegion: lake.settings.region,
    compression: options.compression,
    memory,
    threads: options.threads,
    buffering: { processingBytes: options.processingBuffer, objectBytes: options.objectBuffer },
    spoolBytes: Math.max(MIN_SPOOL, SPOOL_MEMORY / jobs),
    observables: options.observables === true,
    inventory,
    s3: request.s3,
    again: options.again === true,
    provenance: options.provenance === true,
    commitEvery: options.commitEvery * 1000,
    ...(wanted === undefined ? {} : { match: wanted.clauses.map(({ terms }) => terms) }),
    ...(format === undefined ? {} : { formats: format.map(({ fields }) => fields.join(" ")) }),
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(time === undefined ? {} : { arrivalTime: time }),
  };
}

/** The one value of a list that has one: what is asked for is then also what lines without it have. */
function onlyOf(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}
