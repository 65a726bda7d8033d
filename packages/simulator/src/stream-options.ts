import { ConfigurationError } from "@tributary/flow";
import type { TransformationEvent, TransformationResponse } from "@tributary/transform";
import type { DataCatalogTable } from "./error-output.js";
import type { BackupDestination, DeliveredObject, ObjectDestination } from "./object-destination.js";
import type { ObjectNames } from "./object-key.js";
import type { FirehoseRecord, RecordOrigin } from "./record.js";
import * as limits from "./service-limits.js";
import type { VirtualClock } from "./virtual-clock.js";

/** What a processor may ask about the batch at hand. */
export interface InvocationContext<Tag> {
  /** The tag that a record of this batch was put with, to put it back under. Throws for a recordId of another batch. */
  tagOf(recordId: string): Tag;
}

/** The transformation function. */
export interface Processor<Tag> {
  /**
   * A record is put back by putting it on the same stream during the invocation. A thrown error is a failed invocation; one
   * named `TimeoutError` is counted as a timeout. Must not await `ready`, `tick` or `drain` of the stream that invokes it.
   */
  invoke(
    event: TransformationEvent,
    context: InvocationContext<Tag>,
  ): TransformationResponse | Promise<TransformationResponse>;
  /** Default 1 MiB, 0.2 to 3 MB of decoded data. */
  readonly bufferBytes?: number;
  /** Default 60, 0 to 900. */
  readonly bufferSeconds?: number;
  /** Attempts after the first. Default 3. */
  readonly retries?: number;
  /** Invocations under way at once. Default 1. Their results are applied in the order of the batches. */
  readonly concurrency?: number;
  /**
   * What a successful answer with missing or repeated recordIds leads to. `retry-batch` (default) treats it like a thrown error.
   * `fail-records` is what captures of the service show: no retry, and only the records concerned go to the error output.
   */
  readonly malformedAnswers?: "retry-batch" | "fail-records";
  /** Named in error documents. */
  readonly lambdaArn?: string;
}

export interface DynamicPartitioning {
  /** Default 500. */
  readonly activePartitionLimit?: number;
  /** `error` (default) is the service's way; `flush-oldest` delivers the oldest partition early instead, for local runs. */
  readonly whenFull?: "error" | "flush-oldest";
  /** When given, exactly these keys must appear in the prefix. */
  readonly keys?: readonly string[];
}

export interface BufferingHints {
  readonly bufferBytes?: number;
  readonly bufferSeconds?: number;
}

/** Storing every source record as it came, put-backs included. */
export interface SourceBackup extends BufferingHints {
  readonly destination: BackupDestination;
  readonly prefix?: string;
  readonly errorPrefix?: string;
  readonly compression: "GZIP" | "UNCOMPRESSED";
}

/**
 * Record format conversion. The destination converts, as it holds the documents, and reports at `close` those that failed; the stream
 * gives them the service's error document and key.
 */
export interface RecordConverter {
  /** For instance `.parquet`. */
  readonly extension: string;
  readonly dataCatalogTable?: DataCatalogTable;
}

export interface DeliveryStreamOptions<Tag> {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly clock: VirtualClock;
  readonly destination: ObjectDestination<Tag>;
  readonly processor?: Processor<Tag>;
  readonly dynamicPartitioning?: DynamicPartitioning;
  readonly prefix?: string;
  readonly errorPrefix?: string;
  /** Default 128 MiB and 300 s, per partition. */
  readonly s3?: BufferingHints;
  readonly backup?: SourceBackup;
  readonly conversion?: RecordConverter;
  /** Default: counted, so that runs repeat. */
  readonly names?: ObjectNames;
  /** False refuses a record of a put with ServiceUnavailableException. */
  readonly admit?: (record: FirehoseRecord<Tag>, index: number) => boolean;
  /** Objects being closed at once. Default 1. */
  readonly deliveryConcurrency?: number;
  /** Batches and objects that may wait or be under way before `ready` holds producers back. Default 4. */
  readonly pendingLimit?: number;
  /** False admits buffer sizes and times below and above the service's bounds, for tests and local runs. */
  readonly enforceServiceLimits?: boolean;
  readonly onObject?: (object: DeliveredObject) => void;
  readonly onDelivered?: (origin: RecordOrigin<Tag>, deliveredAt: number) => void;
  readonly onDropped?: (origin: RecordOrigin<Tag>) => void;
}

/** Buffering in the units of the model. */
export interface Buffering {
  readonly bytes: number;
  readonly ms: number;
}

/** Sizes and times with defaults filled in. Throws ConfigurationError that names the service's rule. */
export function resolveBuffering<Tag>(options: DeliveryStreamOptions<Tag>): {
  readonly processing: Buffering;
  readonly s3: Buffering;
  readonly backup: Buffering;
} {
  const { processor, s3, backup, conversion, dynamicPartitioning } = options;
  const enforce = options.enforceServiceLimits !== false;
  const large = conversion !== undefined || dynamicPartitioning !== undefined;
  const largeRule = "Firehose takes 64 to 128 MB with record format conversion or dynamic partitioning";
  return {
    processing: {
      bytes: bounded(
        "processor.bufferBytes",
        processor?.bufferBytes ?? limits.PROCESSING_BUFFER_BYTES_DEFAULT,
        enforce,
        [limits.PROCESSING_BUFFER_BYTES_MIN, limits.PROCESSING_BUFFER_BYTES_MAX],
        "Firehose takes 0.2 to 3 MB for a Lambda processor",
      ),
      ms: seconds(
        "processor.bufferSeconds",
        processor?.bufferSeconds ?? limits.PROCESSING_BUFFER_SECONDS_DEFAULT,
        enforce,
        0,
      ),
    },
    s3: {
      bytes: bounded(
        "s3.bufferBytes",
        s3?.bufferBytes ?? limits.S3_BUFFER_BYTES_DEFAULT,
        enforce,
        [large ? limits.S3_LARGE_BUFFER_BYTES_MIN : limits.S3_BUFFER_BYTES_MIN, limits.S3_BUFFER_BYTES_MAX],
        large ? largeRule : "Firehose takes 1 to 128 MB for S3",
      ),
      // Zero buffering does not exist for partitioned streams.
      ms: seconds(
        "s3.bufferSeconds",
        s3?.bufferSeconds ?? limits.S3_BUFFER_SECONDS_DEFAULT,
        enforce,
        dynamicPartitioning ? 1 : 0,
      ),
    },
    backup: {
      bytes: bounded(
        "backup.bufferBytes",
        backup?.bufferBytes ?? limits.BACKUP_BUFFER_BYTES_DEFAULT,
        enforce,
        [limits.S3_BUFFER_BYTES_MIN, limits.S3_BUFFER_BYTES_MAX],
        "Firehose takes 1 to 128 MB for S3",
      ),
      ms: seconds(
        "backup.bufferSeconds",
        backup?.bufferSeconds ?? limits.BACKUP_BUFFER_SECONDS_DEFAULT,
        enforce,
        limits.BACKUP_BUFFER_SECONDS_MIN,
      ),
    },
  };
}

function seconds(name: string, value: number, enforce: boolean, least: number): number {
  const rule = `Firehose takes ${least} to ${limits.BUFFER_SECONDS_MAX} seconds here`;
  if (value === 0 && !enforce) return 0;
  return bounded(name, value, enforce, [least, limits.BUFFER_SECONDS_MAX], rule) * 1000;
}

function bounded(
  name: string,
  value: number,
  enforce: boolean,
  range: readonly [number, number],
  rule: string,
): number {
  if (value >= 0 && (value >= range[0] || !enforce) && (value <= range[1] || !enforce)) return value;
  throw new ConfigurationError(
    "service-limit",
    `${name} is ${value}, but ${rule}: choose a value in that range, or set enforceServiceLimits to false for a local run`,
  );
}
