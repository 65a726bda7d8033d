import { createReadStream } from "node:fs";
import { appendFile, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { DuckDBConnection } from "@duckdb/node-api";
import { TributaryError } from "@tributary/flow";
import { type Compression, PARQUET_ROW_GROUP_ROWS } from "./parquet-conversion.js";
import { fileLiteral, stringLiteral } from "./sql-literal.js";

export interface RowRemoval {
  /** The Parquet file and its origin file. */
  readonly from: { readonly parquet: string; readonly origin: string };
  readonly to: { readonly parquet: string; readonly origin: string };
  /** Numbers of the inputs whose rows go. */
  readonly inputs: readonly number[];
  readonly compression: Compression;
}

/** Writes a Parquet file and its origin file again without the rows of some inputs, in the same order. Gives rows and bytes left. */
export async function removeRows(
  connection: DuckDBConnection,
  removal: RowRemoval,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const { from, to } = removal;
  const goes = `origin.input IN (${removal.inputs.map((input) => Math.trunc(input)).join(", ")})`;
  const rowsOf = (file: string) =>
    `read_parquet(${fileLiteral(file)}, hive_partitioning = false, file_row_number = true)`;
  const counted = await connection.runAndReadAll(
    `SELECT count(*) FILTER (NOT ${goes})::INTEGER, count(*)::INTEGER,
      (SELECT count(*)::INTEGER FROM read_parquet(${fileLiteral(from.parquet)}, hive_partitioning = false))
     FROM ${rowsOf(from.origin)} AS origin`,
  );
  const [rows, origins, total] = (counted.getRows()[0] ?? []).map(Number);
  if (rows === undefined || origins !== total) {
    throw new TributaryError(
      "origin-mismatch",
      `${from.origin} describes ${origins} rows, but ${from.parquet} has ${total}: this input's rows cannot be told apart, ingest into a new lake`,
    );
  }
  if (rows === 0) return { rows: 0, bytes: 0 };
  const options = `FORMAT parquet, COMPRESSION ${removal.compression}, ROW_GROUP_SIZE ${PARQUET_ROW_GROUP_ROWS}`;
  await connection.run(
    `COPY (SELECT flows.* EXCLUDE (file_row_number) FROM ${rowsOf(from.parquet)} AS flows
      JOIN ${rowsOf(from.origin)} AS origin USING (file_row_number) WHERE NOT ${goes} ORDER BY file_row_number)
     TO ${stringLiteral(to.parquet)} (${options})`,
  );
  await connection.run(
    `COPY (SELECT input FROM ${rowsOf(from.origin)} AS origin WHERE NOT ${goes} ORDER BY file_row_number)
     TO ${stringLiteral(to.origin)} (${options})`,
  );
  return { rows, bytes: (await stat(to.parquet)).size };
}

/** Writes a file of parked entries again without those of some inputs. Gives how many are left. */
export async function removeParked(from: string, to: string, paths: ReadonlySet<string>): Promise<number> {
  let kept: string[] = [];
  let entries = 0;
  const flush = async () => {
    if (kept.length > 0) await appendFile(to, `${kept.join("\n")}\n`);
    kept = [];
  };
  for await (const line of createInterface({ input: createReadStream(from), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === "" || paths.has((JSON.parse(line) as { input: string }).input)) continue;
    kept.push(line);
    entries++;
    if (kept.length >= 1000) await flush();
  }
  await flush();
  return entries;
}
