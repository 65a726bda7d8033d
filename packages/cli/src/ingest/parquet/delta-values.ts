import type { ParquetType } from "hyparquet";
import type { CellText } from "./cell-text.js";
import type { TextValues } from "./page-values.js";
import { damaged } from "./parquet-damage.js";

const MAX_VARINT_BYTES = 10n;
/** Writers use 128 or 256 values and four miniblocks. */
const MAX_BLOCK = 65_536;

/** Whole numbers as differences in packed blocks (parquet-format, "Delta encoding"), one after the other. */
class DeltaNumbers {
  readonly #miniblocks: number;
  readonly #perMiniblock: number;
  /** How many numbers there are. */
  readonly count: number;
  #left: number;
  #value: bigint;
  #first = true;
  #minDelta = 0n;
  #widths: Uint8Array = new Uint8Array(0);
  #miniblock = 0;
  #inMiniblock = 0;
  #bit = 0;

  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly bits: 32 | 64,
  ) {
    const block = Number(this.#varint());
    this.#miniblocks = Number(this.#varint());
    this.count = Number(this.#varint());
    this.#left = this.count;
    this.#perMiniblock = block / this.#miniblocks;
    if (!Number.isInteger(this.#perMiniblock) || this.#perMiniblock < 1 || block > MAX_BLOCK) {
      throw damaged(`blocks of ${block} numbers in ${this.#miniblocks} parts`);
    }
    this.#value = BigInt.asIntN(bits, this.#zigzag());
    this.#miniblock = this.#miniblocks;
  }

  /** Where the bytes behind all its numbers begin; to be asked for once they are read. */
  get end(): number {
    return this.at;
  }

  next(): bigint {
    if (this.#left-- <= 0) throw damaged("a page has fewer values than rows");
    if (this.#first) {
      this.#first = false;
      return this.#value;
    }
    if (this.#inMiniblock === 0) this.#nextMiniblock();
    const width = this.#widths[this.#miniblock] ?? 0;
    let delta = 0n;
    for (let taken = 0; taken < width; ) {
      const offset = this.#bit & 7;
      const count = Math.min(8 - offset, width - taken);
      const byte = this.bytes[this.#bit >> 3];
      if (byte === undefined) throw damaged("packed numbers end too early");
      delta |= BigInt((byte >> offset) & ((1 << count) - 1)) << BigInt(taken);
      taken += count;
      this.#bit += count;
    }
    this.#inMiniblock--;
    this.#value = BigInt.asIntN(this.bits, this.#value + this.#minDelta + delta);
    return this.#value;
  }

  #nextMiniblock(): void {
    if (++this.#miniblock >= this.#miniblocks) {
      this.#minDelta = this.#zigzag();
      this.#widths = this.bytes.subarray(this.at, this.at + this.#miniblocks);
      this.at += this.#miniblocks;
      this.#miniblock = 0;
    }
    const width = this.#widths[this.#miniblock] ?? 0;
    if (width > 64) throw damaged(`numbers of ${width} bits`);
    this.#bit = this.at * 8;
    // A miniblock is stored whole, but those that hold nothing are left out.
    this.at += (this.#perMiniblock * width) / 8;
    this.#inMiniblock = this.#perMiniblock;
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  #varint(): bigint {
    let value = 0n;
    for (let digit = 0n; digit < MAX_VARINT_BYTES; digit++) {
      const next = this.bytes[this.at++];
      if (next === undefined) throw damaged("packed numbers end too early");
      value |= BigInt(next & 0x7f) << (7n * digit);
      if (next < 0x80) return value;
    }
    throw damaged("a packed number is too long");
  }
}

/** Numbers as differences to the number before. */
export function deltaNumberTexts(bytes: Buffer, at: number, type: ParquetType | undefined, text: CellText): TextValues {
  if (type !== "INT32" && type !== "INT64") throw damaged(`differences of ${type ?? "unknown values"}`);
  const numbers = new DeltaNumbers(bytes, at, type === "INT32" ? 32 : 64);
  const stored = Buffer.alloc(8);
  return {
    next() {
      // Through the bytes of a plain value, so that its type is looked at in one place.
      stored.writeBigInt64LE(BigInt.asIntN(64, numbers.next()));
      return text.read(stored, 0, text.width ?? 0);
    },
  };
}

/** Texts whose lengths come first. */
export function deltaLengthTexts(bytes: Buffer, at: number, rows: number, text: CellText): TextValues {
  const { values: lengths, end } = lengthsOf(bytes, at, rows);
  let next = 0;
  let from = end;
  return {
    next() {
      const to = from + (lengths[next++] ?? Number.NaN);
      if (!(to <= bytes.length)) throw damaged("a page has fewer values than rows");
      const value = text.read(bytes, from, to);
      from = to;
      return value;
    },
  };
}

/** Texts that share a beginning with the text before them. */
export function deltaTexts(bytes: Buffer, at: number, rows: number, text: CellText): TextValues {
  const { values: prefixes, end } = lengthsOf(bytes, at, rows);
  const { values: suffixes, end: begin } = lengthsOf(bytes, end, rows);
  let next = 0;
  let from = begin;
  let last: Buffer = Buffer.alloc(0);
  return {
    next() {
      const prefix = prefixes[next] ?? Number.NaN;
      const to = from + (suffixes[next] ?? Number.NaN);
      next++;
      if (!(to <= bytes.length && prefix <= last.length)) throw damaged("a page has fewer values than rows");
      last = Buffer.concat([last.subarray(0, prefix), bytes.subarray(from, to)]);
      from = to;
      return text.read(last, 0, last.length);
    },
  };
}

/** The lengths that stand before texts. A page has no more texts than rows. */
function lengthsOf(bytes: Buffer, at: number, rows: number): { readonly values: Uint32Array; readonly end: number } {
  const numbers = new DeltaNumbers(bytes, at, 32);
  const { count } = numbers;
  if (count > rows) throw damaged(`lengths of ${count} texts in a page of ${rows} rows`);
  const values = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    const length = Number(numbers.next());
    if (length < 0) throw damaged("a text of negative length");
    values[index] = length;
  }
  return { values, end: numbers.end };
}
