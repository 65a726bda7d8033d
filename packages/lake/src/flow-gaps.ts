import type { DuckDBConnection } from "@duckdb/node-api";
import { sizeOf } from "./files-size.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake } from "./lake-layout.js";
import type { ParquetFile } from "./manifest-entry.js";
import { fileLiteral, stringLiteral } from "./sql-literal.js";

/** A stretch without any flow, between two flows. */
export interface FlowGap {
  /** As the partition names it. */
  readonly account: string;
  /** Absent when the whole account had no flow. */
  readonly interface?: string;
  /** End of the last flow before it and start of the first after it, ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

export interface GapOptions {
  /** Read-only is enough. */
  readonly lake: Lake;
  /** One that may write temporary tables. */
  readonly connection: DuckDBConnection;
  /** Longer stretches than this are gaps, ms. */
  readonly longerThan: number;
  /** How many to give at most, of accounts and of interfaces each. */
  readonly limit: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: { readonly bytes: number; readonly bytesTotal: number; readonly flows: number }) => void;
}

export interface FlowGaps {
  /** The longest first, those of accounts before those of interfaces. */
  readonly gaps: readonly FlowGap[];
  /** How many there are, listed or not. */
  readonly accountGaps: number;
  readonly interfaceGaps: number;
}

/** Files that are read at a time. */
const BATCH_BYTES = 256_000_000;
const BATCH_FILES = 500;

/**
 * The stretches without any flow, from all rows: of each account, and of each interface that rows name. Memory does not grow with the rows:
 * of all flows that begin in one stretch of `longerThan` only the first start and the last end are kept, and no gap can lie between them.
 * Throws the signal's reason, and what `lakeFailure` explains.
 */
export async function findGaps(options: GapOptions): Promise<FlowGaps> {
  const { lake, connection, longerThan, limit, signal, onProgress } = options;
  return explained(lake.folder, async () => {
    const files = lake.parquetFiles();
    const bytesTotal = sizeOf(files).bytes;
    const done = { bytes: 0, flows: 0 };
    await connection.run(
      "CREATE OR REPLACE TEMP TABLE stretches (account VARCHAR, interface VARCHAR, stretch BIGINT, first BIGINT, last BIGINT)",
    );
    try {
      for (const batch of batches(files)) {
        signal?.throwIfAborted();
        await connection.run(`INSERT INTO stretches ${stretchesOf(lake, batch, longerThan)}`);
        for (const { bytes, rows } of batch) {
          done.bytes += bytes;
          done.flows += rows;
        }
        onProgress?.({ ...done, bytesTotal });
      }
      const accounts = await longest(connection, ["account"], longerThan, limit);
      const interfaces = await longest(connection, ["account", "interface"], longerThan, limit);
      return {
        gaps: [...accounts.gaps, ...interfaces.gaps],
        accountGaps: accounts.count,
        interfaceGaps: interfaces.count,
      };
    } finally {
      await connection.run("DROP TABLE IF EXISTS stretches");
    }
  });
}

/** Files of one account each. */
function* batches(files: readonly ParquetFile[]): Generator<readonly ParquetFile[]> {
  const accountOf = ({ partition }: ParquetFile) => partition.accountId;
  let batch: ParquetFile[] = [];
  let bytes = 0;
  for (const file of [...files].sort((a, b) =>
    accountOf(a) < accountOf(b) ? -1 : accountOf(a) > accountOf(b) ? 1 : 0,
  )) {
    const [first] = batch;
    const full = bytes >= BATCH_BYTES || batch.length >= BATCH_FILES;
    if (first !== undefined && (full || accountOf(first) !== accountOf(file))) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.bytes;
  }
  if (batch.length > 0) yield batch;
}

/** The interface as the view `traffic` names it. */
const INTERFACE = `nullif(regexp_extract(
  coalesce(src_endpoint.interface_uid, dst_endpoint.interface_uid, unmapped['interface_id']), '[^/]+$'), '')`;

function stretchesOf(lake: Lake, files: readonly ParquetFile[], longerThan: number): string {
  const list = files.map(({ path }) => fileLiteral(inLake(lake.folder, path))).join(", ");
  const byName = files.some(({ schema }) => schema !== files[0]?.schema);
  // VPC flows end at `end_time_dt`; Azure tuples have no end.
  const hasEnd = lake.options.columns.some(({ name }) => name === "end_time_dt");
  const account = stringLiteral(files[0]?.partition.accountId ?? "");
  return `SELECT ${account}, ${INTERFACE}, time // ${Math.trunc(longerThan)}, min(time),
      max(${hasEnd ? "greatest(time, coalesce(epoch_ms(end_time_dt), time))" : "time"})
    FROM read_parquet([${list}], hive_partitioning = false, union_by_name = ${byName}) WHERE time IS NOT NULL GROUP BY ALL`;
}

async function longest(
  connection: DuckDBConnection,
  by: readonly ["account"] | readonly ["account", "interface"],
  longerThan: number,
  limit: number,
): Promise<{ readonly gaps: readonly FlowGap[]; readonly count: number }> {
  const key = by.join(", ");
  const ofInterfaces = by.length === 2;
  const result = await connection.runAndReadAll(
    `WITH together AS (
       SELECT ${key}, stretch, min(first) AS first, max(last) AS last FROM stretches
       ${ofInterfaces ? "WHERE interface IS NOT NULL" : ""} GROUP BY ${key}, stretch),
     neighbours AS (
       SELECT ${key}, first AS upto,
         max(last) OVER (PARTITION BY ${key} ORDER BY stretch ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS since
       FROM together)
     SELECT account, ${ofInterfaces ? "interface" : "NULL"}, since::DOUBLE, upto::DOUBLE, (count(*) OVER ())::INTEGER
     FROM neighbours WHERE upto - since > ${Math.trunc(longerThan)}
     ORDER BY upto - since DESC, ${key}, since LIMIT ${Math.trunc(limit)}`,
  );
  const rows = result.getRows();
  const gaps = rows.map(([account, name, since, upto]) => ({
    account: String(account),
    ...(name === null ? {} : { interface: String(name) }),
    from: Number(since),
    to: Number(upto),
  }));
  return { gaps, count: Number(rows[0]?.[4] ?? 0) };
}
