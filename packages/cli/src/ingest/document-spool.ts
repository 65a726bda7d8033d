import { appendFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { type InputRange, lakeFailure } from "@tributary/lake";

const NEWLINE = 10;
const FIRST_BYTES = 16_384;
const MOST_BYTES = 262_144;
/** What all spools of a run may hold in memory; beyond it they are all written out. */
const TOTAL_BYTES = 67_108_864;

/** Memory that the spools of a run share. */
export class SpoolMemory {
  #held = 0;
  readonly #spools = new Set<DocumentSpool>();

  add(spool: DocumentSpool, bytes: number): void {
    this.#spools.add(spool);
    this.#held += bytes;
    if (this.#held <= TOTAL_BYTES) return;
    for (const one of [...this.#spools]) one.flush();
  }

  release(spool: DocumentSpool, bytes: number): void {
    this.#held -= bytes;
    this.#spools.delete(spool);
  }
}

/**
 * Documents of one object, newline-terminated, collected in a file until the object is due. A run may have hundreds open, so the file
 * is opened only to append a full buffer.
 */
export class DocumentSpool {
  readonly ranges: InputRange[] = [];
  /** Documents of each append, to find the append of a document. */
  readonly #documents: number[] = [];
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #used = 0;

  constructor(
    readonly path: string,
    private readonly memory: SpoolMemory,
  ) {}

  /** Takes newline-terminated documents of one input. */
  append(data: Uint8Array, input: number): void {
    const documents = countNewlines(data);
    this.#documents.push(documents);
    const last = this.ranges.at(-1);
    if (last?.input === input) this.ranges[this.ranges.length - 1] = { input, documents: last.documents + documents };
    else this.ranges.push({ input, documents });

    if (this.#used + data.length > MOST_BYTES) this.flush();
    if (data.length > MOST_BYTES) {
      this.#write(data);
      return;
    }
    this.#reserve(data.length);
    this.#buffer.set(data, this.#used);
    this.#used += data.length;
    this.memory.add(this, data.length);
  }

  /** Writes out what is held. */
  flush(): void {
    if (this.#used === 0) return;
    const used = this.#used;
    this.#used = 0;
    this.memory.release(this, used);
    this.#write(this.#buffer.subarray(0, used));
  }

  /** Which append a document came with, and whether that append had others. `ordinal` counts the spool's documents from 0. */
  appendOf(ordinal: number): { readonly index: number; readonly partial: boolean } {
    let before = 0;
    for (const [index, documents] of this.#documents.entries()) {
      before += documents;
      if (ordinal < before) return { index, partial: documents > 1 };
    }
    return { index: this.#documents.length - 1, partial: false };
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  #write(data: Uint8Array): void {
    try {
      appendFileSync(this.path, data);
    } catch (error) {
      throw lakeFailure(error, this.path);
    }
  }

  #reserve(bytes: number): void {
    let size = this.#buffer.length;
    while (size < this.#used + bytes) size *= 2;
    if (size === this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(size);
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}

function countNewlines(data: Uint8Array): number {
  let count = 0;
  for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
