import { copyFile, stat } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { TributaryError } from "@tributary/flow";
import type { Column } from "./column.js";
import { type Compression, PARQUET_ROW_GROUP_ROWS } from "./parquet-conversion.js";
import { ROW_NUMBER } from "./row-reader.js";
import { fileLiteral, identifier, stringLiteral } from "./sql-literal.js";

export interface ColumnReplacement {
  /** The Parquet file and its origin file. */
  readonly from: { readonly parquet: string; readonly origin: string };
  readonly to: { readonly parquet: string; readonly origin: string };
  /** One JSON object a line for each row, in their order: `row`, counted from 0, and the new values. */
  readonly spool: string;
  /** The columns that get the values of the spool; a value that a line lacks becomes NULL. */
  readonly columns: readonly Column[];
  readonly compression: Compression;
}

/**
 * Writes a Parquet file again with new values in some of its columns. All other columns, the order of the rows and what is known of their
 * origin stay. Gives the size in bytes. Throws `spool-mismatch` when the spool does not hold one line for each row.
 */
export async function replaceColumns(connection: DuckDBConnection, replacement: ColumnReplacement): Promise<number> {
  const { from, to, spool, columns, compression } = replacement;
  const names = await columnsOf(connection, from.parquet);
  const replaced = new Set(columns.map(({ name }) => name));
  const missing = columns.filter(({ name }) => !names.includes(name)).map(({ name }) => name);
  const values = [...names, ...missing].map((name) => `${replaced.has(name) ? "fresh" : "kept"}.${identifier(name)}`);
  const types = [{ name: ROW_NUMBER, type: "BIGINT" }, ...columns]
    .map(({ name, type }) => `${stringLiteral(name)}: ${stringLiteral(type)}`)
    .join(", ");
  // Both sides are read in their order, side by side, so that nothing has to be held or sorted.
  const rows = `read_parquet(${fileLiteral(from.parquet)}, hive_partitioning = false, file_row_number = true) AS kept
    POSITIONAL JOIN read_json(${fileLiteral(spool)}, format = 'newline_delimited', records = true, columns = {${types}},
      hive_partitioning = false, compression = 'uncompressed') AS fresh`;
  await refuseMismatch(connection, rows, spool);
  await connection.run(
    `COPY (SELECT ${values.join(", ")} FROM ${rows})
      TO ${stringLiteral(to.parquet)} (FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE ${PARQUET_ROW_GROUP_ROWS})`,
  );
  await copyFile(from.origin, to.origin);
  return (await stat(to.parquet)).size;
}

async function columnsOf(connection: DuckDBConnection, parquet: string): Promise<readonly string[]> {
  const described = await connection.runAndReadAll(
    `DESCRIBE SELECT * FROM read_parquet(${fileLiteral(parquet)}, hive_partitioning = false)`,
  );
  return described.getRows().map(([name]) => String(name));
}

/** Values must not slip to another row. Reading only the numbers of both sides costs little. */
async function refuseMismatch(connection: DuckDBConnection, rows: string, spool: string): Promise<void> {
  const compared = await connection.runAndReadAll(
    `SELECT count(*) FILTER (kept.file_row_number IS DISTINCT FROM fresh.${identifier(ROW_NUMBER)})::INTEGER FROM ${rows}`,
  );
  const wrong = Number(compared.getRows()[0]?.[0]);
  if (wrong === 0) return;
  throw new TributaryError(
    "spool-mismatch",
    `${spool} does not fit its Parquet file: ${wrong} rows have no line or that of another row; write one line for each row, numbered from 0`,
  );
}
