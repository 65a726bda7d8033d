import type { ErrorOutputType } from "./prefix-expression.js";

/** Counts of values by power of two: a bounded picture of an unbounded list of sizes or times. */
export class Log2Histogram {
  readonly #counts: number[] = [];
  count = 0;
  sum = 0;
  max = 0;

  add(value: number): void {
    const bucket = value < 1 ? 0 : Math.floor(Math.log2(value)) + 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.count++;
    this.sum += value;
    if (value > this.max) this.max = value;
  }

  /** Non-empty buckets in order; values in one are below `below` and not below half of it (0 lies below 1). */
  buckets(): readonly { readonly below: number; readonly count: number }[] {
    return this.#counts.flatMap((count, bucket) => (count ? [{ below: 2 ** bucket, count }] : []));
  }
}

/**
 * What a stream did so far. Every accepted record ends as one of `recordsDelivered`, `recordsDropped` and `recordsInError`; those
 * that are still buffered are the difference to `recordsIn`. All times are virtual.
 */
export class Measurements {
  putCalls = 0;
  recordsIn = 0;
  /** Before base64. */
  bytesIn = 0;
  /** Refused by the throttle within a call that succeeded. */
  recordsRefused = 0;
  /** Of `recordsIn`: put during an invocation with a tag that the processor had asked for. */
  recordsPutBack = 0;

  /** Attempts, retries included. */
  invocations = 0;
  retries = 0;
  /** Attempts whose processor threw an error named `TimeoutError`. */
  timeouts = 0;
  /** JSON with base64 in it. */
  requestBytesMax = 0;
  responseBytesMax = 0;
  responsesTooLarge = 0;
  /** Records of one invocation. */
  readonly batchRecords = new Log2Histogram();

  recordsDropped = 0;
  recordsDelivered = 0;
  /** Decoded output, before conversion. */
  bytesDelivered = 0;
  recordsInError = 0;
  /** Error documents; a record of several documents may have several. */
  readonly errorDocuments: Record<ErrorOutputType, number> = {
    "processing-failed": 0,
    "format-conversion-failed": 0,
    "metadata-extraction-failed": 0,
    activePartitionExceeded: 0,
  };

  objects = 0;
  /** Bytes before conversion. */
  readonly objectBytes = new Log2Histogram();
  activePartitionsMax = 0;
  /** Delivery minus arrival of each delivered record, ms. */
  readonly freshnessMs = new Log2Histogram();

  backupObjects = 0;
  backupRecords = 0;
  /** Before compression. */
  backupBytes = 0;
}
