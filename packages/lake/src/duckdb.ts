import { mkdir } from "node:fs/promises";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { fileLiteral, stringLiteral } from "./sql-literal.js";

export interface DuckDbOptions {
  /** A database file, or `:memory:` (the default). */
  readonly path?: string;
  /** What DuckDB may keep in memory before it spills to `tempDirectory`, e.g. `1GB` (the default). */
  readonly memoryLimit?: string;
  /** Worker threads; the number of cores by default. */
  readonly threads?: number;
  /** Where it spills. Without one it does not spill, and a statement that needs more memory fails. */
  readonly tempDirectory?: string;
}

export interface DuckDb {
  readonly connection: DuckDBConnection;
  /** Another connection to the same database; close it after use. */
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/**
 * DuckDB as every part of Tributary uses it: UTC, integer division and row order as in Trino, bounded memory, no extension from the
 * network.
 */
export async function openDuckDb(options: DuckDbOptions = {}): Promise<DuckDb> {
  const { tempDirectory } = options;
  if (tempDirectory !== undefined) await mkdir(tempDirectory, { recursive: true });
  const instance = await DuckDBInstance.create(options.path ?? ":memory:", {
    memory_limit: options.memoryLimit ?? "1GB",
    temp_directory: tempDirectory ?? "",
    preserve_insertion_order: "true",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    allow_unsigned_extensions: "false",
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  });
  const connection = await instance.connect();
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  await connection.run("SET GLOBAL integer_division = true");
  // Trino sorts NULL last in both directions.
  await connection.run("SET GLOBAL default_null_order = 'nulls_last'");
  return {
    connection,
    connect: () => instance.connect(),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/**
 * From here on statements touch files in these folders only, and no statement can loosen any setting: for SQL that a user typed or
 * pasted. Cannot be undone.
 */
export async function confine(connection: DuckDBConnection, folders: readonly string[]): Promise<void> {
  // File names reach the check as patterns, so the folder must also be allowed the way patterns spell it.
  const spellings = folders.flatMap((folder) => [stringLiteral(folder), fileLiteral(folder)]);
  await connection.run(`SET GLOBAL allowed_directories = [${[...new Set(spellings)].join(", ")}]`);
  await connection.run("SET GLOBAL enable_external_access = false");
  await connection.run("SET GLOBAL lock_configuration = true");
}
