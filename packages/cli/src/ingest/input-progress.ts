import { createHash } from "node:crypto";
import { TributaryError } from "@tributary/flow";
import type { FlowCounts, InputState } from "@tributary/lake";
import type { ParkedFlow } from "@tributary/transform";

/** A parked flow on its way to the lake's error files. */
export interface ParkedInput {
  readonly reason: string;
  readonly message: string;
  readonly raw: string;
  /** Line, or byte in blobs. */
  readonly position: number;
}

/** So many characters are kept of what is too large. */
const KEPT_OF_TOO_LARGE = 65_536;

/** Adds to a counter by reason. */
export function count(counters: Record<string, number>, reason: string, by = 1): void {
  counters[reason] = (counters[reason] ?? 0) + by;
}

export function sum(counters: Readonly<Record<string, number>>): number {
  return Object.values(counters).reduce((total, one) => total + one, 0);
}

/** An input that is being read: what its state will say of it, and the lake's number for it. */
export interface OpenedInput extends Pick<InputState, "path" | "kind" | "size" | "etag" | "match"> {
  readonly number: number;
}

/** Characters of a parked entry beside its own text and its input's path, at most; and how much escapes and UTF-8 may add to the text. */
const ENTRY_FRAME = 200;
const ENTRY_GROWTH = 2;

/** What the parked flows of all inputs that wait will take on disk, bytes. */
export interface WaitingEntries {
  bytes: number;
}

/** How far one input has been read, and where its flows went. Cumulative over runs, as the lake keeps it. */
export class InputProgress {
  position: number;
  line: number;
  complete = false;
  details: Readonly<Record<string, unknown>>;
  read: number;
  delivered: number;
  readonly skipped: Record<string, number>;
  readonly parked: Record<string, number>;
  /** Parked since the last commit. */
  #waiting: ParkedInput[] = [];
  /** Characters of what waits, for memory. */
  #waitingSize = 0;
  readonly #readBefore: number;
  #prefixHash = "";

  readonly path: string;
  /** The lake's number for the input. */
  readonly number: number;
  sha256: string | undefined = undefined;
  readonly #identity: Pick<InputState, "path" | "kind" | "size" | "etag" | "match">;

  constructor(
    { number, ...identity }: OpenedInput,
    /** The first HEAD_BYTES of its content. */
    private head: Buffer | undefined,
    before: InputState | undefined,
    private readonly entries: WaitingEntries = { bytes: 0 },
  ) {
    this.path = identity.path;
    this.number = number;
    this.#identity = identity;
    this.position = before?.position ?? 0;
    this.line = before?.line ?? 0;
    this.details = before?.details ?? {};
    this.read = before?.flows.read ?? 0;
    this.#readBefore = this.read;
    this.delivered = before?.flows.delivered ?? 0;
    this.skipped = { ...before?.flows.skipped };
    this.parked = { ...before?.flows.parked };
  }

  /** Flows read since it was taken up. */
  get readHere(): number {
    return this.read - this.#readBefore;
  }

  skip(reason: string, flows: number): void {
    this.read += flows;
    count(this.skipped, reason, flows);
  }

  park(parked: ParkedInput): void {
    count(this.parked, parked.reason);
    const kept = shortened(parked);
    this.#waiting.push(kept);
    this.#waitingSize += kept.raw.length + kept.message.length;
    this.entries.bytes += this.#entryBytes(kept);
  }

  /** Number and size (characters) of the parked flows that wait for the commit. */
  get waiting(): { readonly flows: number; readonly size: number } {
    return { flows: this.#waiting.length, size: this.#waitingSize };
  }

  /** Hands over the parked flows that wait. */
  takeWaiting(): readonly ParkedInput[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingSize = 0;
    for (const entry of waiting) this.entries.bytes -= this.#entryBytes(entry);
    return waiting;
  }

  /** Stands for the content where no path does: standard input. */
  get contentKey(): string {
    return `standard-input:${this.head === undefined ? this.#prefixHash : prefixHash(this.head, this.head.length)}`;
  }

  get flows(): FlowCounts {
    return { read: this.read, delivered: this.delivered, skipped: { ...this.skipped }, parked: { ...this.parked } };
  }

  /** Throws `flows-unaccounted` unless every flow read is delivered, skipped or parked. */
  assertAccounted(): void {
    const accounted = this.delivered + sum(this.skipped) + sum(this.parked);
    if (accounted === this.read) return;
    throw new TributaryError(
      "flows-unaccounted",
      `${this.path}: ${this.read} flows were read but ${accounted} are accounted for; nothing of them was committed: please report this with the file`,
    );
  }

  /** To be called once reading has ended: many inputs may wait for the next commit, and their heads need not. */
  releaseHead(): void {
    this.#prefixHash = this.#hash();
    this.head = undefined;
  }

  state(): InputState {
    const { position, line, complete, flows, details, sha256 } = this;
    return {
      ...this.#identity,
      position,
      line,
      complete,
      flows,
      details,
      prefixHash: this.#hash(),
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  }

  #entryBytes({ raw, message }: ParkedInput): number {
    return ENTRY_FRAME + this.path.length + ENTRY_GROWTH * (raw.length + message.length);
  }

  #hash(): string {
    return this.head === undefined ? this.#prefixHash : prefixHash(this.head, this.position);
  }
}

/** A text that is too large for a flow is too large to be kept as a whole. */
function shortened(parked: ParkedInput): ParkedInput {
  const { reason, message, raw } = parked;
  if (reason !== "too-large" || raw.length <= KEPT_OF_TOO_LARGE) return parked;
  // A slice alone would keep the whole text in memory.
  const kept = Buffer.from(raw.slice(0, KEPT_OF_TOO_LARGE)).toString("utf8");
  return { ...parked, message: `${message} (the first 64 KiB of ${raw.length} characters are kept)`, raw: kept };
}

/**
 * Hash of the content that was read, of as much of it as the head holds. Content, not the file's bytes: a blob's closer moves when it
 * grows, and a file may be compressed anew.
 */
export function prefixHash(head: Buffer, position: number): string {
  return createHash("sha256").update(head.subarray(0, position)).digest("base64url");
}

/** The number that a parked flow's position ends with: a line (`<key>#12`), or the record's byte in a blob (`<blob>@12/0/1/3`). */
export function positionOf({ position }: Pick<ParkedFlow, "position">): number {
  const line = /#(\d+)(?:\.\d+)?$/.exec(position);
  const byte = /@(\d+)\/\d+\/\d+\/\d+$/.exec(position);
  return Number(line?.[1] ?? byte?.[1] ?? 0);
}
