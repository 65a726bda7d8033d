import { createHash } from "node:crypto";
import {
  INVENTORY_PARTITION_KEYS,
  INVENTORY_TABLES,
  type InventoryRow,
  type InventorySnapshot,
  interfaceRows,
  partitionOf,
  ruleRows,
} from "@tributary/context";
import { TributaryError } from "@tributary/flow";
import type { TableObjects } from "./table-objects.js";

/** What became of the object of one table. */
export type TableOutcome = "written" | "unchanged" | "newer-there";

const FILE = "inventory.jsonl";
/** Conflicts with other writers after which a table is given up. */
const ATTEMPTS = 5;

export interface WriteTablesOptions {
  /** Waits before the given repetition (1 is the first). */
  readonly backOff: (repetition: number) => Promise<void>;
}

/**
 * Writes the rows of both tables, one object for each table, account, region and day (UTC) of the collection:
 * `<prefix>/<table>/accountid=<account>/region=<region>/eventday=<yyyyMMdd>/inventory.jsonl`. An object that a newer collection wrote stays,
 * and one with the same content is not written again. Throws `TributaryError` (`table-contended`) if others keep writing it.
 */
export async function writeTables(
  objects: TableObjects,
  prefix: string,
  snapshot: InventorySnapshot,
  options: WriteTablesOptions,
): Promise<Readonly<Record<string, TableOutcome>>> {
  const partition = partitionOf(snapshot);
  const folder = INVENTORY_PARTITION_KEYS.map((key) => `${key}=${partition[key]}`).join("/");
  const outcomes: Record<string, TableOutcome> = {};
  for (const [{ name }, rows] of [
    [INVENTORY_TABLES.security_group_rules, ruleRows(snapshot)],
    [INVENTORY_TABLES.interfaces, interfaceRows(snapshot)],
  ] as const) {
    outcomes[name] = await writeTable(
      objects,
      `${prefix}/${name}/${folder}/${FILE}`,
      rows,
      snapshot.collectedAt,
      options,
    );
  }
  return outcomes;
}

async function writeTable(
  objects: TableObjects,
  key: string,
  rows: readonly InventoryRow[],
  collectedAt: number,
  { backOff }: WriteTablesOptions,
): Promise<TableOutcome> {
  const digest = digestOf(rows);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await backOff(attempt - 1);
    const present = await objects.describe(key);
    if (present?.digest === digest) return "unchanged";
    if (present?.collectedAt !== undefined && present.collectedAt > collectedAt) return "newer-there";
    if (await objects.write(key, jsonLines(rows), { digest, collectedAt }, present?.etag)) return "written";
  }
  throw new TributaryError(
    "table-contended",
    `${key} was written by others ${ATTEMPTS} times in a row: let one collector run for each account and region`,
  );
}

/** Of everything but the time of the collection, which alone is no news. */
function digestOf(rows: readonly InventoryRow[]): string {
  const hash = createHash("sha256");
  for (const row of rows) hash.update(JSON.stringify({ ...row, collected_at: null }));
  return hash.digest("hex");
}

function jsonLines(rows: readonly InventoryRow[]): Buffer {
  return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}
