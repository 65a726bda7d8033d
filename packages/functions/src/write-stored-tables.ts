import type { InventorySnapshot } from "@tributary/context";
import { TributaryError } from "@tributary/flow";
import { type SnapshotStore, snapshotName } from "./snapshot-store.js";
import type { TableObjects } from "./table-objects.js";
import { readStoredSnapshot } from "./write-snapshot.js";
import { type TableOutcome, type WriteTablesOptions, writeTables } from "./write-tables.js";

/** Times that the tables are written because the snapshot changed meanwhile. */
const ROUNDS = 8;

/**
 * Writes the tables of the stored snapshot, anew if it changed meanwhile. Lookups leave the time of the collection as it is, so that nothing in
 * a table tells which of two is newer: whoever writes it last has to look at the snapshot after that. Throws `TributaryError`
 * (`table-contended`) if others keep writing.
 */
export async function writeStoredTables(
  store: SnapshotStore,
  objects: TableObjects,
  prefix: string,
  written: InventorySnapshot,
  options: WriteTablesOptions,
): Promise<Readonly<Record<string, TableOutcome>>> {
  const name = snapshotName(written.accountId, written.region);
  let stored = await store.read(name);
  for (let round = 1; round <= ROUNDS; round++) {
    if (round > 1) await options.backOff(round - 1);
    const present = typeof stored === "object" ? readStoredSnapshot(stored.bytes, name) : "broken";
    const outcomes = await writeTables(objects, prefix, present === "broken" ? written : present, options);
    if (typeof stored !== "object") return outcomes;
    const now = await store.read(name, stored.etag);
    if (typeof now !== "object") return outcomes;
    stored = now;
  }
  throw new TributaryError(
    "table-contended",
    `the snapshot ${name} changed ${ROUNDS} times while its tables were written: let one collector run for each account and region`,
  );
}
