import type { ErrorDocument } from "./error-output.js";
import type { ErrorOutputType } from "./prefix-expression.js";

/**
 * Where objects go. A destination takes the data of an object while it is still being buffered: `open` starts one object of one
 * partition, `append` hands over each record and `close` says that the object is due and what it is called. That way the model counts
 * sizes only, and 128 MB times 500 partitions of buffer lie wherever the destination puts them, on disk for instance, while a key that
 * depends on the oldest record and the moment of delivery can still be given at the end.
 */
export interface ObjectDestination<Tag> {
  /** Starts an object. `partition` holds the partition keys that the prefix uses; empty without dynamic partitioning. */
  open(partition: Readonly<Record<string, string>>): ObjectWriter<Tag>;
  /** Takes one error document. Documents with the same key are lines of the same object. */
  putError(output: ErrorOutput<Tag>): void | Promise<void>;
}

export interface ObjectWriter<Tag> {
  /**
   * Takes what the transformation made of one record: one or more newline-joined documents. The bytes are not reused by the
   * model, yet they are a view into the whole response: copy what is to be held for long.
   */
  append(data: Uint8Array, tag: Tag): void;
  /**
   * Delivers the object. Resolves with the documents that record format conversion refused, if any. A rejection stops the stream: the
   * service would retry for 24 hours, which a local run should not.
   */
  close(object: DeliveredObject): Promise<ConversionReport | undefined>;
}

/** An object at the moment of its delivery. */
export interface DeliveredObject {
  readonly key: string;
  readonly partition: Readonly<Record<string, string>>;
  /** Number of records, before conversion. */
  readonly records: number;
  /** Bytes appended, before conversion. */
  readonly bytes: number;
  /** Arrival of the oldest record, ms. */
  readonly oldestArrival: number;
  /** ms, virtual. */
  readonly deliveredAt: number;
}

export interface ConversionReport {
  readonly rejected: readonly RejectedDocument[];
}

/** A document that did not fit the table's columns; it alone fails, its neighbours are delivered. */
export interface RejectedDocument {
  /** Which `append` it came with, from 0. */
  readonly index: number;
  /** The document's own bytes. */
  readonly data: Uint8Array;
  /** True when other documents of the same `append` were converted, so that the record itself counts as delivered. */
  readonly partial?: boolean;
  /** For instance `DataFormatConversion.MalformedData`. */
  readonly code: string;
  readonly message: string;
}

export interface ErrorOutput<Tag> {
  readonly type: ErrorOutputType;
  readonly key: string;
  readonly document: ErrorDocument;
  readonly tag: Tag;
  readonly recordId: string;
}

/** Where untransformed source records go: a bucket of its own. */
export interface BackupDestination {
  put(object: BackupObject): Promise<void>;
}

export interface BackupObject {
  readonly key: string;
  /** The records' bytes one after the other without any delimiter, compressed as configured. */
  readonly body: Uint8Array;
  readonly records: number;
  /** Bytes before compression. */
  readonly bytes: number;
  readonly deliveredAt: number;
}
