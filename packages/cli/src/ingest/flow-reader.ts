import type { FlowMatch, Parked, SkipReason, VpcFormat } from "@tributary/flow";
import type { ByteSource } from "./byte-source.js";

/** Where to read on, and what reading must remember to do so. */
export interface ReadPosition {
  /** Decompressed bytes that are behind. */
  readonly position: number;
  /** Lines that are behind. */
  readonly line: number;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A Firehose record to put, as text or bytes, and how many flows it holds. */
export interface ReadRecord {
  readonly data: string | Uint8Array;
  readonly flows: number;
}

/** Input that the reader itself parks: it counts as one flow. */
export interface ReadParked {
  readonly parked: Parked;
  /** Line, or byte in blobs. */
  readonly position: number;
}

/** The next part of an input, and where reading goes on after it. */
export interface ReadStep extends ReadPosition {
  readonly records: readonly ReadRecord[];
  readonly parked: readonly ReadParked[];
  /** Flows that the reader leaves out: they are in no record. */
  readonly skipped?: Readonly<Partial<Record<SkipReason, number>>>;
}

/** What a reader must know of its input and of the run. */
export interface ReadContext {
  /** What identifies lines without an identity of their own, and Azure blobs outside their folders. */
  readonly key: string;
  readonly path: string;
  readonly responseBudgetBytes: number;
  /** What the inventory adds to each document. */
  readonly contextBytes: number;
  /** ms; time of lines that have none and whose path names none. */
  readonly arrivalTime?: number;
  /** Which flows are wanted; all of them when undefined. */
  readonly match?: FlowMatch;
  /** The formats that lines without a header may have, for the match. Those of an ordinary flow log by default. */
  readonly formats?: readonly VpcFormat[];
  /** Account of lines when neither they nor their delivery name one, for the match. */
  readonly account?: string;
  /** What each document shall name as the file or object that it comes from; nothing when undefined. */
  readonly source?: string;
  /** Whether more may be appended later, so that a torn end is left for the next run instead of being parked. */
  readonly mayGrow: boolean;
  /** Takes a finding on the input, without its name. */
  readonly onNote: (note: string) => void;
}

/** Reads one kind of input. Throws UnreadableInput when it cannot go on; the steps before that are good. */
export type FlowReader = (source: ByteSource, from: ReadPosition, context: ReadContext) => AsyncGenerator<ReadStep>;
