import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  decodeSnapshot,
  droppedStates,
  type FittingSnapshot,
  fittingSnapshot,
  type INVENTORY_TABLES,
  type InventoryRow,
  type InventorySnapshot,
  interfaceRows,
  mergeSnapshots,
  partitionOf,
  ruleRows,
  SNAPSHOT_SUFFIX,
  snapshotFileName,
} from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import { syncFolder, writeDurably } from "./durable-file.js";
import { DAY_MS } from "./event-day.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout, pathSegment } from "./lake-layout.js";

export type InventoryTableName = keyof typeof INVENTORY_TABLES;

/** How long the lake keeps states that ended: its flows may be older than what the snapshots of a deployment still know. */
const KEEP_MS = 400 * DAY_MS;

const ROWS: Readonly<Record<InventoryTableName, (snapshot: InventorySnapshot) => readonly InventoryRow[]>> = {
  security_group_rules: ruleRows,
  interfaces: interfaceRows,
};

/**
 * Keeps inventories in a lake, merged with what it has of the same account and region: one snapshot each, and the rows of that day for the
 * tables. Each file is replaced whole or not at all; doing it again writes the same. Call it with the lake open for writing. Gives what is
 * kept now; states that a snapshot has no room for are dropped, and said to `note`. Throws what `decodeSnapshot` throws for a snapshot in the
 * lake, what `fittingSnapshot` throws, and what `lakeFailure` explains.
 */
export async function storeInventory(
  folder: string,
  snapshots: readonly InventorySnapshot[],
  { note, maxBytes }: StoreOptions = {},
): Promise<readonly InventorySnapshot[]> {
  return explained(folder, async () => {
    const merged = await mergedInventory(folder, snapshots);
    const given = new Set(snapshots.map(snapshotName));
    const kept: InventorySnapshot[] = [];
    for (const snapshot of merged) {
      if (!given.has(snapshotName(snapshot))) kept.push(snapshot);
      else {
        // Before any row of it is written: a snapshot that cannot be kept leaves nothing behind.
        const fitting = fittingSnapshot(snapshot, maxBytes);
        if (fitting.dropped > 0) note?.(droppedStates(fitting));
        await write(folder, fitting);
        kept.push(fitting.snapshot);
      }
    }
    return kept;
  });
}

export interface StoreOptions {
  /** Takes what the user should know. */
  readonly note?: (text: string) => void;
  /** Of a snapshot, unpacked; the most that readers take if absent. */
  readonly maxBytes?: number;
}

/** What `storeInventory` would keep if there is room. Throws as it does. */
export async function mergedInventory(
  folder: string,
  snapshots: readonly InventorySnapshot[],
): Promise<readonly InventorySnapshot[]> {
  const kept = new Map((await readInventory(folder)).map((snapshot) => [snapshotName(snapshot), snapshot]));
  for (const snapshot of [...snapshots].sort((a, b) => a.collectedAt - b.collectedAt)) {
    const name = snapshotName(snapshot);
    kept.set(name, mergeSnapshots(kept.get(name), snapshot, KEEP_MS));
  }
  return [...kept.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, snapshot]) => snapshot);
}

/** The inventories that a lake keeps, one for each account and region; none when it has none. */
export async function readInventory(folder: string): Promise<readonly InventorySnapshot[]> {
  const snapshots = inLake(folder, LakeLayout.snapshots);
  return explained(folder, async () => {
    const names = (await namesIn(snapshots)).filter((name) => name.endsWith(SNAPSHOT_SUFFIX));
    return Promise.all(
      names.map(async (name) => {
        const path = inLake(snapshots, name);
        return keptSnapshot(await readFile(path), path);
      }),
    );
  });
}

/** A snapshot that the lake keeps. A broken one is not passed over: its history would be lost unseen. */
function keptSnapshot(bytes: Buffer, path: string): InventorySnapshot {
  try {
    return decodeSnapshot(bytes, path);
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.code === "newer-snapshot") throw error;
    throw new ConfigurationError(
      error.code,
      `${path} is damaged: remove it, and give the inventory once more with --inventory (what it knew of former times is lost)`,
      { cause: error },
    );
  }
}

/** The files of a table, relative to the lake. */
export async function inventoryTableFiles(folder: string, table: InventoryTableName): Promise<readonly string[]> {
  let found = [`${LakeLayout.inventory}/${table}`];
  // Account, region, day.
  for (let depth = 0; depth < 3; depth++) {
    const below = found.map(async (name) => (await namesIn(inLake(folder, name))).map((child) => `${name}/${child}`));
    found = (await Promise.all(below)).flat();
  }
  const files = found.map(async (name) =>
    (await namesIn(inLake(folder, name))).filter((child) => child === TABLE_FILE).map((child) => `${name}/${child}`),
  );
  return (await Promise.all(files)).flat();
}

const TABLE_FILE = "part.jsonl";

/** The snapshot's file, which is its key as well. Throws `bad-partition` where it would not stay in its folder. */
function snapshotName(snapshot: InventorySnapshot): string {
  pathSegment("accountId", snapshot.accountId);
  pathSegment("region", snapshot.region);
  return snapshotFileName(snapshot);
}

async function write(folder: string, { snapshot, bytes }: FittingSnapshot): Promise<void> {
  const { accountid, region, eventday } = partitionOf(snapshot);
  for (const table of Object.keys(ROWS) as InventoryTableName[]) {
    const rows = ROWS[table](snapshot).map((row) => `${JSON.stringify(row)}\n`);
    const partition = `accountid=${accountid}/region=${region}/eventday=${eventday}`;
    await writeWhole(folder, `${LakeLayout.inventory}/${table}/${partition}/${TABLE_FILE}`, rows.join(""));
  }
  // Last, so that a snapshot in the lake has its rows.
  await writeWhole(folder, `${LakeLayout.snapshots}/${snapshotName(snapshot)}`, bytes);
}

async function writeWhole(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const path = inLake(folder, name);
  const created = await mkdir(dirname(path), { recursive: true });
  await writeDurably(path, `${path}.new`, content);
  if (created !== undefined) await syncFolder(dirname(created));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Files may stand beside the folders.
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
