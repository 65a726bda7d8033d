import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { duckdbTypeOf, INVENTORY_PARTITION_KEYS, INVENTORY_TABLES } from "@tributary/context";
import type { Column } from "./column.js";
import { type InventoryTableName, inventoryTableFiles } from "./inventory-store.js";
import type { Lake } from "./lake.js";
import { inLake } from "./lake-layout.js";
import type { RecordedInput } from "./manifest-entry.js";
import { fileLiteral, identifier, stringLiteral } from "./sql-literal.js";
import { totalCount } from "./total-count.js";

/** Views whose text is Athena SQL too, in the order in which they need each other; `<name>.sql` in the views' folder. */
export const SHARED_VIEWS = ["flows_deduplicated", "traffic", "newest_rules"] as const;

/**
 * Gives a database the views over a lake: `flows`, those of the inventory, the shared ones, `ingest` and `parked`. They show the commits
 * that the lake knows now; `viewsFolder` holds the shared ones' SQL.
 */
export async function installLakeViews(connection: DuckDBConnection, lake: Lake, viewsFolder: string): Promise<void> {
  await connection.run(`CREATE OR REPLACE VIEW flows AS ${flowsSelect(lake)}`);
  for (const name of Object.keys(INVENTORY_TABLES) as InventoryTableName[]) {
    await connection.run(`CREATE OR REPLACE VIEW ${name} AS ${await inventorySelect(lake, name)}`);
  }
  for (const name of SHARED_VIEWS) {
    await connection.run(
      `CREATE OR REPLACE VIEW ${name} AS ${await readFile(join(viewsFolder, `${name}.sql`), "utf8")}`,
    );
  }
  await installIngest(connection, lake);
  await connection.run(`CREATE OR REPLACE VIEW parked AS ${parkedSelect(lake)}`);
}

/** The partition columns as Athena names them; folders are named in camel case, as Security Lake wants it. */
const PARTITION_COLUMNS = [
  ["region", "region"],
  ["accountId", "accountid"],
  ["eventDay", "eventday"],
] as const;

function flowsSelect(lake: Lake): string {
  const files = lake.parquetFiles();
  const names = lake.options.columns.map(({ name }) => identifier(name));
  if (files.length === 0) {
    const partitions = PARTITION_COLUMNS.map(([, name]) => ({ name, type: "VARCHAR" }));
    return emptySelect([...lake.options.columns, ...partitions]);
  }
  const list = files.map(({ path }) => fileLiteral(inLake(lake.folder, path))).join(", ");
  const types = PARTITION_COLUMNS.map(([folder]) => `${stringLiteral(folder)}: VARCHAR`).join(", ");
  const partitions = PARTITION_COLUMNS.map(([folder, name]) => `${identifier(folder)} AS ${name}`);
  // By name costs a look into every file, and is needed only where an older version wrote other columns.
  const byName = files.some(({ schema }) => schema !== lake.schema());
  return `SELECT ${[...names, ...partitions].join(", ")} FROM read_parquet([${list}],
    hive_partitioning = true, hive_types = {${types}}, union_by_name = ${byName})`;
}

function emptySelect(columns: readonly Column[]): string {
  return `SELECT ${columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${identifier(name)}`).join(", ")} WHERE false`;
}

/** All days of an inventory table; with no inventory no rows. */
async function inventorySelect(lake: Lake, table: InventoryTableName): Promise<string> {
  const columns = INVENTORY_TABLES[table].columns.map(({ name, type }) => ({ name, type: duckdbTypeOf(type) }));
  const partitions = INVENTORY_PARTITION_KEYS.map((name) => ({ name, type: "VARCHAR" }));
  const files = await inventoryTableFiles(lake.folder, table);
  if (files.length === 0) return emptySelect([...columns, ...partitions]);
  const list = files.map((name) => fileLiteral(inLake(lake.folder, name))).join(", ");
  const typed = (some: readonly Column[]) =>
    some.map(({ name, type }) => `${stringLiteral(name)}: ${stringLiteral(type)}`);
  const hive = partitions.map(({ name, type }) => `${stringLiteral(name)}: ${type}`);
  const names = [...columns, ...partitions].map(({ name }) => identifier(name));
  return `SELECT ${names.join(", ")} FROM read_json([${list}], format = 'newline_delimited', records = true,
    columns = {${typed(columns).join(", ")}}, hive_partitioning = true, hive_types = {${hive.join(", ")}})`;
}

const INGEST_COLUMNS: Readonly<Record<string, string>> = {
  path: "VARCHAR",
  kind: "VARCHAR",
  bytes: "BIGINT",
  bytes_read: "BIGINT",
  complete: "BOOLEAN",
  flows_read: "BIGINT",
  delivered: "BIGINT",
  skipped: "BIGINT",
  parked: "BIGINT",
  skipped_by_reason: "MAP(VARCHAR, BIGINT)",
  parked_by_reason: "MAP(VARCHAR, BIGINT)",
  first_commit: "BIGINT",
  first_commit_at: "TIMESTAMP",
  last_commit: "BIGINT",
  last_commit_at: "TIMESTAMP",
  searched_for: "VARCHAR",
  sha256: "VARCHAR",
};

/** Inputs that are handed over at a time: a lake may know hundreds of thousands. */
const INGEST_ROWS = 2_000;

async function installIngest(connection: DuckDBConnection, lake: Lake): Promise<void> {
  const columns = Object.entries(INGEST_COLUMNS).map(([name, type]) => `${identifier(name)} ${type}`);
  await connection.run(`CREATE OR REPLACE TABLE ingest (${columns.join(", ")})`);
  const structure = stringLiteral(JSON.stringify([INGEST_COLUMNS]));
  const insert = `INSERT INTO ingest SELECT input.* FROM (SELECT unnest(from_json($1, ${structure})) AS input)`;
  let rows: unknown[] = [];
  for (const input of lake.inputs().values()) {
    rows.push(ingestRow(input));
    if (rows.length < INGEST_ROWS) continue;
    await connection.run(insert, [JSON.stringify(rows)]);
    rows = [];
  }
  if (rows.length > 0) await connection.run(insert, [JSON.stringify(rows)]);
}

function ingestRow(input: RecordedInput): unknown {
  const { path, kind, size, position, complete, flows, firstCommit, lastCommit, match, sha256 } = input;
  return {
    path,
    kind,
    bytes: size,
    bytes_read: position,
    complete,
    flows_read: flows.read,
    delivered: flows.delivered,
    skipped: totalCount(flows.skipped),
    parked: totalCount(flows.parked),
    skipped_by_reason: flows.skipped,
    parked_by_reason: flows.parked,
    first_commit: firstCommit.commit,
    first_commit_at: firstCommit.at,
    last_commit: lastCommit.commit,
    last_commit_at: lastCommit.at,
    searched_for: match,
    sha256,
  };
}

function parkedSelect(lake: Lake): string {
  const columns: readonly Column[] = [
    { name: "reason", type: "VARCHAR" },
    { name: "input", type: "VARCHAR" },
    { name: "position", type: "BIGINT" },
    { name: "message", type: "VARCHAR" },
    { name: "at", type: "TIMESTAMP" },
    { name: "raw", type: "VARCHAR" },
  ];
  const files = lake.parkedFiles();
  if (files.length === 0)
    return emptySelect(columns.map(({ name, type }) => ({ name: name === "at" ? "parked_at" : name, type })));
  const list = files.map(({ path }) => fileLiteral(inLake(lake.folder, path))).join(", ");
  const types = columns.map(({ name, type }) => `${stringLiteral(name)}: ${stringLiteral(type)}`).join(", ");
  return `SELECT reason, input, position, message, "at" AS parked_at, raw FROM read_json([${list}], format = 'newline_delimited', columns = {${types}}, hive_partitioning = false)`;
}
