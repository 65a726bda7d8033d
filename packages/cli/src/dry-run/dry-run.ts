import { join } from "node:path";
import type { InputState } from "@tributary/lake";
import type { FoundInput } from "../ingest/input-files.js";
import type { InputListing } from "../ingest/input-listing.js";
import type { InputProblem } from "../ingest/input-problem.js";
import { listedStanding } from "../ingest/input-standing.js";
import type { InputStore } from "../ingest/stored-bytes.js";
import { isS3Path } from "../s3/s3-location.js";
import { estimateRun, type RunEstimate, type SampledForm } from "./estimate.js";
import { InputCensus, type InputGroup } from "./input-census.js";
import { type RequestCount, type S3Cost, s3Cost } from "./s3-cost.js";
import { copySample, type SampleCopy } from "./sample-copy.js";
import { runSample, type SampleRunOptions } from "./sample-run.js";

/** What a run would do: `run --dry-run --output json`. */
export interface DryRun {
  readonly inputs: {
    readonly toRead: { readonly inputs: number; readonly bytes: number };
    /** Files and objects in S3 among those. */
    readonly objects: number;
    readonly unchanged: number;
    readonly outside: number;
    readonly otherMatch: number;
    readonly problems: readonly InputProblem[];
  };
  readonly groups: readonly InputGroup[];
  /** Absent when there is nothing to read. */
  readonly sample?: {
    readonly inputs: number;
    readonly bytes: number;
    readonly flows: number;
    readonly notMatched: number;
    readonly notFlowLogs: number;
    readonly problems: readonly InputProblem[];
    /** Bytes a second over one connection. */
    readonly fetchedPerSecond?: number;
  };
  readonly estimate?: RunEstimate & { readonly jobs: number; readonly cores: number };
  readonly s3?: {
    /** Calls that finding the objects took: the run makes them again. */
    readonly listed: number;
    /** What the run will call. */
    readonly requests: RequestCount;
    /** Absent for stores of others. */
    readonly cost?: S3Cost;
  };
}

export interface DryRunOptions {
  readonly listing: InputListing;
  readonly store: InputStore;
  /** What the lake has, by paths. */
  readonly known: ReadonlyMap<string, InputState>;
  readonly sample: Omit<SampleRunOptions, "folder" | "rest" | "signal">;
  readonly jobs: number;
  readonly cores: number;
  /** Lists made so far. */
  readonly listed: () => number;
  /** Whether Amazon's prices hold for the store. */
  readonly isAmazon: boolean;
  /** An empty folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Lists what a run would read, reads a sample of it elsewhere, and says what the whole will take. Changes nothing but `folder`. Throws
 * what ends the access to a store, and AbortError when it is interrupted.
 */
export async function dryRun(options: DryRunOptions): Promise<DryRun> {
  const { sample: run, signal, listed, isAmazon, jobs, cores } = options;
  const { census, ...inputs } = await count(options);
  const objects = census.forms.reduce((sum, form) => sum + form.objects, 0);
  const counted = {
    inputs: { toRead: { inputs: census.inputs, bytes: census.bytes }, objects, ...inputs },
    groups: census.groups,
  };
  const lists = listed();
  if (census.bytes === 0) {
    if (lists === 0) return counted;
    return { ...counted, s3: s3Of({ list: lists, get: objects }, 0, isAmazon) };
  }

  const copies: SampleCopy[] = [];
  const forms: (SampledForm & { readonly objects: number })[] = [];
  for (const { sample: picked, ...form } of census.forms) {
    const folder = join(options.folder, form.form);
    const copy = await copySample(picked, { store: options.store, folder, now: run.ingest.now, signal });
    copies.push(copy);
    const copied = copy.files.reduce((sum, { bytes }) => sum + bytes, 0);
    const rest = form.bytes / Math.max(1, copied);
    forms.push({ ...form, sample: await runSample(copy.files, { ...run, folder, signal, rest }) });
  }
  const samples = forms.map(({ sample }) => sample);
  const fetched = fetchRate(copies);
  const objectBytes = census.forms.reduce((sum, form) => sum + form.objectBytes, 0);
  const estimate = estimateRun(forms, {
    partitions: census.partitions,
    jobs,
    cores,
    objectBytes: run.ingest.buffering.objectBytes,
    commitEvery: run.ingest.commitEvery,
    ...(fetched === undefined ? {} : { fetch: { bytes: objectBytes, perSecond: fetched } }),
  });
  const get = forms.reduce((sum, form) => sum + Math.round(form.objects * (1 + form.sample.rangesPerFile)), 0);
  const sumOf = (of: (sample: (typeof samples)[number]) => number) => samples.reduce((sum, each) => sum + of(each), 0);
  return {
    ...counted,
    sample: {
      inputs: sumOf(({ files }) => files.length),
      bytes: sumOf(({ bytes }) => bytes),
      flows: sumOf(({ flows }) => flows),
      notMatched: sumOf(({ notMatched }) => notMatched),
      notFlowLogs: sumOf(({ notFlowLogs }) => notFlowLogs),
      problems: [...copies, ...samples].flatMap(({ problems }) => problems),
      ...(fetched === undefined ? {} : { fetchedPerSecond: fetched }),
    },
    estimate: { ...estimate, jobs, cores },
    ...(lists === 0 ? {} : { s3: s3Of({ list: lists, get }, objectBytes, isAmazon) }),
  };
}

interface Counted {
  readonly census: InputCensus;
  readonly unchanged: number;
  readonly outside: number;
  readonly otherMatch: number;
  readonly problems: readonly InputProblem[];
}

async function count({ listing, known, sample, signal }: DryRunOptions): Promise<Counted> {
  const { again, match } = sample.ingest;
  const census = new InputCensus();
  const problems: InputProblem[] = [];
  let [unchanged, outside, otherMatch] = [0, 0, 0];
  const report = {
    problem: (problem: InputProblem) => problems.push(problem),
    outside: () => {
      outside++;
    },
  };
  for await (const input of listing.inputs(report)) {
    signal.throwIfAborted();
    const before = again ? undefined : known.get(input.path);
    const standing = before === undefined ? "read" : expectedStanding(input, before, match?.text);
    if (standing === "unchanged") unchanged++;
    else if (standing === "other-match") otherMatch++;
    else census.add(input, bytesToRead(input, before), isS3Path(input.path));
  }
  return { census, unchanged, outside, otherMatch, problems };
}

/** As a run judges it, but that the content of a file is not looked at: one that is as long as it was has rarely changed. */
function expectedStanding(input: FoundInput, before: InputState, match: string | undefined) {
  const standing = listedStanding(input, before, match);
  if (standing !== "read" || input.etag !== before.etag) return standing;
  return before.complete && before.size === input.size ? "unchanged" : "read";
}

/** Of a file that has grown, what is new. */
function bytesToRead({ size, etag }: FoundInput, before: InputState | undefined): number {
  return before === undefined || etag !== undefined || before.size >= size ? size : size - before.size;
}

/** Bytes a second over one connection; undefined when nothing was fetched from a store of objects. */
function fetchRate(copies: readonly SampleCopy[]): number | undefined {
  let [bytes, seconds] = [0, 0];
  for (const copy of copies) {
    const objects = copy.files.filter(({ input }) => isS3Path(input.path));
    if (objects.length === 0) continue;
    bytes += objects.reduce((sum, file) => sum + file.bytes, 0);
    seconds += (copy.seconds * objects.length) / copy.files.length;
  }
  return seconds > 0 ? bytes / seconds : undefined;
}

function s3Of(requests: RequestCount, bytes: number, isAmazon: boolean): NonNullable<DryRun["s3"]> {
  return { listed: requests.list, requests, ...(isAmazon ? { cost: s3Cost(requests, bytes) } : {}) };
}
