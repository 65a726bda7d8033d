import type { ParkReason } from "../outcome.js";
import { TributaryError } from "../tributary-error.js";
import { BraceScanner } from "./brace-scanner.js";
import { isSpace, RecordsFrame } from "./records-frame.js";
import { MAX_RAW_BYTES, parkBytes, parseRecord, type SplitRecord } from "./split-record.js";
import { swallowedRecords } from "./torn-record.js";

export interface AzureRecordSplitterOptions {
  /** Absolute offset of the first byte pushed, for a blob read from the middle. */
  readonly startOffset?: number;
  /** Larger records are parked (`too-large`). */
  readonly maxRecordBytes?: number;
}

const MAX_RECORD_BYTES = 16 * 1024 * 1024;

const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;

/** `between` records, perhaps in an `opener`, in a `record`, in one too large to keep (`oversize`), or in `garbage`. */
type Place = "between" | "opener" | "record" | "oversize" | "garbage";

/**
 * Splits the content of a flow-log blob into records while it streams by, holding one record at most. Takes the whole
 * `{"records":[…]}`, a part of it that starts at a block (commas first), a blob that is still being written and lacks its closer,
 * and `records` arrays nested in `records`. What is wrong is parked alone and the next record is read.
 */
export class AzureRecordSplitter {
  private readonly maxRecordBytes: number;
  private readonly scanner = new BraceScanner();
  private readonly frame: RecordsFrame;
  private place: Place = "between";
  /** Absolute offsets: after the last byte read, of the current token, and after the last thing handed out. */
  private position: number;
  private begin = 0;
  private settled: number;
  /** The current token's bytes of earlier chunks. */
  private carry = new Uint8Array(0);
  private carried = 0;
  private lastGarbage = 0;
  private busy = false;

  constructor(options: AzureRecordSplitterOptions = {}) {
    const start = options.startOffset ?? 0;
    this.maxRecordBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
    this.frame = new RecordsFrame(start);
    this.position = start;
    this.settled = start;
  }

  /** Whether the last thing read was the document's closer, `]}`. */
  get closed(): boolean {
    return this.frame.closed;
  }

  /** Where to read on when the blob has grown: after the last whole record, before its closer and before a record cut off. */
  get resumeOffset(): number {
    return this.settled;
  }

  /**
   * Reads the next bytes. The result is lazy: iterate it to its end before the next call, which throws `splitter-busy` otherwise.
   * The chunk may be reused afterwards.
   */
  push(chunk: Uint8Array): Iterable<SplitRecord> {
    this.claim();
    return this.read(chunk);
  }

  /** Tells that no more bytes come: a record that is cut off here is parked (`invalid-json`). */
  end(): Iterable<SplitRecord> {
    this.claim();
    return this.finish();
  }

  private claim(): void {
    if (this.busy) {
      const remedy = "iterate the result of push to its end before the next call";
      throw new TributaryError("splitter-busy", `records of the previous chunk were not taken: ${remedy}`);
    }
    this.busy = true;
  }

  private *read(chunk: Uint8Array): Generator<SplitRecord> {
    const base = this.position;
    const length = chunk.length;
    this.position = base + length;
    let i = 0;
    while (i < length) {
      switch (this.place) {
        case "between":
          i = this.skipSeparators(chunk, i, base);
          break;
        case "opener":
          i = this.passOpener(chunk, i, base);
          break;
        case "garbage":
          i = this.skipGarbage(chunk, i);
          if (i < length) yield this.parkGarbage(this.token(chunk, i, base), base + i);
          break;
        default:
          i = this.scanner.scan(chunk, i);
          if (this.scanner.depth === 0) yield* this.complete(chunk, i, base);
      }
    }
    if (this.place !== "between") yield* this.keep(chunk.subarray(Math.max(0, this.begin - base)));
    this.busy = false;
  }

  /** Index after what may stand between records. */
  private skipSeparators(chunk: Uint8Array, from: number, base: number): number {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (this.frame.isSeparator(byte, base + i)) continue;
      this.begin = base + i;
      const opener = this.frame.beginsOpener(byte);
      this.place = opener ? "opener" : "garbage";
      return opener ? i + 1 : i;
    }
    return chunk.length;
  }

  private passOpener(chunk: Uint8Array, from: number, base: number): number {
    for (let i = from; i < chunk.length; i++) {
      const matched = this.frame.matchOpener(chunk[i] as number);
      if (matched === "so far") continue;
      if (matched === "whole") {
        this.settle(base + i + 1);
        return i + 1;
      }
      this.place = this.frame.bareOpener ? "garbage" : "record";
      this.lastGarbage = 0;
      this.scanner.reset(1, this.frame.insideKey);
      return i;
    }
    return chunk.length;
  }

  /** Index of the next `{` that follows a comma or white space, where a record can begin again. */
  private skipGarbage(chunk: Uint8Array, from: number): number {
    let last = this.lastGarbage;
    let i = from;
    for (; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (byte === OPEN_OBJECT && (last === COMMA || isSpace(last))) break;
      last = byte;
    }
    this.lastGarbage = last;
    return i;
  }

  private *complete(chunk: Uint8Array, to: number, base: number): Generator<SplitRecord> {
    const end = base + to;
    if (this.place === "oversize") {
      this.appendRaw(chunk.subarray(Math.max(0, this.begin - base), to));
      yield this.parkTooLarge(this.carry.subarray(0, this.carried), end);
      return;
    }
    const bytes = this.token(chunk, to, base);
    if (bytes.length <= this.maxRecordBytes) {
      const record = parseRecord(bytes, this.begin);
      if (record.kind === "record") {
        this.settle(end);
        yield record;
        return;
      }
    }
    yield* this.recover(bytes, base);
  }

  /** The bytes of the token that ends before index `to`, in one piece. */
  private token(chunk: Uint8Array, to: number, base: number): Uint8Array {
    if (this.begin >= base) return chunk.subarray(this.begin - base, to);
    this.append(chunk.subarray(0, to));
    return this.carry.subarray(0, this.carried);
  }

  private *keep(rest: Uint8Array): Generator<SplitRecord> {
    if (this.place === "garbage" || this.place === "oversize") {
      this.appendRaw(rest);
      return;
    }
    this.append(rest);
    if (this.carried > this.maxRecordBytes) yield* this.recover(this.carry.subarray(0, this.carried), this.position);
  }

  private appendRaw(bytes: Uint8Array): void {
    this.append(bytes.subarray(0, Math.max(0, MAX_RAW_BYTES - this.carried)));
  }

  private append(bytes: Uint8Array): void {
    const needed = this.carried + bytes.length;
    if (needed > this.carry.length) {
      const larger = new Uint8Array(Math.max(needed, this.carry.length * 2, 4096));
      larger.set(this.carry.subarray(0, this.carried));
      this.carry = larger;
    }
    this.carry.set(bytes, this.carried);
    this.carried = needed;
  }

  /**
   * The token's bytes so far are not the one record they were taken for. A record that lost its end has swallowed the ones after it,
   * so each that begins within is judged alone; the last may go on and is the current record then. `chunkStart`: absolute offset
   * from which on bytes need no carrying, because the chunk being read still has them.
   */
  private *recover(bytes: Uint8Array, chunkStart: number): Generator<SplitRecord> {
    const offset = this.begin;
    const cuts = [0, ...swallowedRecords(bytes), bytes.length];
    for (let k = 0; k + 1 < cuts.length; k++) {
      const from = cuts[k] as number;
      const piece = bytes.subarray(from, cuts[k + 1]);
      this.begin = offset + from;
      this.scanner.reset();
      const to = this.scanner.scan(piece, 0);
      if (this.scanner.depth === 0) {
        yield this.judge(piece.subarray(0, to));
        yield* this.leftOver(piece.subarray(to), offset + from + to);
      } else if (k + 2 < cuts.length) {
        yield this.park("invalid-json", "the record is cut off", piece, this.begin + piece.length);
      } else {
        this.place = piece.length > this.maxRecordBytes ? "oversize" : "record";
        const carried = piece.subarray(0, Math.max(0, chunkStart - this.begin));
        this.carried = 0;
        this.append(this.place === "oversize" ? carried.subarray(0, MAX_RAW_BYTES) : carried);
      }
    }
  }

  private judge(bytes: Uint8Array): SplitRecord {
    const end = this.begin + bytes.length;
    if (bytes.length > this.maxRecordBytes) return this.parkTooLarge(bytes, end);
    this.settle(end);
    return parseRecord(bytes, this.begin);
  }

  /** What follows a recovered record: separators as a rule. */
  private *leftOver(bytes: Uint8Array, offset: number): Generator<SplitRecord> {
    for (let i = 0; i < bytes.length; i++) {
      if (this.frame.isSeparator(bytes[i] as number, offset + i)) continue;
      this.begin = offset + i;
      yield this.parkGarbage(bytes.subarray(i), offset + bytes.length);
      return;
    }
  }

  private *finish(): Generator<SplitRecord> {
    const carried = this.carry.subarray(0, this.carried);
    if (this.place === "oversize") {
      yield this.parkTooLarge(carried, this.position);
    } else if (this.place === "garbage" || (this.place === "opener" && this.frame.bareOpener)) {
      yield this.parkGarbage(carried, this.position);
    } else if (this.place !== "between") {
      this.place = "record";
      yield* this.recover(carried, this.position);
      if (this.carried > 0) yield this.parkTail();
    }
    this.busy = false;
  }

  /** The record in which the input ends. It is not settled: when the blob is still being written, its rest comes later. */
  private parkTail(): SplitRecord {
    const settled = this.settled;
    const why = "the input ends inside the record: read on from its first byte once the blob is whole";
    const parked = this.park("invalid-json", why, this.carry.subarray(0, this.carried), this.position);
    this.settled = settled;
    return parked;
  }

  private parkTooLarge(bytes: Uint8Array, end: number): SplitRecord {
    const why = `the record has ${end - this.begin} bytes and the limit is ${this.maxRecordBytes}: raise maxRecordBytes`;
    return this.park("too-large", why, bytes, end);
  }

  private parkGarbage(bytes: Uint8Array, end: number): SplitRecord {
    return this.park("invalid-json", "expected a record, which begins with a brace", bytes, end);
  }

  private park(reason: ParkReason, why: string, bytes: Uint8Array, end: number): SplitRecord {
    const parked = parkBytes(reason, why, bytes, this.begin, end);
    this.settle(end);
    return parked;
  }

  private settle(end: number): void {
    this.settled = end;
    this.place = "between";
    this.carried = 0;
  }
}
