import { Lake, type LakeOptions } from "@tributary/lake";
import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import { interruption } from "../interruption.js";
import type { ProgressLine } from "../terminal/progress.js";
import { progressOn, type Terminal } from "../terminal-context.js";

export interface LakeWorkOptions extends Omit<LakeOptions, "columns" | "memoryLimit" | "onStep" | "readOnly"> {
  readonly folder: string;
  /** What DuckDB may use, bytes. */
  readonly memory: number;
  readonly terminal: Terminal;
  /** What becomes of the work that is under way at the first Ctrl-C, as a sentence. */
  readonly whenStopped: string;
}

export interface LakeWork {
  /** Open for writing. */
  readonly lake: Lake;
  readonly progress: ProgressLine;
  /** Aborted by the first Ctrl-C; the second ends the process. */
  readonly signal: AbortSignal;
}

const MB = 1_000_000;

/** What DuckDB may use where the user says nothing, bytes. */
export const LAKE_MEMORY = 1000 * MB;

/** Does work on a lake that it opens and closes, with a line on stderr that says how far it is. Throws as `Lake.open` and the work do. */
export async function workOnLake<T>(
  { folder, memory, terminal, whenStopped, ...options }: LakeWorkOptions,
  work: (given: LakeWork) => Promise<T>,
): Promise<T> {
  const lake = await Lake.open(folder, {
    ...options,
    columns: duckdbColumns(networkActivity),
    memoryLimit: `${Math.ceil(memory / MB)}MB`,
  });
  const progress = progressOn(terminal);
  const interrupted = interruption(() =>
    progress.message(`Stopping: ${whenStopped} Ctrl-C again stops at once; nothing is lost either way.`),
  );
  try {
    return await work({ lake, progress, signal: interrupted.signal });
  } finally {
    progress.clear();
    interrupted.end();
    await lake.close();
  }
}
