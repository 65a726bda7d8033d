import { appendFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { type InputRange, lakeFailure } from "@tributary/lake";

const NEWLINE = 10;
const FIRST_BYTES = 65_536;
const MOST_BYTES = 1_048_576;
/** What all spools of a run may hold in memory; beyond it the fullest goes to disk. */
const TOTAL_BYTES = 201_326_592;
/** The root's `time`: it comes before every nested one, as documents are written in the order of the class definition. */
const TIME_KEY = Buffer.from('"time":');
const ZERO = 48;

/** Memory that the spools of a run share. */
export class SpoolMemory {
  #held = 0;
  readonly #spools = new Set<DocumentSpool>();

  add(spool: DocumentSpool, bytes: number): void {
    this.#spools.add(spool);
    this.#held += bytes;
    while (this.#held > TOTAL_BYTES) {
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
  /** For each document: where it starts in the spool, its time in ms, its input, and the append that it came with. */
  readonly #starts: number[] = [];
  readonly #times: number[] = [];
  readonly #inputs: number[] = [];
  readonly #appends: number[] = [];
  #appended = 0;
  #order: Uint32Array = new Uint32Array(0);
  /** Full chunks, then the one being filled; behind what lies on disk. */
  #chunks: Buffer[] = [];
  #filling = Buffer.alloc(0);
  #used = 0;
  #held = 0;
  #spilled = 0;

  constructor(
    readonly path: string,
    private readonly memory: SpoolMemory,
  ) {}

  /** Bytes in memory. */
  get held(): number {
    return this.#held;
  }

  /** Takes newline-terminated documents of one input. */
  append(data: Uint8Array, input: number): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const offset = this.#spilled + this.#held;
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, at);
      this.#starts.push(offset + at);
      this.#times.push(timeOf(bytes, at));
      this.#inputs.push(input);
      this.#appends.push(this.#appended);
      at = end < 0 ? bytes.length : end + 1;
    }
    this.#appended++;
    if (this.#used + bytes.length > this.#filling.length) this.#nextChunk(bytes.length);
    bytes.copy(this.#filling, this.#used);
    this.#used += bytes.length;
    this.#held += bytes.length;
    this.memory.add(this, bytes.length);
  }

  /** Writes what is held to disk. */
  spill(): void {
    this.#keepFilled();
    try {
      for (const chunk of this.#chunks) appendFileSync(this.path, chunk);
    } catch (error) {
      throw lakeFailure(error, this.path);
    }
    this.#spilled += this.#held;
    this.#release();
  }

  /** Puts the documents in order, those of one moment as they came, in one file. Nothing can be appended any more. */
  async seal(): Promise<SealedSpool> {
    this.#keepFilled();
    const content = Buffer.concat(this.#spilled > 0 ? [await readFile(this.path), ...this.#chunks] : this.#chunks);
    this.#release();
    const times = this.#times;
    this.#order = Uint32Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
    const sorted = Buffer.allocUnsafe(content.length);
    let used = 0;
    const ranges: InputRange[] = [];
    for (const document of this.#order) {
      used += content.copy(sorted, used, this.#starts[document], this.#starts[document + 1] ?? content.length);
      const input = this.#inputs[document] ?? 0;
      const last = ranges.at(-1);
      if (last?.input === input) ranges[ranges.length - 1] = { input, documents: last.documents + 1 };
      else ranges.push({ input, documents: 1 });
    }
    try {
      await writeFile(this.path, sorted);
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
  }

  #nextChunk(bytes: number): void {
    this.#keepFilled();
    const size = Math.min(MOST_BYTES, Math.max(FIRST_BYTES, this.#held));
    this.#filling = Buffer.allocUnsafe(Math.max(size, bytes));
  }

  #keepFilled(): void {
    if (this.#used > 0) this.#chunks.push(this.#filling.subarray(0, this.#used));
    this.#filling = Buffer.alloc(0);
    this.#used = 0;
  }

  #release(): void {
    this.memory.release(this, this.#held);
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
