import { rm, stat } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { TributaryError } from "@tributary/flow";
import type { Column } from "./column.js";
import { type FailedDocument, isDocumentError, separateFailedDocuments } from "./failed-documents.js";
import { explained } from "./lake-failure.js";
import { ROW_ORDER, sortedRows } from "./sorted-rows.js";
import { fileLiteral, identifier, stringLiteral } from "./sql-literal.js";

/** So many documents in a row of the spool came from this input. */
export interface InputRange {
  readonly input: number;
  readonly documents: number;
}

export interface ConversionRequest {
  /** OCSF JSON documents, one a line. */
  readonly spool: string;
  /** Which inputs they came from, in spool order. */
  readonly ranges: readonly InputRange[];
  /** The declared columns; `time` must be among them. Types are never inferred. */
  readonly columns: readonly Column[];
  /** The Parquet file to write. */
  readonly parquet: string;
  /** The origin file to write beside it: one column `input`, same row order. */
  readonly origin: string;
  readonly compression?: Compression;
}

export type Compression = "snappy" | "zstd";

export interface Conversion {
  /** Rows written. With 0, neither file exists. */
  readonly rows: number;
  /** Size of the Parquet file in bytes. */
  readonly bytes: number;
  /** The inputs that have rows in it, ascending. */
  readonly inputs: readonly number[];
  readonly failed: readonly FailedDocument[];
}

// As Firehose and Security Lake accept: at most 256 MB a row group, and DuckDB's own vector-friendly number.
export const PARQUET_ROW_GROUP_ROWS = 122_880;

/**
 * One Parquet file from a spool of JSON documents, with the meaning of Firehose's OpenX deserializer: unknown keys are dropped, the
 * keys of maps become lower case, numbers fit text columns and text that is a number fits numeric ones, and a document that does not
 * convert fails alone. Rows are in the order of `time`; timestamps are UTC.
 * Throws `spool-mismatch` when the spool does not hold as many documents as the ranges say.
 */
export async function convertSpool(connection: DuckDBConnection, request: ConversionRequest): Promise<Conversion> {
  return explained(request.parquet, async () => {
    const table = identifier(`spool ${request.parquet}`);
    const load = (spool: string) => loadStatement(table, spool, request.columns);
    try {
      if (await loads(connection, load(request.spool))) return await writeTable(connection, table, request, []);
      const clean = `${request.parquet}.clean`;
      try {
        const { failed, ranges } = await separateFailedDocuments(request.spool, request.ranges, clean, async (part) => {
          await connection.run(load(part));
        });
        await connection.run(load(clean));
        return await writeTable(connection, table, { ...request, ranges }, failed);
      } finally {
        await rm(clean, { force: true });
      }
    } finally {
      await connection.run(`DROP TABLE IF EXISTS temp.${table}`);
    }
  });
}

async function loads(connection: DuckDBConnection, statement: string): Promise<boolean> {
  try {
    await connection.run(statement);
    return true;
  } catch (error) {
    if (isDocumentError(error)) return false;
    throw error;
  }
}

function loadStatement(table: string, spool: string, columns: readonly Column[]): string {
  const types = columns.map(({ name, type }) => `${stringLiteral(name)}: ${stringLiteral(type)}`).join(", ");
  const values = columns.map(({ name, type }) => {
    const column = identifier(name);
    return /^MAP\s*\(/i.test(type)
      ? `map_from_entries(list_transform(map_entries(${column}), lambda e: {'k': lower(e.key), 'v': e.value})) AS ${column}`
      : column;
  });
  // Partition columns are in the path only, and a folder named like `a=b` above the spool must not add one.
  return `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT ${values.join(", ")}
    FROM read_json(${fileLiteral(spool)}, format = 'newline_delimited', records = true, columns = {${types}},
      hive_partitioning = false, compression = 'uncompressed')`;
}

async function writeTable(
  connection: DuckDBConnection,
  table: string,
  request: ConversionRequest,
  failed: readonly FailedDocument[],
): Promise<Conversion> {
  const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM temp.${table}`);
  const rows = Number(counted.getRows()[0]?.[0]);
  const expected = request.ranges.reduce((sum, range) => sum + range.documents, 0);
  if (rows !== expected) {
    throw new TributaryError(
      "spool-mismatch",
      `${request.spool} holds ${rows} documents, but its ranges say ${expected}: write one document a line, without empty lines`,
    );
  }
  if (rows === 0) return { rows: 0, bytes: 0, inputs: [], failed };
  const options = `FORMAT parquet, COMPRESSION ${request.compression ?? "zstd"}, ROW_GROUP_SIZE ${PARQUET_ROW_GROUP_ROWS}`;
  const sorted = await sortedRows(connection, `temp.${table}`, request.columns, rows);
  await connection.run(`COPY (${sorted}) TO ${stringLiteral(request.parquet)} (${options})`);
  await connection.run(
    `COPY (SELECT input FROM temp.${table} AS spool ASOF JOIN (${rangeRows(request.ranges)}) AS ranges
      ON spool.rowid >= ranges.first ${ROW_ORDER}) TO ${stringLiteral(request.origin)} (${options})`,
  );
  const inputs = new Set(request.ranges.filter((range) => range.documents > 0).map((range) => range.input));
  const { size } = await stat(request.parquet);
  return { rows, bytes: size, inputs: [...inputs].sort((a, b) => a - b), failed };
}

/** The ranges as rows (first row number, input). Empty ones are left out: two would share a first row. */
function rangeRows(ranges: readonly InputRange[]): string {
  const rows: string[] = [];
  let first = 0;
  for (const { input, documents } of ranges) {
    if (documents > 0) rows.push(`(${first}, ${input}::INTEGER)`);
    first += documents;
  }
  return `SELECT * FROM (VALUES ${rows.join(", ")}) AS ranges(first, input)`;
}
