import { droppedStates, fittingSnapshot, type InventorySnapshot, mergeSnapshots } from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import { readSnapshot, snapshotPath, writeSnapshot } from "./snapshot-file.js";

export interface KeepOptions {
  /** How long states that ended are kept, ms. */
  readonly keepMs: number;
  /** Whether a snapshot in place that cannot be read is replaced. */
  readonly startAnew: boolean;
  /** Of the snapshot, unpacked; the most that readers take if absent. */
  readonly maxBytes?: number;
}

/** A snapshot that was written, and where. */
export interface KeptInventory {
  readonly path: string;
  readonly snapshot: InventorySnapshot;
  /** What the user should know of it. */
  readonly note?: string;
}

/** What `decodeSnapshot` finds wrong with a file's content. */
const BROKEN: ReadonlySet<string> = new Set(["not-a-snapshot", "damaged-snapshot", "newer-snapshot"]);

/**
 * The snapshot in place, to be merged with what is collected. A broken one is not lost by accident: throws ConfigurationError
 * `broken-inventory` unless it is to be replaced.
 */
export async function previousInventory(path: string, startAnew: boolean): Promise<InventorySnapshot | undefined> {
  try {
    return await readSnapshot(path);
  } catch (cause) {
    if (!(cause instanceof ConfigurationError) || !BROKEN.has(cause.code)) throw cause;
    if (startAnew) return undefined;
    throw new ConfigurationError(
      "broken-inventory",
      `${cause.message}. It stays as it is: move it away, or replace it with --force, which forgets the interfaces that are gone`,
      { cause },
    );
  }
}

/** Merges a collection with the snapshot in place below `out`, and writes it there, with as much of its history as fits. */
export async function keepInventory(
  out: string,
  collected: InventorySnapshot,
  { keepMs, startAnew, maxBytes }: KeepOptions,
): Promise<KeptInventory> {
  const path = snapshotPath(out, collected);
  const previous = await previousInventory(path, startAnew);
  if (previous !== undefined) refuseOther(path, previous, collected);
  const fitting = fittingSnapshot(mergeSnapshots(previous, collected, keepMs), maxBytes);
  const { snapshot, bytes, dropped } = fitting;
  await writeSnapshot(path, bytes);
  return { path, snapshot, ...(dropped === 0 ? {} : { note: droppedStates(fitting) }) };
}

/** A file of one account and region is not overwritten with another's, and time does not run backwards. */
function refuseOther(path: string, previous: InventorySnapshot, collected: InventorySnapshot): void {
  if (previous.accountId !== collected.accountId || previous.region !== collected.region) {
    throw new ConfigurationError(
      "other-inventory",
      `${path} holds account ${previous.accountId} in ${previous.region}, not ${collected.accountId} in ${collected.region}: name a folder with --out, or another file`,
    );
  }
  if (collected.collectedAt < previous.collectedAt) {
    const [held, given] = [previous, collected].map(({ collectedAt }) => new Date(collectedAt).toISOString());
    throw new ConfigurationError(
      "older-inventory",
      `${path} is of ${held}, newer than ${given}: give a later --as-of, or another --out`,
    );
  }
}
