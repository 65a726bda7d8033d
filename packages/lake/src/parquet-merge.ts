import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { TributaryError } from "@tributary/flow";
import { type Compression, PARQUET_ROW_GROUP_ROWS } from "./parquet-conversion.js";
import { fileLiteral, stringLiteral } from "./sql-literal.js";

/** A Parquet file and its origin file, on disk. */
interface Pair {
  readonly parquet: string;
  readonly origin: string;
}

export interface ParquetMerge {
  /** Of equal columns; rows of one moment stay in the order of this list. */
  readonly from: readonly Pair[];
  readonly to: Pair;
  /** For pieces on their way: a folder of their own, gone afterwards. */
  readonly folder: string;
  readonly compression: Compression;
  /** Rows that are sorted at a time; sorting takes up to 25 kB a row. */
  readonly sliceRows: number;
}

/**
 * Writes one Parquet file, and its origin file, with the rows of several, in the order of `time`. Every value stays: the rows that went in
 * and those that came out are compared by their hashes. Gives rows and bytes.
 * Throws `origin-mismatch` when an origin file does not describe every row, and `merge-mismatch` when other rows came out.
 */
export async function mergeParquet(
  connection: DuckDBConnection,
  merge: ParquetMerge,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const { from, to, folder, compression } = merge;
  await refuseOtherOrigins(connection, from);
  const spans = await spansOf(connection, from);
  if (apart(spans)) {
    const inTurn = [...spans].sort(byFirst).map(({ pair }) => pair);
    await copy(connection, `SELECT * FROM ${rowsOf(inTurn.map(({ parquet }) => parquet))}`, to.parquet, compression);
    await copy(connection, `SELECT input FROM ${rowsOf(inTurn.map(({ origin }) => origin))}`, to.origin, compression);
  } else {
    await mkdir(folder, { recursive: true });
    try {
      const pieces = await writePieces(connection, merge, spans);
      await copy(connection, `SELECT * FROM ${rowsOf(pieces)}`, to.parquet, compression);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    await copy(connection, originsInOrder(from), to.origin, compression);
  }
  const before = await digestOf(
    connection,
    from.map(({ parquet }) => parquet),
  );
  const after = await digestOf(connection, [to.parquet]);
  if (before.rows !== after.rows || before.hash !== after.hash) throw mergeMismatch(from, before.rows, after.rows);
  return { rows: after.rows, bytes: (await stat(to.parquet)).size };
}

function rowsOf(files: readonly string[], options = ""): string {
  return `read_parquet([${files.map(fileLiteral).join(", ")}], hive_partitioning = false${options})`;
}

const NUMBERED = ", file_row_number = true";

/** `file_index` is a file's place in the list. */
function order(rows: string): string {
  return `${rows}.time NULLS FIRST, ${rows}.file_index, ${rows}.file_row_number`;
}

async function copy(connection: DuckDBConnection, select: string, to: string, compression: Compression): Promise<void> {
  const options = `FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE ${PARQUET_ROW_GROUP_ROWS}`;
  await connection.run(`COPY (${select}) TO ${stringLiteral(to)} (${options})`);
}

async function refuseOtherOrigins(connection: DuckDBConnection, from: readonly Pair[]): Promise<void> {
  const counts = async (files: readonly string[]) => {
    const result = await connection.runAndReadAll(
      `SELECT file_index::INTEGER, count(*)::INTEGER FROM ${rowsOf(files)} GROUP BY ALL`,
    );
    return new Map(result.getRows().map(([index, count]) => [Number(index), Number(count)]));
  };
  const rows = await counts(from.map(({ parquet }) => parquet));
  const origins = await counts(from.map(({ origin }) => origin));
  for (const [index, { parquet, origin }] of from.entries()) {
    if (rows.get(index) === origins.get(index)) continue;
    throw new TributaryError(
      "origin-mismatch",
      `${origin} describes ${origins.get(index) ?? 0} rows, but ${parquet} has ${rows.get(index) ?? 0}: "tributary lake verify" says what can be done`,
    );
  }
}

/** From when to when the rows of a file are. */
interface Span {
  readonly pair: Pair;
  /** Undefined when no row has a time. */
  readonly first: bigint | undefined;
  readonly last: bigint | undefined;
  readonly timeless: boolean;
}

async function spansOf(connection: DuckDBConnection, from: readonly Pair[]): Promise<readonly Span[]> {
  const result = await connection.runAndReadAll(
    `SELECT file_index::INTEGER, min(time)::VARCHAR, max(time)::VARCHAR, bool_or(time IS NULL)
     FROM ${rowsOf(from.map(({ parquet }) => parquet))} GROUP BY file_index`,
  );
  const time = (value: unknown) => (value === null ? undefined : BigInt(String(value)));
  return result.getRows().flatMap(([index, first, last, timeless]) => {
    const pair = from[Number(index)];
    return pair === undefined ? [] : [{ pair, first: time(first), last: time(last), timeless: timeless === true }];
  });
}

/** Whether each file ends before the next one begins: then nothing has to be sorted. */
function apart(spans: readonly Span[]): boolean {
  return [...spans].sort(byFirst).every(({ first, timeless }, index, sorted) => {
    const before = sorted[index - 1];
    if (timeless || first === undefined) return false;
    return before === undefined || (before.last !== undefined && before.last < first);
  });
}

function byFirst(a: Span, b: Span): number {
  return (a.first ?? 0n) < (b.first ?? 0n) ? -1 : 1;
}

/**
 * The rows in their order, part by part. Rows of a hundred and forty columns are dear to sort: all at once they would take gigabytes, those
 * of a short time do not.
 */
async function writePieces(
  connection: DuckDBConnection,
  { from, folder, sliceRows }: ParquetMerge,
  spans: readonly Span[],
): Promise<readonly string[]> {
  const all = from.map(({ parquet }) => parquet);
  const counted = await connection.runAndReadAll(
    `WITH moments AS (SELECT time, count(*) AS flows FROM ${rowsOf(all)} WHERE time IS NOT NULL GROUP BY time),
      running AS (SELECT time, sum(flows) OVER (ORDER BY time) AS upto FROM moments)
     SELECT max(time)::VARCHAR FROM running GROUP BY (upto - 1) // ${Math.trunc(sliceRows)} ORDER BY max(time)`,
  );
  const ends = counted.getRows().map(([end]) => BigInt(String(end)));
  const pieces: string[] = [];
  for (const [index, end] of (ends.length === 0 ? [0n] : ends).entries()) {
    const after = ends[index - 1];
    const touching = spans.filter(({ first, last, timeless }) =>
      after === undefined
        ? timeless || (first ?? 0n) <= end
        : first !== undefined && first <= end && last !== undefined && last > after,
    );
    const files = all.filter((file) => touching.some(({ pair }) => pair.parquet === file));
    const slice = after === undefined ? `time IS NULL OR time <= ${end}` : `time > ${after} AND time <= ${end}`;
    const piece = join(folder, `${String(index).padStart(6, "0")}.parquet`);
    const select = `SELECT flows.* EXCLUDE (file_row_number) FROM ${rowsOf(files, NUMBERED)} AS flows WHERE ${slice} ORDER BY ${order("flows")}`;
    await copy(connection, select, piece, "snappy");
    pieces.push(piece);
  }
  return pieces;
}

/** The inputs of all rows in the order of the pieces. */
function originsInOrder(from: readonly Pair[]): string {
  const flows = rowsOf(
    from.map(({ parquet }) => parquet),
    NUMBERED,
  );
  const origins = rowsOf(
    from.map(({ origin }) => origin),
    NUMBERED,
  );
  return `SELECT origins.input FROM ${flows} AS flows
    JOIN ${origins} AS origins ON origins.file_index = flows.file_index AND origins.file_row_number = flows.file_row_number
    ORDER BY ${order("flows")}`;
}

/** Tells two sets of rows apart, whatever their order. */
async function digestOf(
  connection: DuckDBConnection,
  files: readonly string[],
): Promise<{ readonly rows: number; readonly hash: string }> {
  const result = await connection.runAndReadAll(
    `SELECT count(*)::DOUBLE, sum(hash(flows))::VARCHAR FROM ${rowsOf(files)} AS flows`,
  );
  const [rows, hash] = result.getRows()[0] ?? [];
  return { rows: Number(rows), hash: String(hash) };
}

function mergeMismatch(from: readonly Pair[], before: number, after: number): TributaryError {
  return new TributaryError(
    "merge-mismatch",
    `merging ${from.length} files from ${from[0]?.parquet} on gave ${after} rows of ${before}, or other ones: nothing was changed; please report this`,
  );
}
