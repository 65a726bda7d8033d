import { rm, stat, writeFile } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { TributaryError } from "@tributary/flow";
import type { Column } from "./column.js";
import { type FailedDocument, isDocumentError, separateFailedDocuments } from "./failed-documents.js";
import { explained } from "./lake-failure.js";
import { asOrdered, orderSpool, spoolMismatch } from "./spool-order.js";
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
  /** Whether the documents are in the order of their `time` already, so that they need not be put in order here. */
  readonly ordered?: boolean;
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
    const temporary = {
      clean: `${request.parquet}.clean`,
      ordered: `${request.parquet}.ordered`,
      inputs: `${request.origin}.txt`,
    };
    try {
      const converted = await write(connection, request, request.ranges, request.spool, temporary);
      if (converted !== undefined) return { ...converted, failed: [] };
      const { failed, ranges } = await separateFailedDocuments(
        request.spool,
        request.ranges,
        temporary.clean,
        async (part) => {
          await connection.run(`CREATE OR REPLACE TEMP TABLE probe AS ${rowsOf(part, request.columns)}`);
        },
      );
      const rest = await write(connection, request, ranges, temporary.clean, temporary);
      if (rest === undefined)
        throw new TributaryError("conversion-failed", `${request.spool} does not convert: report it`);
      return { ...rest, failed };
    } finally {
      for (const path of Object.values(temporary)) await rm(path, { force: true });
      await connection.run("DROP TABLE IF EXISTS temp.probe");
    }
  });
}

/** Writes both files; undefined when a document does not convert. */
async function write(
  connection: DuckDBConnection,
  { columns, parquet, origin, ordered: inOrder = false, compression = "zstd" }: ConversionRequest,
  ranges: readonly InputRange[],
  spool: string,
  temporary: { readonly ordered: string; readonly inputs: string },
): Promise<Omit<Conversion, "failed"> | undefined> {
  const options = `FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE ${PARQUET_ROW_GROUP_ROWS}`;
  try {
    const ordered = inOrder ? asOrdered(spool, ranges) : await orderSpool(connection, spool, temporary.ordered, ranges);
    if (ordered.rows === 0) return { rows: 0, bytes: 0, inputs: [] };
    const copied = await connection.runAndReadAll(
      `COPY (${rowsOf(ordered.path, columns)}) TO ${stringLiteral(parquet)} (${options})`,
    );
    const rows = Number(copied.getRows()[0]?.[0]);
    if (rows !== ordered.rows) throw spoolMismatch(spool, rows, ordered.rows);
    await writeFile(temporary.inputs, `${ordered.inputs.join("\n")}\n`);
    await connection.run(
      `COPY (SELECT input FROM read_csv(${fileLiteral(temporary.inputs)}, header = false, columns = {'input': 'INTEGER'}, hive_partitioning = false))
        TO ${stringLiteral(origin)} (${options})`,
    );
    const inputs = [...new Set(ordered.inputs)].sort((a, b) => a - b);
    return { rows: ordered.rows, bytes: (await stat(parquet)).size, inputs };
  } catch (error) {
    if (!isDocumentError(error)) throw error;
    await rm(parquet, { force: true });
    return undefined;
  }
}

/** A SELECT of a spool's documents, one a row, in the order of the spool. */
function rowsOf(spool: string, columns: readonly Column[]): string {
  const types = columns.map(({ name, type }) => `${stringLiteral(name)}: ${stringLiteral(type)}`).join(", ");
  const values = columns.map(({ name, type }) => {
    const column = identifier(name);
    return /^MAP\s*\(/i.test(type)
      ? `map_from_entries(list_transform(map_entries(${column}), lambda e: {'k': lower(e.key), 'v': e.value})) AS ${column}`
      : column;
  });
  // Partition columns are in the path only, and a folder named like `a=b` above the spool must not add one.
  return `SELECT ${values.join(", ")}
    FROM read_json(${fileLiteral(spool)}, format = 'newline_delimited', records = true, columns = {${types}},
      hive_partitioning = false, compression = 'uncompressed')`;
}
