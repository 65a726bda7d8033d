import type { StoredBytes } from "../stored-bytes.js";
import type { PageMemory } from "./page-memory.js";
import { damaged } from "./parquet-damage.js";

/** Read at once from the end of a file: footers are smaller, and many files too. */
const TAIL_BYTES = 262_144;
/** The columns of a row group up to this size are fetched with one request. */
const MAX_GROUP_BYTES = 16 * 1024 * 1024;
/** Beyond that each column is read in parts of this size, so that memory does not depend on the row group. */
const WINDOW_BYTES = 1024 * 1024;

/** A stretch of a file. */
export interface FileRange {
  readonly from: number;
  readonly to: number;
}

/** Bytes of one column, in order. */
export interface ColumnBytes {
  /** From an offset up to another of the file; what lies before it is not asked for again. Throws UnreadableInput for too much at once. */
  read(from: number, to: number): Promise<Buffer>;
}

/** Reads stretches of a file with few requests. */
export class ParquetRanges {
  private constructor(
    private readonly stored: StoredBytes,
    private readonly tail: Buffer,
  ) {}

  /** Throws what the store throws. */
  static async open(stored: StoredBytes): Promise<ParquetRanges> {
    const { size } = stored;
    return new ParquetRanges(stored, await stored.range(Math.max(0, size - TAIL_BYTES), size));
  }

  /** From an offset up to another; throws UnreadableInput when they are not in the file. */
  async read(from: number, to: number): Promise<Buffer> {
    const { size } = this.stored;
    if (!(from >= 0 && from <= to && to <= size)) throw damaged(`bytes ${from} to ${to} of ${size}`);
    const tailAt = size - this.tail.length;
    if (from >= tailAt) return this.tail.subarray(from - tailAt, to - tailAt);
    return this.stored.range(from, to);
  }

  /** Readers of the given columns of one row group, whose stored bytes count as the memory of its pages. */
  async columns(ranges: readonly FileRange[], memory: PageMemory): Promise<readonly ColumnBytes[]> {
    const from = Math.min(...ranges.map((range) => range.from));
    const to = Math.max(...ranges.map((range) => range.to));
    if (to - from > MAX_GROUP_BYTES) return ranges.map((range) => new WindowedBytes(this, range, memory));
    const group = ranges.length === 0 ? Buffer.alloc(0) : await this.read(from, to);
    const shared = { read: async (start: number, end: number) => group.subarray(start - from, end - from) };
    return ranges.map(() => shared);
  }
}

class WindowedBytes implements ColumnBytes {
  #from = 0;
  #window: Buffer = Buffer.alloc(0);

  constructor(
    private readonly ranges: ParquetRanges,
    private readonly column: FileRange,
    private readonly memory: PageMemory,
  ) {}

  async read(from: number, to: number): Promise<Buffer> {
    if (from < this.#from || to > this.#from + this.#window.length) {
      const end = Math.min(this.column.to, Math.max(to, from + WINDOW_BYTES));
      // Before it is read: columns may claim the same bytes, and pages any length.
      this.memory.take(this, end - from);
      this.#window = Buffer.alloc(0);
      this.#window = await this.ranges.read(from, end);
      this.#from = from;
    }
    return this.#window.subarray(from - this.#from, to - this.#from);
  }
}
