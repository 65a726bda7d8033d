import type { DuckDBConnection } from "@duckdb/node-api";
import { fileLiteral, identifier } from "./sql-literal.js";

/** The name under which a row's number stands beside its columns, counted from 0. */
export const ROW_NUMBER = "row";

/**
 * The rows of a Parquet file in their order, in chunks of a few thousand, each as JSON text: `row`, counted from 0, and some columns. A
 * column that the file lacks is left out; absent values are `null`. Nothing else may run on the connection until the last chunk is read.
 */
export async function* readRows(
  connection: DuckDBConnection,
  parquet: string,
  columns: readonly string[],
): AsyncGenerator<readonly string[]> {
  const source = `read_parquet(${fileLiteral(parquet)}, hive_partitioning = false, file_row_number = true)`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
  const present = new Set(described.getRows().map(([name]) => String(name)));
  const fields = columns
    .filter((name) => present.has(name))
    .map((name) => `${identifier(name)} := ${identifier(name)}`);
  const result = await connection.stream(
    `SELECT to_json(struct_pack(${[`${identifier(ROW_NUMBER)} := file_row_number`, ...fields].join(", ")})) FROM ${source}`,
  );
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk.getColumnValues(0).map(String);
  }
}
