import type { DuckDBConnection } from "@duckdb/node-api";
import type { Lake } from "./lake.js";
import { inLake, LakeLayout } from "./lake-layout.js";
import { fileLiteral } from "./sql-literal.js";

/** How many rows of a Parquet file are of which input, as its origin file says. `path` is the Parquet file's. Throws what DuckDB throws. */
export async function originCounts(
  connection: DuckDBConnection,
  lake: Lake,
  path: string,
): Promise<ReadonlyMap<number, number>> {
  const origin = fileLiteral(inLake(lake.folder, LakeLayout.originOf(path)));
  const counted = await connection.runAndReadAll(
    `SELECT input, count(*)::DOUBLE FROM read_parquet(${origin}, hive_partitioning = false) GROUP BY input`,
  );
  return new Map(counted.getRows().map(([input, rows]) => [Number(input), Number(rows)]));
}

/** The rows that an origin file describes. */
export function describedRows(counts: ReadonlyMap<number, number>): number {
  let rows = 0;
  for (const count of counts.values()) rows += count;
  return rows;
}
