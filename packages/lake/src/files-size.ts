import type { ParquetFile } from "./manifest-entry.js";

/** What some Parquet files come to. */
export interface FilesSize {
  readonly files: number;
  readonly flows: number;
  readonly bytes: number;
}

export function sizeOf(parquet: readonly Pick<ParquetFile, "rows" | "bytes">[]): FilesSize {
  let flows = 0;
  let bytes = 0;
  for (const file of parquet) {
    flows += file.rows;
    bytes += file.bytes;
  }
  return { files: parquet.length, flows, bytes };
}
