import { readFile, writeFile } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { TributaryError } from "@tributary/flow";
import type { InputRange } from "./parquet-conversion.js";
import { fileLiteral } from "./sql-literal.js";

/** A spool whose documents are in the order that its Parquet file shall have. */
export interface OrderedSpool {
  /** The spool itself when it was in order already. */
  readonly path: string;
  readonly rows: number;
  /** The input of each row. */
  readonly inputs: Int32Array;
}

const NEWLINE = 10;

/**
 * Puts the documents of a spool in the order of their `time`, those of one moment as they came; writes to `ordered` unless they are in
 * order already. Sorting lines of text by one number is far cheaper than sorting rows of a hundred and forty columns, and lets the
 * conversion stream. Holds the spool in memory twice, for as long as this takes.
 * Throws `spool-mismatch` when the spool does not hold as many documents as the ranges say, and DuckDB's error for a broken document.
 */
export async function orderSpool(
  connection: DuckDBConnection,
  spool: string,
  ordered: string,
  ranges: readonly InputRange[],
): Promise<OrderedSpool> {
  const times = await timesOf(connection, spool);
  const expected = documentsIn(ranges);
  if (times.length !== expected) throw spoolMismatch(spool, times.length, expected);
  const inputs = inputsOf(ranges, times.length);
  if (times.every((time, row) => row === 0 || time >= (times[row - 1] ?? time))) {
    return { path: spool, rows: times.length, inputs };
  }
  const order = orderOf(times);
  const content = await readFile(spool);
  const ends = lineEnds(content, times.length);
  const sorted = Buffer.allocUnsafe(content.length + 1);
  let used = 0;
  const sortedInputs = new Int32Array(times.length);
  order.forEach((row, place) => {
    used += content.copy(sorted, used, row === 0 ? 0 : (ends[row - 1] ?? 0), ends[row]);
    // The last line of the spool may have no line break, and need not be the last any more.
    if (sorted[used - 1] !== NEWLINE) sorted[used++] = NEWLINE;
    sortedInputs[place] = inputs[row] ?? 0;
  });
  await writeFile(ordered, sorted.subarray(0, used));
  return { path: ordered, rows: times.length, inputs: sortedInputs };
}

/** A spool that its writer put in order. */
export function asOrdered(path: string, ranges: readonly InputRange[]): OrderedSpool {
  const rows = documentsIn(ranges);
  return { path, rows, inputs: inputsOf(ranges, rows) };
}

/** The error for a spool whose documents are not as many as its ranges say. */
export function spoolMismatch(spool: string, documents: number, expected: number): TributaryError {
  return new TributaryError(
    "spool-mismatch",
    `${spool} holds ${documents} documents, but its ranges say ${expected}: write one document a line, without empty lines`,
  );
}

function documentsIn(ranges: readonly InputRange[]): number {
  return ranges.reduce((sum, range) => sum + range.documents, 0);
}

async function timesOf(connection: DuckDBConnection, spool: string): Promise<Float64Array> {
  // A document without a time converts to a row all the same, and comes first.
  const result = await connection.runAndReadAll(
    `SELECT coalesce(time, 0)::DOUBLE FROM read_json(${fileLiteral(spool)}, format = 'newline_delimited', records = true,
      columns = {'time': 'BIGINT'}, hive_partitioning = false, compression = 'uncompressed')`,
  );
  return Float64Array.from((result.getColumns()[0] ?? []) as number[]);
}

function inputsOf(ranges: readonly InputRange[], rows: number): Int32Array {
  const inputs = new Int32Array(rows);
  let first = 0;
  for (const { input, documents } of ranges) {
    inputs.fill(input, first, first + documents);
    first += documents;
  }
  return inputs;
}

/** Row numbers by time. */
function orderOf(times: Float64Array): Uint32Array {
  return Uint32Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
}

/** Offset behind the line break of each document. */
function lineEnds(content: Buffer, rows: number): Uint32Array {
  const ends = new Uint32Array(rows);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const end = content.indexOf(NEWLINE, at);
    at = end < 0 ? content.length : end + 1;
    ends[row] = at;
  }
  return ends;
}
