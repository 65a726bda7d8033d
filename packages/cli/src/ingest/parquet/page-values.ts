import type { Encoding, ParquetType } from "hyparquet";
import type { CellText } from "./cell-text.js";
import { deltaLengthTexts, deltaNumberTexts, deltaTexts } from "./delta-values.js";
import { damaged, unsupported } from "./parquet-damage.js";
import { RunLengths } from "./run-lengths.js";

/** The present values of a page as fields of lines, one after the other. */
export interface TextValues {
  /** Throws UnreadableInput when the page holds no more. */
  next(): string;
}

/** What a page's values are read from. */
export interface EncodedValues {
  readonly bytes: Buffer;
  /** Where the values begin. */
  readonly at: number;
  readonly encoding: Encoding | undefined;
  /** Rows of the page, of which some may have no value. */
  readonly rows: number;
}

/** Reads the values of a data page. They are decoded when they are asked for, so that a page takes little more than its bytes. */
export function pageValues(
  { bytes, at, encoding, rows }: EncodedValues,
  type: ParquetType | undefined,
  text: CellText,
  dictionary: readonly string[] | undefined,
): TextValues {
  switch (encoding) {
    case "PLAIN":
      return new PlainTexts(bytes, at, text);
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY":
      // A page without any value needs no dictionary.
      return new DictionaryTexts(new RunLengths(bytes, at + 1, bytes.length, bytes[at] ?? 0), dictionary ?? []);
    case "DELTA_BINARY_PACKED":
      return deltaNumberTexts(bytes, at, type, text);
    case "DELTA_LENGTH_BYTE_ARRAY":
      return deltaLengthTexts(bytes, at, rows, text);
    case "DELTA_BYTE_ARRAY":
      return deltaTexts(bytes, at, rows, text);
    default:
      throw unsupported(`its values are encoded as ${encoding ?? "something unknown"}, which is not read here`);
  }
}

/** The texts of a dictionary page. */
export function dictionaryTexts(bytes: Buffer, count: number, text: CellText): readonly string[] {
  // Each takes a byte at least, whatever the header claims.
  if (count < 0 || count > bytes.length) throw damaged(`a dictionary of ${count} values in ${bytes.length} bytes`);
  const values = new PlainTexts(bytes, 0, text);
  return Array.from({ length: count }, () => values.next());
}

class PlainTexts implements TextValues {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly text: CellText,
  ) {}

  next(): string {
    const { bytes, text } = this;
    let from = this.at;
    let { width } = text;
    if (width === undefined) {
      if (from + 4 > bytes.length) throw damaged("a page has fewer values than rows");
      width = bytes.readUInt32LE(from);
      from += 4;
    }
    const to = from + width;
    if (to > bytes.length) throw damaged("a page has fewer values than rows");
    this.at = to;
    return text.read(bytes, from, to);
  }
}

class DictionaryTexts implements TextValues {
  constructor(
    private readonly places: RunLengths,
    private readonly texts: readonly string[],
  ) {}

  next(): string {
    const text = this.texts[this.places.next()];
    if (text === undefined) throw damaged("a value that its dictionary lacks");
    return text;
  }
}
