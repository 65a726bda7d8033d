import { ConfigurationError } from "@tributary/flow";
import type { Dated, InventorySnapshot } from "./inventory.js";
import { encodeSnapshot, MAX_SNAPSHOT_BYTES } from "./snapshot-format.js";

/** A snapshot that readers take, as the bytes of its file. */
export interface FittingSnapshot {
  readonly snapshot: InventorySnapshot;
  readonly bytes: Buffer;
  /** Ended states that had to go for it. */
  readonly dropped: number;
}

/** States go a part at a time: each try writes the snapshot once more. */
const PARTS = 8;

/**
 * The snapshot with as much of its history as fits into `maxBytes` unpacked: states that ended first go first. What holds still never goes;
 * throws `ConfigurationError` (`snapshot-too-large`) if that alone is too large.
 */
export function fittingSnapshot(snapshot: InventorySnapshot, maxBytes = MAX_SNAPSHOT_BYTES): FittingSnapshot {
  const ends = statesOf(snapshot)
    .flatMap(({ until }) => (until === undefined ? [] : [until]))
    .sort((a, b) => a - b);
  for (let part = 0; ; part++) {
    // All of one moment go together.
    const last = part === 0 ? undefined : ends[Math.ceil((ends.length * part) / PARTS) - 1];
    const shorter = last === undefined ? snapshot : withoutEndedBy(snapshot, last);
    try {
      const dropped = statesOf(snapshot).length - statesOf(shorter).length;
      return { snapshot: shorter, bytes: encodeSnapshot(shorter, maxBytes), dropped };
    } catch (error) {
      const tooLarge = error instanceof ConfigurationError && error.code === "snapshot-too-large";
      if (!tooLarge) throw error;
      if (ends.length === 0 || part === PARTS) throw tooLargeAsItIs(snapshot, maxBytes, error);
    }
  }
}

function tooLargeAsItIs({ accountId, region }: InventorySnapshot, maxBytes: number, cause: unknown): Error {
  return new ConfigurationError(
    "snapshot-too-large",
    `the inventory of ${accountId} in ${region} takes more than ${maxBytes} bytes even without former states: keep fewer tags`,
    { cause },
  );
}

function statesOf({ interfaces, groups, prefixLists, networkAcls }: InventorySnapshot): readonly Dated[] {
  return [...interfaces, ...groups, ...prefixLists, ...networkAcls];
}

function withoutEndedBy(snapshot: InventorySnapshot, last: number): InventorySnapshot {
  const isKept = ({ until }: Dated): boolean => until === undefined || until > last;
  return {
    ...snapshot,
    interfaces: snapshot.interfaces.filter(isKept),
    groups: snapshot.groups.filter(isKept),
    prefixLists: snapshot.prefixLists.filter(isKept),
    networkAcls: snapshot.networkAcls.filter(isKept),
  };
}

/** What is said of states that had to go. */
export function droppedStates({ snapshot: { accountId, region }, dropped }: FittingSnapshot): string {
  return `the inventory of ${accountId} in ${region} was too large: the ${dropped} former states that ended first were dropped, and flows of their time are explained by later ones`;
}
