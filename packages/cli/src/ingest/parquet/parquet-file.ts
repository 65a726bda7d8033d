import { type ColumnMetaData, type CompressionCodec, parquetMetadata, type SchemaElement } from "hyparquet";
import { UnreadableInput } from "../input-problem.js";
import type { StoredBytes } from "../stored-bytes.js";
import { damaged, decoded } from "./parquet-damage.js";
import { type FileRange, ParquetRanges } from "./parquet-ranges.js";
import { thriftEnd } from "./thrift-bounds.js";

const MAGIC = "PAR1";
/** The length of the footer and the magic word. */
const TRAILER_BYTES = 8;
/** A column takes some 200 bytes of it in each row group. */
const MAX_FOOTER_BYTES = 16 * 1024 * 1024;
const MAX_FOOTER_VALUES = 4_000_000;
/** Rows of a flow log hold times and counters that differ; a million are accepted in a file of any size. */
const ROWS_IN_ANY_FILE = 1_000_000;
const MAX_ROWS_PER_BYTE = 20;

/** Where the values of one column are, in one row group. */
export interface ColumnChunk extends FileRange {
  readonly codec: CompressionCodec | undefined;
}

export interface RowGroup {
  readonly rows: number;
  /** By place of the column; undefined where the footer says nothing of it. */
  readonly chunks: readonly (ColumnChunk | undefined)[];
}

/** A Parquet file as its footer describes it. */
export interface ParquetFile {
  readonly rows: number;
  readonly schema: readonly SchemaElement[];
  readonly groups: readonly RowGroup[];
  readonly ranges: ParquetRanges;
}

/** Reads the footer. Throws UnreadableInput when there is none, or one that contradicts itself or the file. */
export async function openParquet(stored: StoredBytes): Promise<ParquetFile> {
  const { size } = stored;
  const ranges = await ParquetRanges.open(stored);
  const trailer = await ranges.read(Math.max(0, size - TRAILER_BYTES), size);
  if (trailer.length < TRAILER_BYTES || trailer.toString("latin1", 4) !== MAGIC) throw cutOff();
  const footerBytes = trailer.readUInt32LE(0);
  const at = size - TRAILER_BYTES - footerBytes;
  if (at < MAGIC.length) throw damaged(`a footer of ${footerBytes} bytes in a file of ${size}`);
  if (footerBytes > MAX_FOOTER_BYTES) throw damaged(`a footer of ${footerBytes} bytes, which no flow log has`);
  const footer = await ranges.read(at, size);
  thriftEnd(footer.subarray(0, footerBytes), 0, MAX_FOOTER_VALUES);
  return decoded("its footer", () => {
    const { schema, row_groups } = parquetMetadata(footer, { geoparquet: false });
    const groups = row_groups.map(({ num_rows, columns }) => {
      const rows = Number(num_rows);
      if (!Number.isSafeInteger(rows) || rows < 0) throw damaged(`a row group of ${num_rows} rows`);
      return { rows, chunks: columns.map(({ meta_data }) => chunkOf(meta_data, at)) };
    });
    const rows = groups.reduce((sum, group) => sum + group.rows, 0);
    if (rows > ROWS_IN_ANY_FILE + MAX_ROWS_PER_BYTE * size) throw damaged(`${rows} rows in ${size} bytes`);
    return { rows, schema: schema.map(checked), groups, ranges };
  });
}

/** What the schema must say of each element, whatever it is. */
function checked(element: SchemaElement): SchemaElement {
  const { name, num_children: children = 0 } = element;
  if (typeof name !== "string" || !(children >= 0)) throw damaged("a column without a name");
  return element;
}

function chunkOf(meta: ColumnMetaData | undefined, end: number): ColumnChunk | undefined {
  if (meta === undefined) return undefined;
  const data = Number(meta.data_page_offset);
  const dictionary = Number(meta.dictionary_page_offset ?? 0n);
  // Some writers say 0 where there is no dictionary.
  const from = dictionary > 0 && dictionary < data ? dictionary : data;
  const to = from + Number(meta.total_compressed_size);
  if (!(from >= MAGIC.length && from <= to && to <= end)) throw damaged(`a column at bytes ${from} to ${to} of ${end}`);
  return { from, to, codec: meta.codec };
}

function cutOff(): UnreadableInput {
  return new UnreadableInput(
    "cut-off",
    "its Parquet data ends without a footer: fetch the file again, and run the same command",
  );
}
