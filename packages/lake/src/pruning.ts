import { rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type AccountExtent, byAccount, extentOf } from "./account-extent.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake } from "./lake-layout.js";
import type { ParquetFile, PrunedRows } from "./manifest-entry.js";
import { describedRows, originCounts } from "./origin-counts.js";

export interface PruneSelection {
  /** Days before this one go (yyyyMMdd). */
  readonly before: string;
  /** Accounts as partitions name them (12 digits or `external_<id>`); all by default. */
  readonly accounts?: readonly string[];
}

/** What a selection takes out of a lake, by account. */
export function prunePlan(lake: Lake, selection: PruneSelection): readonly AccountExtent[] {
  return byAccount(selectedFiles(lake, selection)).map(([account, files]) => extentOf(account, files));
}

export interface PruneMark {
  /** Names the run in the manifest. */
  readonly run: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Takes whole days out of a lake, in one commit. Its inputs stay known, so that no run reads them again; how many of their rows went is
 * recorded, so that what they delivered still adds up. Parked entries have no day and stay. Throws what `lakeFailure` explains.
 */
export async function pruneLake(lake: Lake, selection: PruneSelection, mark: PruneMark): Promise<void> {
  const files = selectedFiles(lake, selection);
  if (files.length === 0) return;
  await explained(lake.folder, async () => {
    const commit = lake.begin(mark);
    try {
      await commit.change(async (staging) => {
        for (const rows of await rowsByInput(lake, files)) staging.pruned.push(rows);
        await staging.step("prune");
        for (const { path } of files) staging.removed.push(path);
      });
      await commit.finish({ inputs: [] });
    } catch (error) {
      await commit.abandon();
      throw error;
    }
    const folders = new Set(files.map(({ path }) => dirname(inLake(lake.folder, path))));
    // A folder with a file of somebody else stays.
    for (const folder of folders) await rmdir(folder).catch(() => undefined);
  });
}

function selectedFiles(lake: Lake, { before, accounts }: PruneSelection): readonly ParquetFile[] {
  return lake
    .parquetFiles()
    .filter(
      ({ partition }) =>
        partition.eventDay < before && (accounts === undefined || accounts.includes(partition.accountId)),
    );
}

async function rowsByInput(lake: Lake, files: readonly ParquetFile[]): Promise<readonly PrunedRows[]> {
  const counts = new Map<number, number | null>();
  const connection = await lake.converter();
  for (const file of files) {
    for (const [input, rows] of await countsOf(connection, lake, file)) {
      const before = counts.has(input) ? counts.get(input) : 0;
      counts.set(input, before == null || rows === null ? null : before + rows);
    }
  }
  return [...counts].map(([input, rows]) => ({ input, rows }));
}

/** A day whose files are damaged must be removable, too. */
async function countsOf(
  connection: DuckDBConnection,
  lake: Lake,
  { path, inputs, rows }: ParquetFile,
): Promise<readonly (readonly [input: number, rows: number | null])[]> {
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) return [[only, rows]];
  try {
    const counts = await originCounts(connection, lake, path);
    if (describedRows(counts) === rows) return [...counts];
  } catch {
    // As below.
  }
  return inputs.map((input) => [input, null]);
}
