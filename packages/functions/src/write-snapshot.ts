import { decodeSnapshot, fittingSnapshot, type InventorySnapshot } from "@tributary/context";
import { TributaryError } from "@tributary/flow";
import { type SnapshotStore, snapshotName } from "./snapshot-store.js";

/** What became of a snapshot. */
export interface WrittenSnapshot {
  readonly snapshot: InventorySnapshot;
  /** Other writers that were faster. */
  readonly conflicts: number;
  /** Whether the stored one could not be read, and was replaced. */
  readonly replacedBroken: boolean;
}

export interface WriteSnapshotOptions {
  /** Waits before the given repetition (1 is the first). */
  readonly backOff: (repetition: number) => Promise<void>;
  /** Writes that are tried. */
  readonly attempts?: number;
}

const ATTEMPTS = 8;

/**
 * Stores what `change` makes of the stored snapshot, in place of exactly that one: if another collector was faster, its snapshot is read and
 * changed anew, so that no collection is lost. Undefined from `change` leaves the stored one. A broken snapshot is replaced, as it holds
 * nothing any more; one of a newer version throws, as a newer collector is at work. Throws `TributaryError` (`snapshot-contended`) if others
 * keep writing it.
 */
export async function writeSnapshot(
  store: SnapshotStore,
  { accountId, region }: { readonly accountId: string; readonly region: string },
  change: (stored: InventorySnapshot | undefined) => InventorySnapshot | undefined,
  { backOff, attempts = ATTEMPTS }: WriteSnapshotOptions,
): Promise<WrittenSnapshot | undefined> {
  const name = snapshotName(accountId, region);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (attempt > 1) await backOff(attempt - 1);
    const stored = await store.read(name);
    const present = stored === undefined || stored === "unchanged" ? undefined : stored;
    const previous = present === undefined ? undefined : readStoredSnapshot(present.bytes, name);
    const snapshot = change(previous === "broken" ? undefined : previous);
    if (snapshot === undefined) return undefined;
    if (await store.write(name, fittingSnapshot(snapshot).bytes, present?.etag)) {
      return { snapshot, conflicts: attempt - 1, replacedBroken: previous === "broken" };
    }
  }
  throw new TributaryError(
    "snapshot-contended",
    `the snapshot ${name} was written by others ${attempts} times in a row: let one collector run for each account and region`,
  );
}

/** `broken` for one that nothing can be read from. Throws for one of a newer version. */
export function readStoredSnapshot(bytes: Buffer, name: string): InventorySnapshot | "broken" {
  try {
    return decodeSnapshot(bytes, name);
  } catch (error) {
    if (error instanceof TributaryError && error.code !== "newer-snapshot") return "broken";
    throw error;
  }
}
