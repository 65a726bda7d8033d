import type { BoundedTasks } from "./bounded-tasks.js";
import type { ErrorOutputs, RecordFailure } from "./error-output.js";
import type { Measurements } from "./measurements.js";
import type { ConversionReport, DeliveredObject, ErrorOutput, ObjectWriter } from "./object-destination.js";
import { type ObjectNames, objectKey } from "./object-key.js";
import type { PrefixExpression } from "./prefix-expression.js";
import type { BufferedRecord } from "./record.js";
import { ACTIVE_PARTITIONS_DEFAULT, PREFIX_CHARACTERS_MAX } from "./service-limits.js";
import type { Buffering, DeliveryStreamOptions } from "./stream-options.js";

type PartitionKeys = Readonly<Record<string, string>>;

/** An object that is being filled. */
interface OpenPartition<Tag> {
  readonly id: string;
  readonly keys: PartitionKeys;
  readonly writer: ObjectWriter<Tag>;
  readonly openedAt: number;
  /** In order of `append`; without data. */
  readonly records: BufferedRecord<Tag>[];
  bytes: number;
  /** Records come in the order of their arrival, so the first is the oldest. */
  readonly oldestArrival: number;
}

const KEY_SEPARATOR = "\0";
const NO_KEYS: PartitionKeys = Object.freeze({});

/** The S3 side of a stream: one buffer per partition, objects when a buffer is full or due, errors where they belong. */
export class S3Delivery<Tag> {
  /** In order of opening, so that the first is the oldest and the first to be due. */
  readonly #open = new Map<string, OpenPartition<Tag>>();
  readonly #activeLimit: number;
  readonly #flushOldest: boolean;
  #errors: ErrorOutput<Tag>[] = [];

  constructor(
    private readonly options: DeliveryStreamOptions<Tag>,
    private readonly buffering: Buffering,
    private readonly prefix: PrefixExpression,
    private readonly errorOutputs: ErrorOutputs<Tag>,
    private readonly names: ObjectNames,
    private readonly tasks: BoundedTasks,
    private readonly measurements: Measurements,
  ) {
    this.#activeLimit = options.dynamicPartitioning?.activePartitionLimit ?? ACTIVE_PARTITIONS_DEFAULT;
    this.#flushOldest = options.dynamicPartitioning?.whenFull === "flush-oldest";
  }

  /** When the oldest open buffer has waited long enough; undefined when none is open. */
  get dueAt(): number | undefined {
    for (const partition of this.#open.values()) return partition.openedAt + this.buffering.ms;
    return undefined;
  }

  /** Adds what the transformation made of a record to its partition's buffer, or fails the record. Lets go of its source data. */
  store(record: BufferedRecord<Tag>, data: Uint8Array, keys: PartitionKeys | undefined, at: number): void {
    const partition = this.#partitionFor(record, keys, at);
    if (!partition) return;
    partition.writer.append(data, record.tag);
    record.data = "";
    partition.records.push(record);
    partition.bytes += data.byteLength;
    if (partition.bytes >= this.buffering.bytes) this.#deliver(partition, at);
  }

  /** Sends a record to the error output; the destination gets it at the next {@link flushErrors}. */
  fail(record: BufferedRecord<Tag>, failure: RecordFailure, at: number): void {
    this.#errors.push(this.errorOutputs.ofRecord(record, failure, at));
    record.data = "";
    this.measurements.recordsInError++;
    this.measurements.errorDocuments[failure.type]++;
  }

  /** Hands over gathered errors as one task, since a task each would cost a promise per record. */
  flushErrors(): void {
    if (this.#errors.length === 0) return;
    const errors = this.#errors;
    this.#errors = [];
    this.tasks.add(() => this.#putErrors(errors));
  }

  /** Delivers the oldest buffer if it is due at `at` (or whatever its age with Infinity as `due`). False when there is none. */
  deliverOldest(at: number, due = at): boolean {
    for (const partition of this.#open.values()) {
      if (partition.openedAt + this.buffering.ms > due) return false;
      this.#deliver(partition, at);
      return true;
    }
    return false;
  }

  /** Delivers at its own time what was due before `at`, only that nobody has ticked the stream since. */
  #deliverOverdue(at: number): void {
    for (let dueAt = this.dueAt; dueAt !== undefined && dueAt < at; dueAt = this.dueAt) this.deliverOldest(dueAt);
  }

  #partitionFor(
    record: BufferedRecord<Tag>,
    keys: PartitionKeys | undefined,
    at: number,
  ): OpenPartition<Tag> | undefined {
    const id = this.#partitionId(keys);
    if (id === undefined) {
      this.fail(record, metadataFailure("partitionKeys values must not be null or empty"), at);
      return undefined;
    }
    this.#deliverOverdue(at);
    return this.#open.get(id) ?? this.#openPartition(record, id, keys, at);
  }

  #openPartition(
    record: BufferedRecord<Tag>,
    id: string,
    keys: PartitionKeys | undefined,
    at: number,
  ): OpenPartition<Tag> | undefined {
    if (this.#open.size >= this.#activeLimit && this.#flushOldest) this.deliverOldest(at, Number.POSITIVE_INFINITY);
    if (this.#open.size >= this.#activeLimit) {
      const message = `The limit of ${this.#activeLimit} active partitions is reached.`;
      const code = "DynamicPartitioning.ActivePartitionLimitExceeded";
      this.fail(record, { type: "activePartitionExceeded", code, message, attempts: 1 }, at);
      return undefined;
    }
    const used = this.#usedKeys(keys);
    // The service checks a prefix without keys at its creation, before the date is filled in.
    if (used !== NO_KEYS) {
      const values = { time: record.arrivedAt, partition: used, randomString: () => "00000000000" };
      const { length } = this.prefix.evaluate(values);
      if (length > PREFIX_CHARACTERS_MAX) {
        const message = `The evaluated prefix has ${length} characters, more than ${PREFIX_CHARACTERS_MAX}.`;
        this.fail(record, metadataFailure(message), at);
        return undefined;
      }
    }
    const partition = {
      id,
      keys: used,
      writer: this.options.destination.open(used),
      openedAt: at,
      records: [],
      bytes: 0,
      oldestArrival: record.arrivedAt,
    };
    this.#open.set(id, partition);
    this.measurements.activePartitionsMax = Math.max(this.measurements.activePartitionsMax, this.#open.size);
    return partition;
  }

  /** Undefined when a key that the prefix needs is missing or empty. */
  #partitionId(keys: PartitionKeys | undefined): string | undefined {
    let id = "";
    for (const name of this.prefix.partitionKeys) {
      const value = keys?.[name];
      if (typeof value !== "string" || value === "") return undefined;
      id += value + KEY_SEPARATOR;
    }
    return id;
  }

  #usedKeys(keys: PartitionKeys | undefined): PartitionKeys {
    const names = this.prefix.partitionKeys;
    return names.length === 0 ? NO_KEYS : Object.fromEntries(names.map((name) => [name, keys?.[name] ?? ""]));
  }

  #deliver(partition: OpenPartition<Tag>, at: number): void {
    this.#open.delete(partition.id);
    const { keys, bytes, oldestArrival } = partition;
    const prefix = this.prefix.evaluate({
      time: oldestArrival,
      partition: keys,
      randomString: () => this.names.randomString(),
    });
    const extension = this.options.conversion?.extension ?? "";
    const object: DeliveredObject = {
      key: objectKey(prefix, this.options.name, oldestArrival, this.names.uuid(), extension),
      partition: keys,
      records: partition.records.length,
      bytes,
      oldestArrival,
      deliveredAt: at,
    };
    this.tasks.add(async () => this.#settle(partition, object, await partition.writer.close(object)));
  }

  async #settle(
    partition: OpenPartition<Tag>,
    object: DeliveredObject,
    report: ConversionReport | undefined,
  ): Promise<void> {
    const { measurements, options } = this;
    const at = object.deliveredAt;
    const lost = new Set<number>();
    const errors: ErrorOutput<Tag>[] = [];
    for (const document of report?.rejected ?? []) {
      const record = partition.records[document.index];
      if (!record) {
        const place = `document ${document.index} of ${object.records}`;
        throw new RangeError(`the destination rejected ${place}: report the index of its append`);
      }
      if (!document.partial) lost.add(document.index);
      errors.push(this.errorOutputs.ofDocument(record, document, at));
    }
    await this.#putErrors(errors);
    measurements.errorDocuments["format-conversion-failed"] += errors.length;
    measurements.recordsInError += lost.size;
    measurements.recordsDelivered += object.records - lost.size;
    measurements.bytesDelivered += object.bytes;
    measurements.objects++;
    measurements.objectBytes.add(object.bytes);
    let index = 0;
    for (const record of partition.records) {
      if (lost.has(index++)) continue;
      measurements.freshnessMs.add(at - record.arrivedAt);
      options.onDelivered?.(record, at);
    }
    options.onObject?.(object);
  }

  async #putErrors(errors: readonly ErrorOutput<Tag>[]): Promise<void> {
    for (const error of errors) {
      const done = this.options.destination.putError(error);
      if (done) await done;
    }
  }
}

function metadataFailure(message: string): RecordFailure {
  return {
    type: "metadata-extraction-failed",
    code: "DynamicPartitioning.MetadataExtractionFailed",
    message,
    attempts: 1,
  };
}
