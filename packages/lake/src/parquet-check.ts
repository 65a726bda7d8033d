import type { DuckDBConnection } from "@duckdb/node-api";
import { TributaryError } from "@tributary/flow";
import { endOfDay, startOfDay } from "./event-day.js";
import { checkFile, remedyFor } from "./file-check.js";
import { type Finding, problem } from "./finding.js";
import type { Lake } from "./lake.js";
import { lakeFailure } from "./lake-failure.js";
import { inLake, LakeLayout } from "./lake-layout.js";
import type { ParquetFile } from "./manifest-entry.js";
import { describedRows, originCounts } from "./origin-counts.js";
import { fileLiteral, stringLiteral } from "./sql-literal.js";

export interface CheckedParquet {
  readonly findings: readonly Finding[];
  /** Rows of each input; undefined when they could not be counted. */
  readonly rowsByInput: ReadonlyMap<number, number> | undefined;
}

/**
 * Looks into a Parquet file and its origin file: presence, size, checksum, number of rows, their account and day, and the input of each row.
 * A file without a checksum is decoded wholly. With `quick` only presence and size. Throws what the disk throws apart from files that are
 * gone, and `out-of-memory`.
 */
export async function checkParquet(
  lake: Lake,
  connection: DuckDBConnection,
  file: ParquetFile,
  quick: boolean,
): Promise<CheckedParquet> {
  const { path, bytes, sha256, originSha256, inputs } = file;
  const origin = LakeLayout.originOf(path);
  const wrong = [
    await checkFile(lake, { path, bytes, sha256, inputs }, quick),
    await checkFile(lake, { path: origin, sha256: originSha256, inputs }, quick),
  ].filter((finding) => finding !== undefined);
  if (quick || wrong.length > 0) return { findings: wrong, rowsByInput: undefined };
  const unreadable: Finding[] = [];
  const read = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      unreadable.push(unreadableFinding(lake, file, name, error));
      return undefined;
    }
  };
  const rows = await read(path, () => rowFindings(lake, connection, file));
  const counts = await read(origin, () => originCounts(connection, lake, path));
  const differs = counts === undefined ? undefined : originFinding(lake, file, origin, counts);
  return {
    findings: [...unreadable, ...(rows ?? []), ...(differs === undefined ? [] : [differs])],
    rowsByInput: differs === undefined ? counts : undefined,
  };
}

async function rowFindings(lake: Lake, connection: DuckDBConnection, file: ParquetFile): Promise<readonly Finding[]> {
  const { path, partition, sha256 } = file;
  const source = `read_parquet(${fileLiteral(inLake(lake.folder, path))}, hive_partitioning = false)`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
  const columns = new Set(described.getRows().map(([name]) => String(name)));
  const elsewhere = [
    ...(columns.has("time") ? [otherDay(partition.eventDay)] : []),
    ...(columns.has("cloud") ? [otherAccount(partition.accountId)] : []),
  ];
  // The hash of all columns makes DuckDB decode them.
  const counted = await connection.runAndReadAll(
    `SELECT count(*)::DOUBLE, (count(*) FILTER (${elsewhere.length === 0 ? "false" : elsewhere.join(" OR ")}))::DOUBLE
      ${sha256 === undefined ? ", sum(hash(flows))::VARCHAR" : ""} FROM ${source} AS flows`,
  );
  const [rows, astray] = (counted.getRows()[0] ?? []).map(Number);
  const findings: Finding[] = [];
  if (rows !== file.rows) {
    const message = `it has ${rows} rows, but ${file.rows} were committed: ${remedyFor(lake, file.inputs)}`;
    findings.push(problem("wrong-rows", path, message));
  }
  if (astray !== 0) {
    findings.push(
      problem(
        "wrong-partition",
        path,
        `${astray} of its rows are of another account or day than its folder says, so that queries by day miss them: ${remedyFor(lake, file.inputs)}`,
      ),
    );
  }
  return findings;
}

function otherDay(eventDay: string): string {
  return `time < ${startOfDay(eventDay)} OR time >= ${endOfDay(eventDay)}`;
}

/** Accounts of other clouds are partitions with a prefix. */
function otherAccount(accountId: string): string {
  const account = stringLiteral(accountId.toLowerCase());
  return `lower(cloud.account.uid) NOT IN (${account}, replace(${account}, 'external_', ''))`;
}

function originFinding(
  lake: Lake,
  { rows, inputs }: ParquetFile,
  origin: string,
  counts: ReadonlyMap<number, number>,
): Finding | undefined {
  const total = describedRows(counts);
  const others = [...counts.keys()].filter((input) => !inputs.includes(input));
  const remedy = `which rows are of which input cannot be told, so "run --again" would not work: ${remedyFor(lake, inputs)}`;
  if (total !== rows) {
    return problem("wrong-origin", origin, `it describes ${total} rows, but the Parquet file has ${rows}; ${remedy}`);
  }
  if (others.length === 0) return undefined;
  return problem(
    "wrong-origin",
    origin,
    `it names inputs that the manifest does not (${others.join(", ")}); ${remedy}`,
  );
}

/** The finding for a file that DuckDB does not read. Throws what is no matter of the file. */
function unreadableFinding(lake: Lake, { inputs }: ParquetFile, name: string, error: unknown): Finding {
  const failure = lakeFailure(error, lake.folder);
  if (!(failure instanceof Error) || failure instanceof TributaryError) throw failure;
  if (/No files found|No such file/.test(failure.message)) {
    return problem("missing-file", name, `it is gone: ${remedyFor(lake, inputs)}`);
  }
  const [reason = ""] = failure.message.split("\n");
  return problem("unreadable-file", name, `DuckDB cannot read it (${reason}): ${remedyFor(lake, inputs)}`);
}
