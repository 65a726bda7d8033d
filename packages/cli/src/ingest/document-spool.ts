import { appendFileSync, writeFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { type InputRange, lakeFailure } from "@tributary/lake";

const NEWLINE = 10;
const FIRST_BYTES = 65_536;
const MOST_BYTES = 1_048_576;
/** The root's `time`: it comes before every nested one, as documents are written in the order of the class definition. */
const TIME_KEY = Buffer.from('"time":');
const ZERO = 48;

/** Memory that the spools of a stream share. Buffers are used again: fresh ones cost more to touch than to fill. */
export class SpoolMemory {
  #held = 0;
  /** Bytes that spools have on disk. */
  spilled = 0;
  /** Spools that are not yet removed. */
  spools = 0;
  readonly #spools = new Set<DocumentSpool>();
  readonly #free: Buffer[] = [];
  #sorting = Buffer.alloc(0);

  /** `limit`: what all spools may hold together, bytes; beyond it the fullest goes to disk. */
  constructor(private readonly limit: number) {}

  /** Bytes that the spools hold in memory. */
  get held(): number {
    return this.#held;
  }

  /** A buffer of at least so many bytes. */
  chunk(bytes: number): Buffer {
    return (bytes <= MOST_BYTES ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(bytes);
  }

  /** Takes a buffer back that `chunk` gave. */
  recycle(chunk: Buffer): void {
    if (chunk.length === MOST_BYTES && this.#free.length * MOST_BYTES < this.limit / 2) this.#free.push(chunk);
  }

  /** Room to sort in, until the next call. */
  sorting(bytes: number): Buffer {
    if (this.#sorting.length < bytes) this.#sorting = Buffer.allocUnsafeSlow(bytes);
    return this.#sorting;
  }

  add(spool: DocumentSpool, bytes: number): void {
    this.#spools.add(spool);
    this.#held += bytes;
    while (this.#held > this.limit) {
      const fullest = [...this.#spools].reduce((most, one) => (one.held > most.held ? one : most), spool);
      fullest.spill();
    }
  }

  release(spool: DocumentSpool, bytes: number): void {
    this.#held -= bytes;
    this.#spools.delete(spool);
  }
}

/** The spool's documents in a file, in the order of their time. */
export interface SealedSpool {
  readonly path: string;
  readonly ranges: readonly InputRange[];
}

/**
 * Documents of one object, newline-terminated, collected until the object is due. A run may have hundreds open: they stay in memory
 * while there is room, since writing them unsorted first and sorted later costs more than converting them.
 */
export class DocumentSpool {
  /** For each document: its chunk, where it starts there and ends, its time in ms, its input, and the append that it came with. */
  readonly #chunkOf: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #times: number[] = [];
  readonly #inputs: number[] = [];
  readonly #appends: number[] = [];
  #appended = 0;
  #order: Uint32Array = new Uint32Array(0);
  /** How many of the first documents lie on disk, and how many bytes. */
  #spilledDocuments = 0;
  #spilled = 0;
  /** Those in memory; the last one is being filled. */
  #chunks: { readonly buffer: Buffer; used: number }[] = [];
  #held = 0;

  constructor(
    readonly path: string,
    private readonly memory: SpoolMemory,
  ) {
    memory.spools++;
  }

  /** Bytes in memory. */
  get held(): number {
    return this.#held;
  }

  /** Takes newline-terminated documents of one input. */
  append(data: Uint8Array, input: number): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const chunk = this.#chunkFor(bytes.length);
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, at);
      const next = end < 0 ? bytes.length : end + 1;
      this.#chunkOf.push(this.#chunks.length - 1);
      this.#starts.push(chunk.used + at);
      this.#ends.push(chunk.used + next);
      this.#times.push(timeOf(bytes, at));
      this.#inputs.push(input);
      this.#appends.push(this.#appended);
      at = next;
    }
    this.#appended++;
    bytes.copy(chunk.buffer, chunk.used);
    chunk.used += bytes.length;
    this.#held += bytes.length;
    this.memory.add(this, bytes.length);
  }

  /** Writes what is held to disk. */
  spill(): void {
    const offsets: number[] = [];
    try {
      for (const { buffer, used } of this.#chunks) {
        offsets.push(this.#spilled);
        appendFileSync(this.path, buffer.subarray(0, used));
        this.#spilled += used;
        this.memory.spilled += used;
      }
    } catch (error) {
      throw lakeFailure(error, this.path);
    }
    for (let document = this.#spilledDocuments; document < this.#starts.length; document++) {
      const offset = offsets[this.#chunkOf[document] ?? 0] ?? 0;
      this.#starts[document] = (this.#starts[document] ?? 0) + offset;
      this.#ends[document] = (this.#ends[document] ?? 0) + offset;
    }
    this.#spilledDocuments = this.#starts.length;
    this.#release();
  }

  /** Puts the documents in order, those of one moment as they came, in one file. Nothing can be appended any more. */
  async seal(): Promise<SealedSpool> {
    const file = this.#spilled > 0 ? await readFile(this.path) : undefined;
    const times = this.#times;
    this.#order = Uint32Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
    const sorted = this.memory.sorting(this.#spilled + this.#held);
    let used = 0;
    const ranges: InputRange[] = [];
    for (const document of this.#order) {
      const source = document < this.#spilledDocuments ? file : this.#chunks[this.#chunkOf[document] ?? 0]?.buffer;
      used += source?.copy(sorted, used, this.#starts[document], this.#ends[document]) ?? 0;
      const input = this.#inputs[document] ?? 0;
      const last = ranges.at(-1);
      if (last?.input === input) ranges[ranges.length - 1] = { input, documents: last.documents + 1 };
      else ranges.push({ input, documents: 1 });
    }
    this.#release();
    try {
      writeFileSync(this.path, sorted.subarray(0, used));
      this.memory.spilled += used - this.#spilled;
      this.#spilled = used;
    } catch (error) {
      throw lakeFailure(error, this.path);
    }
    return { path: this.path, ranges };
  }

  /** Which append a document of the sealed spool came with, and whether that append had others. */
  appendOf(ordinal: number): { readonly index: number; readonly partial: boolean } {
    const document = this.#order[ordinal] ?? 0;
    const index = this.#appends[document] ?? 0;
    const partial = this.#appends[document - 1] === index || this.#appends[document + 1] === index;
    return { index, partial };
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    this.memory.spilled -= this.#spilled;
    this.memory.spools--;
    this.#spilled = 0;
  }

  #chunkFor(bytes: number): { readonly buffer: Buffer; used: number } {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.used + bytes <= last.buffer.length) return last;
    // Hundreds of partitions with a few documents each must not hold a full chunk each.
    const size = this.#held < MOST_BYTES ? Math.max(FIRST_BYTES, this.#held) : MOST_BYTES;
    const chunk = { buffer: this.memory.chunk(Math.max(size, bytes)), used: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }

  #release(): void {
    this.memory.release(this, this.#held);
    for (const { buffer } of this.#chunks) this.memory.recycle(buffer);
    this.#chunks = [];
    this.#held = 0;
  }
}

function timeOf(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(TIME_KEY, from) + TIME_KEY.length;
  let time = 0;
  for (let digit = (bytes[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - ZERO) {
    time = time * 10 + digit;
  }
  return time;
}
