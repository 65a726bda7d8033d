import { damaged } from "./parquet-damage.js";

const MAX_RUN_BYTES = 5;

/**
 * Whole numbers in Parquet's hybrid of run lengths and bit packing (parquet-format, "Encodings"), one after the other. A run may claim
 * to be longer than its page: it costs nothing until its numbers are asked for.
 */
export class RunLengths {
  readonly #valueBytes: number;
  /** Numbers left of the current run. */
  #left = 0;
  #packed = false;
  /** The number that the run repeats. */
  #value = 0;
  /** Within a packed run, where its next number begins. */
  #bit = 0;

  /** The numbers take `width` bits each, in the bytes from `at` up to `end`. */
  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly end: number,
    private readonly width: number,
  ) {
    if (width > 32) throw damaged(`numbers of ${width} bits`);
    this.#valueBytes = (width + 7) >> 3;
  }

  next(): number {
    // Numbers without bits are all zero, and writers may leave out their runs.
    if (this.width === 0) return 0;
    while (this.#left === 0) this.#begin();
    this.#left--;
    return this.#packed ? this.#unpack() : this.#value;
  }

  #begin(): void {
    const header = this.#varint();
    this.#packed = header % 2 === 1;
    const count = Math.floor(header / 2);
    if (this.#packed) {
      this.#left = count * 8;
      this.#bit = this.at * 8;
      // The last group may be cut short where its numbers would be padding.
      this.at = Math.min(this.at + count * this.width, this.end);
    } else {
      this.#left = count;
      this.#value = 0;
      for (let index = 0; index < this.#valueBytes; index++) this.#value += this.#byte() * 2 ** (8 * index);
    }
  }

  #unpack(): number {
    let value = 0;
    let taken = 0;
    while (taken < this.width) {
      const place = this.#bit >> 3;
      const offset = this.#bit & 7;
      const bits = Math.min(8 - offset, this.width - taken);
      const byte = place < this.end ? this.bytes[place] : undefined;
      if (byte === undefined) throw damaged("packed numbers end too early");
      value += ((byte >> offset) & ((1 << bits) - 1)) * 2 ** taken;
      taken += bits;
      this.#bit += bits;
    }
    return value;
  }

  #varint(): number {
    let value = 0;
    for (let digit = 0; digit < MAX_RUN_BYTES; digit++) {
      const next = this.#byte();
      value += (next & 0x7f) * 2 ** (7 * digit);
      if (next < 0x80) return value;
    }
    throw damaged("a run of numbers is too long");
  }

  #byte(): number {
    const byte = this.at < this.end ? this.bytes[this.at++] : undefined;
    if (byte === undefined) throw damaged("runs of numbers end too early");
    return byte;
  }
}
