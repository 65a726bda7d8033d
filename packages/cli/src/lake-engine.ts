import { DuckDbEngine, Lake } from "@tributary/lake";
import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import { interruption } from "./interruption.js";
import { queriesFolder } from "./project-folder.js";
import { withTemporaryFolder } from "./temporary-folder.js";

/** What DuckDB may use. */
export type EngineLimits = Pick<Parameters<typeof DuckDbEngine.open>[0], "memoryLimit" | "threads">;

/**
 * Asks a lake that others may write to: opens it for reading with the project's views and closes it whatever happens. Ctrl-C aborts the
 * signal. Throws what `Lake.open` and `work` throw.
 */
export async function withLakeEngine<T>(
  folder: string,
  limits: EngineLimits,
  work: (engine: DuckDbEngine, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupted = interruption(() => undefined);
  try {
    return await withTemporaryFolder(async (tempDirectory) => {
      const lake = await Lake.open(folder, { columns: duckdbColumns(networkActivity), readOnly: true });
      try {
        const viewsFolder = `${queriesFolder()}/views`;
        const engine = await DuckDbEngine.open({ lake, viewsFolder, tempDirectory, ...limits });
        try {
          return await work(engine, interrupted.signal);
        } finally {
          await engine.close();
        }
      } finally {
        await lake.close();
      }
    });
  } finally {
    interrupted.end();
  }
}
