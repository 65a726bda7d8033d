import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  decodeSnapshot,
  encodeSnapshot,
  type INVENTORY_TABLES,
  type InventoryRow,
  type InventorySnapshot,
  interfaceRows,
  mergeSnapshots,
  partitionOf,
  ruleRows,
} from "@tributary/context";
import { syncFolder, writeDurably } from "./durable-file.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout, pathSegment } from "./lake-layout.js";

export type InventoryTableName = keyof typeof INVENTORY_TABLES;

/** How long the lake keeps states that ended: its flows may be older than what the snapshots of a deployment still know. */
const KEEP_MS = 400 * 86_400_000;

const SNAPSHOT_SUFFIX = ".inventory";

const ROWS: Readonly<Record<InventoryTableName, (snapshot: InventorySnapshot) => readonly InventoryRow[]>> = {
  security_group_rules: ruleRows,
  interfaces: interfaceRows,
};

/**
 * Keeps inventories in a lake, merged with what it has of the same account and region: one snapshot each, and the rows of that day for the
 * tables. Each file is replaced whole or not at all; doing it again writes the same. Call it with the lake open for writing. Gives what is
 * kept now. Throws what `decodeSnapshot` throws for a snapshot in the lake, and what `lakeFailure` explains.
 */
export async function storeInventory(
  folder: string,
  snapshots: readonly InventorySnapshot[],
): Promise<readonly InventorySnapshot[]> {
  return explained(folder, async () => {
    const merged = await mergedInventory(folder, snapshots);
    const given = new Set(snapshots.map(snapshotName));
    for (const snapshot of merged) if (given.has(snapshotName(snapshot))) await write(folder, snapshot);
    return merged;
  });
}

/** What `storeInventory` would keep. Throws as it does. */
export async function mergedInventory(
  folder: string,
  snapshots: readonly InventorySnapshot[],
): Promise<readonly InventorySnapshot[]> {
  const kept = new Map((await readInventory(folder)).map((snapshot) => [snapshotName(snapshot), snapshot]));
  for (const snapshot of [...snapshots].sort((a, b) => a.collectedAt - b.collectedAt)) {
    const name = snapshotName(snapshot);
    kept.set(name, united(kept.get(name), snapshot));
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
        return decodeSnapshot(await readFile(path), path);
      }),
    );
  });
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

/**
 * Both inventories in one. A snapshot carries the history of its own collections, which merging leaves out, so of each thing the history that
 * goes back further is taken.
 */
function united(known: InventorySnapshot | undefined, given: InventorySnapshot): InventorySnapshot {
  if (known === undefined) return given;
  const [older, newer] = known.collectedAt <= given.collectedAt ? [known, given] : [given, known];
  const merged = mergeSnapshots(older, newer, KEEP_MS);
  return {
    ...merged,
    interfaces: longerHistories(merged.interfaces, newer.interfaces),
    groups: longerHistories(merged.groups, newer.groups),
    prefixLists: longerHistories(merged.prefixLists, newer.prefixLists),
    networkAcls: longerHistories(merged.networkAcls, newer.networkAcls),
  };
}

function longerHistories<T extends { readonly id: string; readonly asOf: number }>(
  merged: readonly T[],
  own: readonly T[],
): readonly T[] {
  const histories = historiesOf(merged);
  for (const [id, states] of historiesOf(own)) {
    const other = histories.get(id)?.[0]?.asOf ?? Number.POSITIVE_INFINITY;
    if ((states[0]?.asOf ?? other) <= other) histories.set(id, states);
  }
  return [...histories].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flatMap(([, states]) => states);
}

function historiesOf<T extends { readonly id: string }>(states: readonly T[]): Map<string, T[]> {
  const histories = new Map<string, T[]>();
  for (const state of states) {
    const history = histories.get(state.id);
    if (history === undefined) histories.set(state.id, [state]);
    else history.push(state);
  }
  return histories;
}

function snapshotName({ accountId, region }: InventorySnapshot): string {
  return `${pathSegment("accountId", accountId)}_${pathSegment("region", region)}${SNAPSHOT_SUFFIX}`;
}

async function write(folder: string, snapshot: InventorySnapshot): Promise<void> {
  const { accountid, region, eventday } = partitionOf(snapshot);
  for (const table of Object.keys(ROWS) as InventoryTableName[]) {
    const rows = ROWS[table](snapshot).map((row) => `${JSON.stringify(row)}\n`);
    const partition = `accountid=${accountid}/region=${region}/eventday=${eventday}`;
    await writeWhole(folder, `${LakeLayout.inventory}/${table}/${partition}/${TABLE_FILE}`, rows.join(""));
  }
  // Last, so that a snapshot in the lake has its rows.
  await writeWhole(folder, `${LakeLayout.snapshots}/${snapshotName(snapshot)}`, encodeSnapshot(snapshot));
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
