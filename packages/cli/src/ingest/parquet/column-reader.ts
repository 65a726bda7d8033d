import type { Encoding, PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { ABSENT } from "./cell-text.js";
import type { FlowColumn } from "./flow-column.js";
import { pageBytes } from "./page-bytes.js";
import type { PageMemory } from "./page-memory.js";
import { dictionaryTexts, pageValues, type TextValues } from "./page-values.js";
import { damaged, decoded, unsupported } from "./parquet-damage.js";
import type { ColumnChunk } from "./parquet-file.js";
import type { ColumnBytes } from "./parquet-ranges.js";
import { RunLengths } from "./run-lengths.js";
import type { TextBudget } from "./text-budget.js";
import { thriftEnd } from "./thrift-bounds.js";

/** A page's header; its statistics hold two values of the column. */
const MAX_HEADER_BYTES = 65_536;
const MAX_HEADER_VALUES = 1000;
/** What a dictionary takes as texts, by its bytes as numbers. */
const TEXT_PER_BYTE = 8;
/** The lengths of texts, which are unpacked before them and may take no bytes of their page. */
const LENGTH_BYTES: Partial<Record<Encoding, number>> = { DELTA_LENGTH_BYTE_ARRAY: 4, DELTA_BYTE_ARRAY: 8 };
/** Rows that are left out at once. */
const SKIPPED_ROWS = 1000;

/** A data page with the rows that are left of it. */
interface Page {
  left: number;
  /** 1 for each row with a value, 0 for each without; undefined when all have one. */
  readonly levels: RunLengths | undefined;
  readonly values: TextValues;
}

const NO_PAGE: Page = { left: 0, levels: undefined, values: { next: () => ABSENT } };

/** Of what a column is part. */
export interface ColumnPlace {
  readonly chunk: ColumnChunk;
  /** Of the row group. */
  readonly rows: number;
  /** Shared by the columns of the row group. */
  readonly memory: PageMemory;
  /** Shared by the columns of the file. */
  readonly budget: TextBudget;
}

/** Reads one column of a row group from its first row on, page by page. */
export class ColumnReader {
  readonly #chunk: ColumnChunk;
  readonly #memory: PageMemory;
  readonly #budget: TextBudget;
  #at: number;
  /** Rows whose pages are still to come. */
  #rowsLeft: number;
  #page = NO_PAGE;
  #dictionary: readonly string[] | undefined;

  constructor(
    private readonly bytes: ColumnBytes,
    private readonly column: FlowColumn,
    { chunk, rows, memory, budget }: ColumnPlace,
  ) {
    this.#chunk = chunk;
    this.#memory = memory;
    this.#budget = budget;
    this.#at = chunk.from;
    this.#rowsLeft = rows;
  }

  /** Rows that can be taken by now: those of one page. Throws UnreadableInput when its page is damaged. */
  async ready(): Promise<number> {
    while (this.#page.left === 0) await this.#nextPage(0);
    return this.#page.left;
  }

  /** The fields of the next rows, no more than are ready. Throws UnreadableInput. */
  take(rows: number): readonly string[] {
    const page = this.#page;
    page.left -= rows;
    return decoded(this.column.name, () => {
      const { levels, values } = page;
      const texts: string[] = [];
      for (let row = 0; row < rows; row++) {
        const text = levels === undefined || levels.next() === 1 ? values.next() : ABSENT;
        this.#budget.take(text);
        texts.push(text);
      }
      return texts;
    });
  }

  /** Leaves out rows; pages that hold nothing else are not expanded. */
  async skip(rows: number): Promise<void> {
    let left = rows;
    while (left > 0) {
      if (this.#page.left === 0) left -= await this.#nextPage(left);
      const some = Math.min(left, this.#page.left, SKIPPED_ROWS);
      this.#budget.nextBatch();
      if (some > 0) this.take(some);
      left -= some;
    }
  }

  /** Goes on to the next data page. One of up to `skip` rows is passed over; gives how many rows that were. */
  async #nextPage(skip: number): Promise<number> {
    this.#page = NO_PAGE;
    for (;;) {
      if (this.#rowsLeft === 0 || this.#at >= this.#chunk.to) {
        throw damaged(`${this.column.name} has fewer rows than its row group`);
      }
      const header = await this.#header();
      const { compressed_page_size: size, uncompressed_page_size: expanded } = header;
      if (!(size >= 0 && expanded >= 0 && this.#at + size <= this.#chunk.to)) throw damaged(`a page of ${size} bytes`);
      const from = this.#at;
      this.#at += size;
      if (header.type === "DICTIONARY_PAGE") {
        this.#memory.take(this.#chunk, expanded * TEXT_PER_BYTE);
        const page = buffer(pageBytes(await this.bytes.read(from, from + size), expanded, this.#chunk.codec));
        const count = header.dictionary_page_header?.num_values ?? 0;
        this.#dictionary = decoded(this.column.name, () => dictionaryTexts(page, count, this.column.text));
      } else if (header.type === "DATA_PAGE" || header.type === "DATA_PAGE_V2") {
        const rows = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? -1;
        if (!(rows >= 0 && rows <= this.#rowsLeft)) throw damaged(`a page of ${rows} rows`);
        this.#rowsLeft -= rows;
        if (rows <= skip) return rows;
        const encoding = header.data_page_header?.encoding ?? header.data_page_header_v2?.encoding;
        const lengths = encoding === undefined ? 0 : (LENGTH_BYTES[encoding] ?? 0);
        this.#memory.take(this, expanded + rows * lengths);
        const compressed = await this.bytes.read(from, from + size);
        this.#page = decoded(this.column.name, () => this.#open(header, compressed, rows));
        return 0;
      }
    }
  }

  async #header(): Promise<PageHeader> {
    const from = this.#at;
    const window = await this.bytes.read(from, Math.min(this.#chunk.to, from + MAX_HEADER_BYTES));
    const length = thriftEnd(window, 0, MAX_HEADER_VALUES);
    this.#at += length;
    return decoded("a page's header", () =>
      parquetHeader({ view: new DataView(window.buffer, window.byteOffset, length), offset: 0 }),
    );
  }

  #open(header: PageHeader, compressed: Buffer, rows: number): Page {
    const { data_page_header: v1, data_page_header_v2: v2 } = header;
    const { element, optional, text } = this.column;
    if (v1 !== undefined) {
      const bytes = buffer(pageBytes(compressed, header.uncompressed_page_size, this.#chunk.codec));
      let at = 0;
      if (optional) {
        if (v1.definition_level_encoding !== "RLE") throw unsupported("it says in an old way which values are absent");
        if (bytes.length < 4) throw damaged("a page without levels");
        at = 4 + bytes.readUInt32LE(0);
        if (at > bytes.length) throw damaged("levels longer than their page");
      }
      const levels = optional ? new RunLengths(bytes, 4, at, 1) : undefined;
      const values = pageValues({ bytes, at, encoding: v1.encoding, rows }, element.type, text, this.#dictionary);
      return { left: rows, levels, values };
    }
    if (v2 === undefined) throw damaged("a page without a header");
    const repetition = v2.repetition_levels_byte_length;
    const levelsEnd = repetition + v2.definition_levels_byte_length;
    const expanded = header.uncompressed_page_size - levelsEnd;
    if (!(repetition >= 0 && levelsEnd >= repetition && levelsEnd <= compressed.length && expanded >= 0)) {
      throw damaged("levels longer than their page");
    }
    const packed = compressed.subarray(levelsEnd);
    const bytes = buffer(v2.is_compressed === false ? packed : pageBytes(packed, expanded, this.#chunk.codec));
    const levels = optional ? new RunLengths(compressed, repetition, levelsEnd, 1) : undefined;
    const values = pageValues({ bytes, at: 0, encoding: v2.encoding, rows }, element.type, text, this.#dictionary);
    return { left: rows, levels, values };
  }
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
