import { Lake, openDuckDb } from "@tributary/lake";
import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import { interruption } from "../interruption.js";
import { withTemporaryFolder } from "../temporary-folder.js";
import type { ProgressLine } from "../terminal/progress.js";
import { progressOn, type Terminal } from "../terminal-context.js";

export interface InspectOptions {
  readonly folder: string;
  /** What DuckDB may use, bytes. */
  readonly memory: number;
  readonly threads?: number;
  readonly terminal: Terminal;
}

export interface Inspection {
  /** Open for reading. */
  readonly lake: Lake;
  /** A database beside the lake, to read its files with. */
  readonly connection: Awaited<ReturnType<typeof openDuckDb>>["connection"];
  readonly progress: ProgressLine;
  /** Aborted by the first Ctrl-C; the second ends the process. */
  readonly signal: AbortSignal;
}

const MB = 1_000_000;

/** Looks at a lake that others may write to, with a line on stderr that says how far it is. Changes nothing. Throws as `Lake.open` does. */
export async function inspectLake<T>(
  { folder, memory, threads, terminal }: InspectOptions,
  work: (given: Inspection) => Promise<T>,
): Promise<T> {
  const lake = await Lake.open(folder, { columns: duckdbColumns(networkActivity), readOnly: true });
  const progress = progressOn(terminal);
  const interrupted = interruption(() => progress.message("Stopping after the file in hand."));
  try {
    return await withTemporaryFolder(async (tempDirectory) => {
      const limits = { memoryLimit: `${Math.ceil(memory / MB)}MB`, ...(threads === undefined ? {} : { threads }) };
      const db = await openDuckDb({ tempDirectory, ...limits });
      try {
        return await work({ lake, connection: db.connection, progress, signal: interrupted.signal });
      } finally {
        db.close();
      }
    });
  } finally {
    progress.clear();
    interrupted.end();
    await lake.close();
  }
}
