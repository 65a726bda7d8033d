import { type DuckDBConnection, type DuckDBResult, StatementType } from "@duckdb/node-api";
import { ConfigurationError, TributaryError } from "@tributary/flow";
import { confine, type DuckDb, openDuckDb } from "./duckdb.js";
import type { Lake } from "./lake.js";
import type { QueryEngine, QueryResult, QueryValue, RunOptions } from "./query-engine.js";
import { resultValue } from "./result-value.js";
import { installTrinoMacros } from "./trino-macros.js";
import { installLakeViews } from "./views.js";

export interface DuckDbEngineOptions {
  /** An open lake; read-only is enough. */
  readonly lake: Lake;
  /** The folder with the SQL of the shared views. */
  readonly viewsFolder: string;
  readonly memoryLimit?: string;
  readonly threads?: number;
  /** Where large sorts spill. */
  readonly tempDirectory?: string;
}

const READING: ReadonlySet<StatementType> = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

const INTERRUPT_INTERVAL_MS = 20;

/** Answers SQL over a local lake with DuckDB, which understands Trino's functions here and sees nothing but the lake. */
export class DuckDbEngine implements QueryEngine {
  readonly local = true;

  private constructor(
    private readonly db: DuckDb,
    private readonly lake: Lake,
  ) {}

  static async open(options: DuckDbEngineOptions): Promise<DuckDbEngine> {
    const { lake, viewsFolder, ...settings } = options;
    const db = await openDuckDb(settings);
    try {
      await installTrinoMacros(db.connection);
      await installLakeViews(db.connection, lake, viewsFolder);
      await confine(db.connection, [
        lake.folder,
        ...(settings.tempDirectory === undefined ? [] : [settings.tempDirectory]),
      ]);
    } catch (error) {
      db.close();
      throw explainQueryError(error, lake);
    }
    return new DuckDbEngine(db, lake);
  }

  /** The newest day in the lake, so that "the last 7 days" of a lake of old files are its last 7. */
  get newestDay(): string | undefined {
    const newest = this.lake
      .parquetFiles()
      .map(({ partition }) => partition.eventDay)
      .sort()
      .at(-1);
    return newest === undefined ? undefined : `${newest.slice(0, 4)}-${newest.slice(4, 6)}-${newest.slice(6, 8)}`;
  }

  /** Throws `query-failed` with the engine's message, `not-a-query`, `lake-changed`, and the signal's reason. */
  async query(sql: string, options: RunOptions = {}): Promise<QueryResult> {
    const { signal } = options;
    signal?.throwIfAborted();
    const connection = await this.db.connect();
    const stopListening = signal === undefined ? () => undefined : interruptOnAbort(connection, signal);
    const end = () => {
      stopListening();
      connection.closeSync();
    };
    const fail = (error: unknown): never => {
      if (signal?.aborted) throw signal.reason;
      throw explainQueryError(error, this.lake);
    };
    try {
      const result = await start(connection, sql);
      const columns = result
        .deduplicatedColumnNames()
        .map((name, index) => ({ name, type: String(result.columnType(index)) }));
      return { columns, chunks: chunksOf(result, end, fail) };
    } catch (error) {
      end();
      return fail(error);
    }
  }

  async close(): Promise<void> {
    this.db.close();
  }
}

/** Interrupts again and again, because an interrupt that comes just before a statement starts is lost. */
function interruptOnAbort(connection: DuckDBConnection, signal: AbortSignal): () => void {
  let repeat: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    repeat ??= setInterval(interrupt, INTERRUPT_INTERVAL_MS);
  };
  signal.addEventListener("abort", interrupt, { once: true });
  if (signal.aborted) interrupt();
  return () => {
    clearInterval(repeat);
    signal.removeEventListener("abort", interrupt);
  };
}

async function start(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  if (sql.trim() === "") throw new ConfigurationError("not-a-query", "there is no SQL: give a query");
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) {
    throw new ConfigurationError("not-a-query", `${statements.count} statements: give one query at a time`);
  }
  const statement = await statements.prepare(0);
  if (!READING.has(statement.statementType)) {
    const kind = StatementType[statement.statementType] ?? "this";
    throw new ConfigurationError(
      "not-a-query",
      `${kind} does not read: only SELECT, WITH, SHOW, DESCRIBE and EXPLAIN are run here`,
    );
  }
  return statement.stream();
}

async function* chunksOf(
  result: DuckDBResult,
  end: () => void,
  fail: (error: unknown) => never,
): AsyncGenerator<readonly (readonly QueryValue[])[]> {
  try {
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getRows().map((row) => row.map(resultValue));
    }
  } catch (error) {
    fail(error);
  } finally {
    end();
  }
}

function explainQueryError(error: unknown, lake: Lake): unknown {
  if (error instanceof TributaryError || !(error instanceof Error)) return error;
  const { message } = error;
  if (/No files found|Cannot open file|No such file/.test(message)) {
    return new TributaryError(
      "lake-changed",
      `a file of ${lake.folder} is gone: another process has replaced it, run the query again. If that does not help, the file was removed by hand: ingest its input again`,
      { cause: error },
    );
  }
  if (/^Out of Memory Error/.test(message)) {
    return new TributaryError(
      "out-of-memory",
      `${message.split("\n")[0]}: ask for fewer days, or raise the memory limit`,
      { cause: error },
    );
  }
  return new TributaryError("query-failed", message, { cause: error });
}
