import type { SampleResult } from "./sample-run.js";

/** What a sample says of all: the likely value, and between what it lies unless the sample is unlike the rest. */
export interface Estimate {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

/** Inputs of one form: all of them, and what a sample of them gave. */
export interface SampledForm {
  readonly inputs: number;
  readonly bytes: number;
  readonly sample: SampleResult;
}

export interface RunConditions {
  /** Accounts and days, as far as paths tell. */
  readonly partitions: number;
  readonly jobs: number;
  readonly cores: number;
  /** Bytes of documents in one object. */
  readonly objectBytes: number;
  /** ms between two commits. */
  readonly commitEvery: number;
  /** Bytes to fetch from a store, and how many come in a second over one connection. */
  readonly fetch?: { readonly bytes: number; readonly perSecond: number };
}

export interface RunEstimate {
  readonly flows: Estimate;
  readonly delivered: Estimate;
  readonly seconds: Estimate;
  /** Of Parquet. */
  readonly lakeBytes: Estimate;
  /** Flows a second of one job. */
  readonly rate: number;
  /** How many times that all jobs together do. */
  readonly scale: { readonly low: number; readonly high: number };
}

/** What a Parquet file takes before its first row: the description of its columns, and a page of each. Measured; hardly differs. */
const FILE_BYTES = 25_000;
/** A document of JSON, on average. */
const DOCUMENT_BYTES = 1300;
/** What each further job adds at least: they share memory and disk. */
const LEAST_GAIN = 0.6;

/** What a run will take, by a sample of each form of its inputs. */
export function estimateRun(forms: readonly SampledForm[], conditions: RunConditions): RunEstimate {
  const flows = sumOf(forms.map(flowsOf));
  const delivered = sumOf(forms.map((form) => times(flowsOf(form), share(form.sample))));
  const cores = Math.min(conditions.jobs, conditions.cores);
  const scale = { low: 1 + LEAST_GAIN * (cores - 1), high: cores };
  const oneJob = sumOf(forms.map(secondsOf));
  const seconds = withFetch(
    {
      low: oneJob.low / scale.high,
      likely: (2 * oneJob.likely) / (scale.low + scale.high),
      high: oneJob.high / scale.low,
    },
    conditions,
  );
  return {
    flows,
    delivered,
    seconds,
    lakeBytes: lakeOf(forms, seconds, conditions),
    rate: oneJob.likely > 0 ? flows.likely / oneJob.likely : 0,
    scale,
  };
}

function flowsOf({ bytes, sample }: SampledForm): Estimate {
  const known = Math.min(1, sample.bytes / Math.max(1, bytes));
  const likely = sample.bytes === 0 ? 0 : (sample.flows / sample.bytes) * bytes;
  // What was read is counted; only the rest is guessed.
  const error = likely * relativeError(sample) * (1 - known);
  return { low: Math.max(sample.flows, likely - error), likely, high: likely + error };
}

/** How far the flows of a byte may be off: twice the standard error of a ratio, more when there are few. */
function relativeError({ files, bytes, flows }: SampleResult): number {
  const count = files.length;
  if (count < 2 || flows === 0) return LONE_ERROR;
  const ratio = flows / bytes;
  const squares = files.reduce((sum, file) => sum + (file.flows - ratio * file.bytes) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  const factor = count >= 8 ? 2 : count >= 4 ? 3 : 6;
  return Math.max(LEAST_ERROR, (factor * deviation * Math.sqrt(count)) / flows);
}

const LEAST_ERROR = 0.03;
const LONE_ERROR = 0.5;

function share({ flows, delivered }: SampleResult): number {
  return flows === 0 ? 0 : delivered / flows;
}

function secondsOf(form: SampledForm): Estimate {
  const { flows, seconds } = form.sample.rate;
  return times(flowsOf(form), flows === 0 ? 0 : seconds / flows);
}

/** Fetching goes on while flows are read: at best it takes no longer than that, at worst it is added. */
function withFetch({ low, likely, high }: Estimate, { fetch, jobs }: RunConditions): Estimate {
  if (fetch === undefined || fetch.perSecond === 0) return { low, likely, high };
  const fetching = fetch.bytes / (fetch.perSecond * jobs);
  return { low: Math.max(low, fetching), likely: Math.max(likely, fetching), high: high + fetching };
}

function lakeOf(forms: readonly SampledForm[], seconds: Estimate, conditions: RunConditions): Estimate {
  const rows = sumOf(forms.map((form) => times(flowsOf(form), share(form.sample) * rowBytesOf(form.sample))));
  const delivered = sumOf(forms.map((form) => times(flowsOf(form), share(form.sample))));
  const partitions = Math.max(conditions.partitions, ...forms.map(({ sample }) => sample.lake.partitions));
  const files = (flows: number, duration: number, jobs: number): number => {
    if (flows === 0) return 0;
    const full = (flows * DOCUMENT_BYTES) / conditions.objectBytes;
    const commits = (duration * 1000) / conditions.commitEvery;
    // No file has less than a row; a partition has at least one.
    return Math.min(flows, Math.max(partitions, full) + commits * jobs);
  };
  const { jobs } = conditions;
  return {
    low: rows.low + FILE_BYTES * files(delivered.low, 0, 1),
    likely: rows.likely + FILE_BYTES * files(delivered.likely, seconds.likely, 1),
    high: rows.high + FILE_BYTES * (files(delivered.high, seconds.high, jobs) + partitions * (jobs - 1)),
  };
}

/** Bytes of a row, without what each file takes anyway. */
function rowBytesOf({ lake }: SampleResult): number {
  if (lake.rows === 0) return 0;
  // A file of few rows takes less than others do.
  return Math.max(lake.bytes - FILE_BYTES * lake.files, lake.bytes / 10) / lake.rows;
}

function times({ low, likely, high }: Estimate, factor: number): Estimate {
  return { low: low * factor, likely: likely * factor, high: high * factor };
}

function sumOf(estimates: readonly Estimate[]): Estimate {
  return estimates.reduce(
    (sum, { low, likely, high }) => ({ low: sum.low + low, likely: sum.likely + likely, high: sum.high + high }),
    { low: 0, likely: 0, high: 0 },
  );
}
