import { azureNics } from "./azure-estate.js";
import { batch } from "./batch-account.js";
import type { AwsAccount } from "./estate.js";
import { production } from "./production-account.js";
import type { Period } from "./scheduled-traffic.js";

/** One S3 object to write: the lines of one account in one span of time. */
export interface VpcFilePlan {
  readonly account: AwsAccount;
  readonly span: Period;
  /** Numbers the objects of one span: S3 delivery splits a span into several when it is large. */
  readonly part: number;
  readonly lines: number;
}

/** One blob to write: the tuples of one NIC in one hour. */
export interface AzureBlobPlan {
  readonly nic: number;
  readonly hour: Period;
  readonly tuples: number;
}

export interface SamplePlan {
  readonly vpc: readonly VpcFilePlan[];
  readonly vnet: readonly AzureBlobPlan[];
  readonly nsg: readonly AzureBlobPlan[];
}

const DAY = 86_400;
const HOUR = 3600;
/** S3 delivery starts a new object every five minutes; names carry this slot. */
export const SLOT = 300;
/** Spans begin and end on this, so that no record's interval of up to ten minutes needs two of them. */
const SPAN_STEP = 600;
/** Small samples get objects of about this many lines … */
const USUAL_LINES = 6_000;
/** … until a day has this many objects; then they grow … */
const USUAL_OBJECTS_A_DAY = 12;
/** … up to this many lines (about 10 MB before compression; AWS stops at 75 MB). */
const MOST_LINES = 40_000;
const USUAL_TUPLES = 600;

const AZURE_SHARE = 0.15;
const BATCH_SHARE = 0.25;
const NSG_SHARE = 0.01;
const MOST_NSG_TUPLES = 2_000;

/** Traffic by hour of the day (UTC), 1 = average: nights are quiet, but scanners never sleep. */
const HOURLY = [
  0.55, 0.5, 0.5, 0.5, 0.55, 0.65, 0.8, 1.0, 1.25, 1.4, 1.45, 1.45, 1.35, 1.4, 1.45, 1.4, 1.3, 1.2, 1.15, 1.1, 1.0,
  0.85, 0.7, 0.6,
] as const;

/** The three UTC days up to `end` (seconds since the epoch, rounded down to five minutes), the last one perhaps in part. */
export function samplePeriod(end: number): Period {
  const last = Math.floor(end / SLOT) * SLOT;
  return { start: Math.floor((last - 1) / DAY) * DAY - 2 * DAY, end: last };
}

/** Divides exactly `flows` lines and tuples into files; files without any are left out. */
export function planSample(flows: number, period: Period): SamplePlan {
  const nsg = Math.min(MOST_NSG_TUPLES, Math.floor(flows * NSG_SHARE));
  const vnet = Math.floor(flows * AZURE_SHARE);
  const ofBatch = Math.floor(flows * BATCH_SHARE);
  const lastHour = { start: Math.floor(period.end / HOUR) * HOUR - HOUR, end: Math.floor(period.end / HOUR) * HOUR };
  return {
    vpc: [...vpcFiles(production, flows - nsg - vnet - ofBatch, period), ...vpcFiles(batch, ofBatch, period)],
    vnet: vnetBlobs(vnet, period),
    nsg: nsg === 0 ? [] : [{ nic: 0, hour: lastHour, tuples: nsg }],
  };
}

function vpcFiles(account: AwsAccount, lines: number, period: Period): VpcFilePlan[] {
  const perDay = lines / 3;
  const objects = Math.max(1, Math.min(USUAL_OBJECTS_A_DAY, Math.ceil(perDay / USUAL_LINES)));
  const spans: Period[] = [];
  for (let day = period.start; day < period.end; day += DAY) {
    for (let i = 0; i < objects; i++) {
      const start = day + Math.round((i * DAY) / objects / SPAN_STEP) * SPAN_STEP;
      const end = Math.min(period.end, day + Math.round(((i + 1) * DAY) / objects / SPAN_STEP) * SPAN_STEP);
      if (start < end) spans.push({ start, end });
    }
  }
  return divide(lines, spans.map(traffic)).flatMap((inSpan, i) => {
    const span = spans[i] ?? period;
    const parts = Math.max(1, Math.ceil(inSpan / MOST_LINES));
    return divide(inSpan, new Array<number>(parts).fill(1))
      .map((each, part) => ({ account, span, part, lines: each }))
      .filter((file) => file.lines > 0);
  });
}

function vnetBlobs(tuples: number, period: Period): AzureBlobPlan[] {
  // Only whole hours: a blob of an hour that is still growing is a case of its own.
  const hours: Period[] = [];
  for (let start = period.start; start + HOUR <= period.end; start += HOUR) hours.push({ start, end: start + HOUR });
  const wanted = Math.max(1, Math.ceil(tuples / azureNics.length / USUAL_TUPLES));
  const step = Math.max(1, Math.floor(hours.length / wanted));
  const chosen = hours.filter((_, i) => i % step === step >> 1);
  const blobs = chosen.flatMap((hour) =>
    azureNics.map((nic, index) => ({ hour, nic: index, weight: traffic(hour) * nic.share })),
  );
  return divide(
    tuples,
    blobs.map((blob) => blob.weight),
  ).flatMap((inBlob, i) => {
    const blob = blobs[i];
    return blob === undefined || inBlob === 0 ? [] : [{ hour: blob.hour, nic: blob.nic, tuples: inBlob }];
  });
}

function traffic(span: Period): number {
  let sum = 0;
  for (let time = span.start; time < span.end; time += SLOT) sum += HOURLY[Math.floor((time % DAY) / HOUR)] ?? 1;
  return sum;
}

/** Whole shares by weight that add up to the total exactly. */
export function divide(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  let upTo = 0;
  let given = 0;
  return weights.map((weight, i) => {
    upTo += weight;
    const until = i === weights.length - 1 ? total : Math.floor((total * upTo) / sum);
    const share = until - given;
    given = until;
    return share;
  });
}
