import { rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout } from "./lake-layout.js";
import type { ParquetFile, PrunedRows } from "./manifest-entry.js";
import { fileLiteral } from "./sql-literal.js";

export interface PruneSelection {
  /** Days before this one go (yyyyMMdd). */
  readonly before: string;
  /** Accounts as partitions name them (12 digits or `external_<id>`); all by default. */
  readonly accounts?: readonly string[];
}

/** What goes of one account. */
export interface PrunedAccount {
  readonly account: string;
  readonly days: number;
  /** yyyyMMdd. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly files: number;
  readonly flows: number;
  readonly bytes: number;
}

/** What a selection takes out of a lake, by account. */
export function prunePlan(lake: Lake, selection: PruneSelection): readonly PrunedAccount[] {
  const accounts = new Map<string, ParquetFile[]>();
  for (const file of selectedFiles(lake, selection)) {
    const { accountId } = file.partition;
    accounts.set(accountId, [...(accounts.get(accountId) ?? []), file]);
  }
  return [...accounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, files]) => {
      const days = [...new Set(files.map(({ partition }) => partition.eventDay))].sort();
      return {
        account,
        days: days.length,
        firstDay: days[0] ?? "",
        lastDay: days.at(-1) ?? "",
        files: files.length,
        flows: files.reduce((sum, { rows }) => sum + rows, 0),
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    });
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
        staging.pruned.push(...(await rowsByInput(lake, files)));
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
    const origin = fileLiteral(inLake(lake.folder, LakeLayout.originOf(path)));
    const counted = await connection.runAndReadAll(
      `SELECT input, count(*)::DOUBLE FROM read_parquet(${origin}, hive_partitioning = false) GROUP BY input`,
    );
    const found = counted.getRows().map(([input, count]) => [Number(input), Number(count)] as const);
    if (found.reduce((sum, [, count]) => sum + count, 0) === rows) return found;
  } catch {
    // As below.
  }
  return inputs.map((input) => [input, null]);
}
