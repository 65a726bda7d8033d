import { link, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { VpcFormat } from "@tributary/flow";
import { Lake } from "@tributary/lake";
import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import type { TransformSettings } from "@tributary/transform";
import { fileStore } from "../ingest/file-bytes.js";
import { Ingest, type IngestOptions } from "../ingest/ingest.js";
import type { IngestSummary } from "../ingest/ingest-summary.js";
import type { InputProblem } from "../ingest/input-problem.js";
import type { StoredBytes } from "../ingest/stored-bytes.js";
import type { SampleFile } from "./sample-copy.js";

/** What reading a sample gave. */
export interface SampleResult {
  /** Of each file: its bytes, and the flows in them. */
  readonly files: readonly { readonly bytes: number; readonly flows: number }[];
  readonly bytes: number;
  /** How they ended: all of them, delivered, and left out by the search. */
  readonly flows: number;
  readonly delivered: number;
  readonly notMatched: number;
  /** Inputs that hold no flow logs. */
  readonly notFlowLogs: number;
  /** Of damaged inputs, by their own paths. */
  readonly problems: readonly InputProblem[];
  /** The Parquet that they became. */
  readonly lake: { readonly files: number; readonly partitions: number; readonly rows: number; readonly bytes: number };
  /** Reads of parts of a file, for each file. */
  readonly rangesPerFile: number;
  /** Of one job, once it runs: flows, and the seconds that they took. */
  readonly rate: { readonly flows: number; readonly seconds: number };
}

export type SampleIngest = Omit<
  IngestOptions,
  "lake" | "settings" | "formats" | "listing" | "store" | "run" | "threads" | "maxDisk" | "standardInput" | "onNote"
>;

export interface SampleRunOptions {
  /** What the run is asked to do. */
  readonly ingest: SampleIngest;
  readonly settings: TransformSettings;
  readonly formats: readonly VpcFormat[];
  readonly lakeOptions: { readonly memoryLimit: string; readonly compression: "zstd" | "snappy" };
  readonly signal: AbortSignal;
  /** How many times as much there is to read as the sample has. */
  readonly rest: number;
  /** An empty folder. */
  readonly folder: string;
}

/** So many flows are enough to run at full speed; the first ones are slower. */
const WARM_FLOWS = 60_000;
const MAX_REPEATS = 50;

/**
 * Reads the files of a sample into a lake of their own with one job, as the run would. Where they are few of many, they are read into
 * another one several times over for the rate: what starting takes weighs little in a long run. Throws AbortError when it is interrupted.
 */
export async function runSample(files: readonly SampleFile[], options: SampleRunOptions): Promise<SampleResult> {
  const paths = files.map(({ path }) => path);
  const ranges = { count: 0 };
  const { summary, flowsOf } = await ingest("first", files, options, ranges);
  const { flows, inputs, lake } = summary;
  const whole = new Map(files.filter((file) => !file.cut).map(({ path, input }) => [path, input.path]));
  return {
    files: files.map(({ path, bytes }) => ({ bytes, flows: flowsOf(path) })),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    flows: flows.read,
    delivered: flows.delivered,
    notMatched: flows.skipped["not-matched"] ?? 0,
    notFlowLogs: inputs.notFlowLogs.length,
    problems: inputs.problems.flatMap((problem) => {
      const path = whole.get(problem.path);
      return path === undefined ? [] : [{ ...problem, path }];
    }),
    lake: { files: lake.files, partitions: lake.partitions, rows: lake.rows, bytes: lake.bytes },
    rangesPerFile: ranges.count / Math.max(1, paths.length),
    rate: await rateOf(files, summary, options),
  };
}

async function rateOf(
  files: readonly SampleFile[],
  { flows: { read }, seconds }: IngestSummary,
  options: SampleRunOptions,
): Promise<SampleResult["rate"]> {
  const repeats = Math.min(MAX_REPEATS, Math.floor(options.rest), Math.round(WARM_FLOWS / Math.max(1, read)));
  if (read === 0 || repeats < 2) return { flows: read, seconds };
  const copies: SampleFile[] = [];
  for (let turn = 0; turn < repeats; turn++) {
    for (const [index, file] of files.entries()) {
      const path = join(options.folder, `again-${turn}`, String(index), ...file.path.split("/").slice(-SEGMENTS));
      await mkdir(dirname(path), { recursive: true });
      await link(file.path, path);
      copies.push({ ...file, path });
    }
  }
  const again = await ingest("again", copies, options, { count: 0 });
  return { flows: again.summary.flows.read, seconds: again.summary.seconds };
}

/** More than the folders of an object's place. */
const SEGMENTS = 40;

async function ingest(
  name: string,
  files: readonly SampleFile[],
  { ingest: given, settings, formats, lakeOptions, signal, folder }: SampleRunOptions,
  ranges: { count: number },
): Promise<{ readonly summary: IngestSummary; readonly flowsOf: (path: string) => number }> {
  const lake = await Lake.open(join(folder, `lake-${name}`), {
    columns: duckdbColumns(networkActivity),
    create: true,
    source: "tributary",
    threads: 1,
    ...lakeOptions,
  });
  try {
    const summary = await Ingest.run({
      ...given,
      lake,
      settings: () => settings,
      formats,
      listing: {
        inputs: async function* () {
          for (const { path, bytes, input } of files) yield { path, size: bytes, named: input.named };
        },
        bytesTotal: undefined,
      },
      store: { open: async (path) => countingRanges(await fileStore.open(path), ranges) },
      run: name,
      signal,
    });
    signal.throwIfAborted();
    return { summary, flowsOf: (path) => lake.inputs().get(path)?.flows.read ?? 0 };
  } finally {
    await lake.close();
  }
}

function countingRanges(stored: StoredBytes, ranges: { count: number }): StoredBytes {
  return {
    path: stored.path,
    size: stored.size,
    stream: (from) => stored.stream(from),
    range: (from, to) => {
      ranges.count++;
      return stored.range(from, to);
    },
    close: () => stored.close(),
  };
}
