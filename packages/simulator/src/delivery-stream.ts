import { BoundedTasks } from "./bounded-tasks.js";
import { ErrorOutputs } from "./error-output.js";
import { InvocationQueue } from "./invocation-queue.js";
import { Measurements } from "./measurements.js";
import { countedNames } from "./object-key.js";
import { type Batch, ProcessingBuffer } from "./processing-buffer.js";
import { checkPut, type PutRecordBatchResponse, type PutResponseEntry, SLOW_DOWN } from "./put-record-batch.js";
import { type BufferedRecord, type FirehoseRecord, recordIdOf, toBytes } from "./record.js";
import { S3Delivery } from "./s3-delivery.js";
import { PUT_RECORDS_MAX } from "./service-limits.js";
import { SourceBackupBuffer } from "./source-backup.js";
import { type DeliveryStreamOptions, resolveBuffering } from "./stream-options.js";
import { streamPrefixes } from "./stream-prefixes.js";
import { type BatchOutcome, Transformation } from "./transformation.js";

/**
 * A model of one Amazon Data Firehose stream with an S3 destination, in virtual time: put, processing buffer, transformation,
 * dynamic partitioning, S3 buffers, source backup, error output. It holds undelivered source records, at most one open buffer and
 * `pendingLimit` batches when producers await `ready`, and one small entry per record of each open object.
 */
export class DeliveryStream<Tag> {
  readonly arn: string;
  readonly measurements = new Measurements();
  readonly #options: DeliveryStreamOptions<Tag>;
  readonly #tasks: BoundedTasks;
  readonly #pendingLimit: number;
  readonly #s3: S3Delivery<Tag>;
  readonly #errorOutputs: ErrorOutputs<Tag>;
  readonly #backup: SourceBackupBuffer | undefined;
  readonly #processing: ProcessingBuffer<Tag>;
  readonly #transformation: Transformation<Tag> | undefined;
  readonly #invocations: InvocationQueue<Tag> | undefined;
  readonly #sizes = new Uint32Array(PUT_RECORDS_MAX);

  #turn: Promise<void> = Promise.resolve();

  #sequence = 0;
  /** The due time being worked off, which is the present for everything that happens because of it. */
  #stepTime: number | undefined;
  #reachedTime = 0;

  /** Throws ConfigurationError for settings that the service refuses. */
  constructor(options: DeliveryStreamOptions<Tag>) {
    const { name, region, accountId, processor, backup } = options;
    const names = options.names ?? countedNames();
    const buffering = resolveBuffering(options);
    const prefixes = streamPrefixes(options);
    this.#options = options;
    this.arn = `arn:aws:firehose:${region}:${accountId}:deliverystream/${name}`;
    this.#tasks = new BoundedTasks(options.deliveryConcurrency ?? 1);
    this.#pendingLimit = options.pendingLimit ?? 4;
    const catalogTable = options.conversion?.dataCatalogTable;
    this.#errorOutputs = new ErrorOutputs(
      name,
      prefixes.error,
      names,
      buffering.s3,
      processor?.lambdaArn,
      catalogTable,
    );
    this.#s3 = new S3Delivery(
      options,
      buffering.s3,
      prefixes.data,
      this.#errorOutputs,
      names,
      this.#tasks,
      this.measurements,
    );
    this.#backup =
      backup && new SourceBackupBuffer(backup, buffering.backup, name, names, this.#tasks, this.measurements);
    this.#processing = new ProcessingBuffer(buffering.processing, (batch) => this.#invocations?.add(batch));
    const transformation =
      processor && new Transformation(processor, { arn: this.arn, region }, names, this.measurements);
    this.#transformation = transformation;
    this.#invocations =
      transformation &&
      new InvocationQueue({
        concurrency: processor.concurrency ?? 1,
        invoke: (batch) => transformation.invoke(batch),
        apply: (batch, outcome) => this.#apply(batch, outcome),
        deliveriesReady: () => this.#tasks.below(this.#pendingLimit),
      });
  }

  /**
   * Takes up to 500 records and 4 MiB of data, like the service's PutRecordBatch: refused records are counted and marked in the answer,
   * the others are accepted. May be called by the processor during an invocation. Throws InvalidArgumentException for a call
   * beyond the limits, and the destination's error once a delivery has failed.
   */
  putRecordBatch(records: readonly FirehoseRecord<Tag>[]): PutRecordBatchResponse {
    this.#raiseFailure();
    const sizes = this.#sizes;
    checkPut(records, sizes);
    const now = this.#now();
    const dueAt = this.#processing.dueAt;
    if (dueAt !== undefined && dueAt < now) this.#processing.seal(dueAt);
    this.measurements.putCalls++;
    const { admit } = this.#options;
    const requestResponses: PutResponseEntry[] = [];
    let failedPutCount = 0;
    let index = 0;
    for (const record of records) {
      if (admit === undefined || admit(record, index)) {
        requestResponses.push({ recordId: this.#accept(record, sizes[index] ?? 0, now) });
      } else {
        failedPutCount++;
        requestResponses.push(SLOW_DOWN);
      }
      index++;
    }
    this.measurements.recordsRefused += failedPutCount;
    return { failedPutCount, requestResponses };
  }

  /** Resolves when fewer than `pendingLimit` batches and objects are waiting or under way. Rejects once a delivery has failed. */
  async ready(): Promise<void> {
    this.#raiseFailure();
    for (;;) {
      const batches = this.#invocations?.pending ?? 0;
      if (batches + this.#tasks.pending < this.#pendingLimit) return;
      if (batches > 0) await this.#invocations?.progress();
      else await this.#tasks.below(this.#pendingLimit);
      this.#raiseFailure();
    }
  }

  /** When the next buffer is due, ms; undefined while all are empty. */
  nextDueAt(): number | undefined {
    const times = [this.#processing.dueAt, this.#s3.dueAt, this.#backup?.dueAt].filter((time) => time !== undefined);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** Works off everything that is due by the clock. Rejects with the destination's error once a delivery has failed. */
  tick(): Promise<void> {
    return this.advanceTo(this.#options.clock.now());
  }

  /**
   * Works off everything that is due up to `ms`, each at its own time and in that order, and takes `ms` as the present from then on if
   * the clock is behind. Put between calls, not while one is under way, unless from the processor.
   */
  advanceTo(ms: number): Promise<void> {
    return this.#exclusively(() => this.#advance(ms));
  }

  /** Delivers everything, due or not, put-backs of the last batches included: the end of a run. */
  drain(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#advance(this.#now());
      const now = this.#now();
      // A put-back during an invocation refills the buffer.
      while (this.#processing.seal(now)) await this.#settle();
      while (this.#s3.deliverOldest(now, Number.POSITIVE_INFINITY)) await this.#tasks.below(this.#pendingLimit);
      this.#backup?.deliver(now);
      this.#errorOutputs.flush();
      await this.#settle();
    });
  }

  async #advance(target: number): Promise<void> {
    await this.#settle();
    try {
      for (let next = this.nextDueAt(); next !== undefined && next <= target; next = this.nextDueAt()) {
        this.#stepTime = next;
        if (isDue(this.#processing.dueAt, next)) {
          this.#processing.seal(next);
          await this.#settle();
        }
        if (isDue(this.#backup?.dueAt, next)) this.#backup?.deliver(next);
        while (this.#s3.deliverOldest(next)) await this.#tasks.below(this.#pendingLimit);
      }
    } finally {
      this.#stepTime = undefined;
    }
    this.#reachedTime = Math.max(this.#reachedTime, target);
    await this.#settle();
  }

  #accept(record: FirehoseRecord<Tag>, bytes: number, arrivedAt: number): string {
    const { measurements } = this;
    const { data, tag } = record;
    const recordId = recordIdOf(this.#sequence++);
    measurements.recordsIn++;
    measurements.bytesIn += bytes;
    this.#backup?.add(data, arrivedAt);
    const buffered: BufferedRecord<Tag> = { recordId, tag, arrivedAt, data };
    if (this.#transformation) {
      if (this.#transformation.isPutBack(tag)) measurements.recordsPutBack++;
      this.#processing.add(buffered, bytes);
    } else {
      this.#s3.store(buffered, toBytes(data), undefined, arrivedAt);
    }
    return recordId;
  }

  #apply(batch: Batch<Tag>, outcome: BatchOutcome): void {
    const at = batch.sealedAt;
    let index = 0;
    for (const record of batch.records) {
      if (outcome.kind === "failed") {
        this.#s3.fail(record, outcome.failure, at);
        continue;
      }
      const failure = outcome.failures.get(index);
      const answer = outcome.answers[index];
      const document = outcome.documents[index++];
      if (failure) {
        this.#s3.fail(record, failure, at);
      } else if (document) {
        this.#s3.store(record, document, answer?.metadata?.partitionKeys, at);
      } else if (answer?.result === "Dropped") {
        record.data = "";
        this.measurements.recordsDropped++;
        this.#options.onDropped?.(record);
      } else {
        const message = "The function answered ProcessingFailed for this record.";
        const code = "Lambda.ProcessingFailedStatus";
        this.#s3.fail(record, { type: "processing-failed", code, message, attempts: outcome.attempts }, at);
      }
    }
    this.#s3.flushErrors();
  }

  #now(): number {
    return this.#stepTime ?? Math.max(this.#options.clock.now(), this.#reachedTime);
  }

  /** Resolves when no batch and no delivery is waiting or under way. */
  async #settle(): Promise<void> {
    await this.#invocations?.idle();
    this.#raiseFailure();
    await this.#tasks.below(1);
  }

  #raiseFailure(): void {
    const failure = this.#invocations?.failure ?? this.#tasks.failure;
    if (failure) throw failure.error;
  }

  #exclusively(work: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

function isDue(dueAt: number | undefined, now: number): boolean {
  return dueAt !== undefined && dueAt <= now;
}
