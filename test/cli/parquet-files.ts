import { readFileSync, writeFileSync } from "node:fs";
import { vpcField } from "@tributary/flow";
import { type DuckDb, openDuckDb, stringLiteral } from "@tributary/lake";
import { afterAll } from "vitest";
import { UnreadableInput } from "../../packages/cli/src/ingest/input-problem.js";
import type { StoredBytes } from "../../packages/cli/src/ingest/stored-bytes.js";

/** The fields that AWS stores as numbers; all others are texts (VPC user guide, "Available fields"). */
const INTEGERS: ReadonlySet<string | undefined> = new Set([
  "version",
  "srcport",
  "dstport",
  "protocol",
  "tcp-flags",
  "traffic-path",
  "encryption-status",
]);
const LONGS: ReadonlySet<string | undefined> = new Set(["packets", "bytes", "start", "end"]);

let duckdb: DuckDb | undefined;
afterAll(() => {
  duckdb?.close();
  duckdb = undefined;
});

/** Runs one statement. */
export async function runSql(statement: string): Promise<void> {
  duckdb ??= await openDuckDb({ threads: 1 });
  await duckdb.connection.run(statement);
}

export interface ParquetWriting {
  /** As AWS writes it: gzip. */
  readonly compression?: "gzip" | "snappy" | "zstd" | "uncompressed" | "brotli" | "lz4";
  /** Rows of a row group; DuckDB's vectors of 2,048 are the least. */
  readonly rowGroup?: number;
  /** Of the data pages; 2 has the delta encodings. */
  readonly version?: 1 | 2;
  /** Type by column name, where it is not AWS's. */
  readonly types?: Readonly<Record<string, string>>;
  /** Further columns, as SQL. */
  readonly more?: readonly string[];
}

/**
 * Writes lines of the given fields as the Parquet file that AWS would: names with underscores, numbers as whole numbers that are null
 * when the line says `-`, texts as they are.
 */
export async function writeParquet(
  path: string,
  fields: readonly string[],
  lines: readonly string[],
  { compression = "gzip", rowGroup = 122_880, version = 1, types = {}, more = [] }: ParquetWriting = {},
): Promise<string> {
  const text = `${path}.values`;
  // As JSON, since a value may hold any character but white space.
  writeFileSync(text, lines.map((line) => `${JSON.stringify(line.split(" "))}\n`).join(""));
  const columns = fields.map((field, index) => {
    const name = field.replaceAll("-", "_");
    const value = `v[${index + 1}]`;
    const type = types[name] ?? typeOf(field);
    const stored = type === "VARCHAR" ? value : `CASE WHEN ${value} = '-' THEN NULL ELSE CAST(${value} AS ${type}) END`;
    return `${stored} AS "${name}"`;
  });
  await runSql(
    `COPY (SELECT ${[...columns, ...more].join(", ")} FROM (SELECT json::VARCHAR[] AS v FROM read_json_objects(${stringLiteral(text)}, format = 'newline_delimited')))
     TO ${stringLiteral(path)} (FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE ${rowGroup}, PARQUET_VERSION V${version})`,
  );
  return path;
}

function typeOf(field: string): string {
  const known = vpcField(field);
  if (INTEGERS.has(known)) return "INTEGER";
  return LONGS.has(known) ? "BIGINT" : "VARCHAR";
}

/** The bytes of a file, or other bytes in its stead, as an input is stored. */
export class MemoryBytes implements StoredBytes {
  readonly path: string;
  /** Ranges that were asked for. */
  readonly ranges: (readonly [from: number, to: number])[] = [];

  constructor(
    path: string,
    readonly bytes: Buffer = readFileSync(path),
  ) {
    this.path = path;
  }

  get size(): number {
    return this.bytes.length;
  }

  async *stream(from: number): AsyncIterable<Buffer> {
    yield this.bytes.subarray(from);
  }

  async range(from: number, to: number): Promise<Buffer> {
    if (from < 0 || to > this.size) throw new UnreadableInput("unreadable", `no bytes ${from} to ${to}`);
    this.ranges.push([from, to]);
    return this.bytes.subarray(from, to);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
