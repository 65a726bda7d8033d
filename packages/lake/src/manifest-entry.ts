import type { Partition } from "./lake-layout.js";

/** A committed Parquet file. */
export interface ParquetFile {
  /** Relative to the lake, with `/`. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly partition: Partition;
  /** Numbers of the inputs with rows in it. */
  readonly inputs: readonly number[];
  /** Fingerprint of its columns: files with different ones are read by name. */
  readonly schema: string;
  /** SHA-256 of the file, and of its origin file, in hexadecimal; lakes of version 0.1.0 have none. */
  readonly sha256?: string;
  readonly originSha256?: string;
}

/** A committed file of parked entries, JSON lines. */
export interface ParkedFile {
  readonly path: string;
  readonly reason: string;
  readonly entries: number;
  readonly inputs: readonly number[];
  /** SHA-256 of the file, in hexadecimal; lakes of version 0.1.0 have none. */
  readonly sha256?: string;
}

/** Where the flows of an input went; cumulative. `read` equals the sum of the others. */
export interface FlowCounts {
  readonly read: number;
  readonly delivered: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly parked: Readonly<Record<string, number>>;
}

/** How far an input has been read. Cumulative: the last one of an input wins. */
export interface InputState {
  /** The input's path or URL as the user may name it; the key. */
  readonly path: string;
  readonly kind: string;
  /** Bytes it had when it was last looked at. */
  readonly size: number;
  /** The object store's name of the content that was read; files have none. */
  readonly etag?: string;
  /** What it was searched for while it was read, in the form that `FlowMatch` gives; all of its flows were read when absent. */
  readonly match?: string;
  /** SHA-256 of its stored bytes in hexadecimal, where provenance was asked for and it was read to its end. */
  readonly sha256?: string;
  /** Bytes of it that are read and committed. */
  readonly position: number;
  /** Lines or records that are read and committed. */
  readonly line: number;
  /** Hash of its first bytes, to tell a grown file from another one of the same name. */
  readonly prefixHash: string;
  /** Whether it was read to its end. */
  readonly complete: boolean;
  readonly flows: FlowCounts;
  /** Anything else that reading must remember to go on, e.g. the format of its header. JSON values. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** When and by which commit. */
export interface CommitMark {
  readonly commit: number;
  readonly at: string;
}

/** An input as the lake knows it. */
export interface RecordedInput extends InputState {
  /** The lake's number for it, used in ranges and origin files. */
  readonly number: number;
  readonly firstCommit: CommitMark;
  readonly lastCommit: CommitMark;
}

/** Rows of an input that were removed with their days; null where nobody can tell how many, since their origin file was lost. */
export interface PrunedRows {
  readonly input: number;
  readonly rows: number | null;
}

/** One commit: what came, what went, how far each input is. Written as one file. */
export interface ManifestEntry {
  readonly version: number;
  readonly commit: number;
  readonly run: string;
  readonly at: string;
  readonly parquet: readonly ParquetFile[];
  readonly errors: readonly ParkedFile[];
  /** Names of Parquet and parked files that no longer count. */
  readonly removed: readonly string[];
  readonly inputs: readonly (InputState & { readonly number: number })[];
  /** Numbers of inputs that were forgotten before `inputs` was recorded. */
  readonly forgotten: readonly number[];
  /** Rows that went with days that were removed: they stay counted as delivered. */
  readonly pruned?: readonly PrunedRows[];
}
