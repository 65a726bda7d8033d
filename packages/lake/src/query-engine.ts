import { ConfigurationError } from "@tributary/flow";
import { type QueryValues, renderSavedQuery, type SavedQuery } from "./saved-query.js";

/** A value of a result. Times are text as Athena writes it (`2026-11-21 12:00:00.000`, UTC); numbers beyond 2^53 are bigint. */
export type QueryValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly QueryValue[]
  | { readonly [name: string]: QueryValue };

export interface ResultColumn {
  readonly name: string;
  /** The engine's name of the type. */
  readonly type: string;
}

/** A result whose rows arrive in chunks while it is read. Stop reading, and the query stops. */
export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  readonly chunks: AsyncIterable<readonly (readonly QueryValue[])[]>;
}

export interface RunOptions {
  /** Interrupts the query; reading then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Something that answers SQL over `flows`, `flows_deduplicated` and `traffic`. */
export interface QueryEngine {
  /** Whether it asks a local lake, which also has `ingest` and `parked`. */
  readonly local: boolean;
  /** What relative days count from (`yyyy-MM-dd`), when that is not today. */
  readonly newestDay: string | undefined;
  /** Runs one statement that reads. */
  query(sql: string, options?: RunOptions): Promise<QueryResult>;
  close(): Promise<void>;
}

/** Runs a saved query with some values. Throws `local-query` where the engine lacks what it needs. */
export async function runSavedQuery(
  engine: QueryEngine,
  query: SavedQuery,
  values: QueryValues = {},
  options: RunOptions = {},
): Promise<QueryResult> {
  if (query.localOnly && !engine.local) {
    throw new ConfigurationError(
      "local-query",
      `query ${query.name} asks a local lake only: run it with --lake <folder>`,
    );
  }
  return engine.query(renderSavedQuery(query, values, engine.newestDay), options);
}

/** All rows of a result at once: for small ones. */
export async function allRows(result: QueryResult): Promise<readonly (readonly QueryValue[])[]> {
  const rows: (readonly QueryValue[])[] = [];
  for await (const chunk of result.chunks) rows.push(...chunk);
  return rows;
}
