import { INVENTORY_PARTS, type InventorySnapshot, type NetworkInterface } from "@tributary/context";
import { LRUCache } from "lru-cache";

export interface LearnedInterfacesOptions {
  /** ms since the epoch. */
  readonly now: () => number;
  /** ms after which an interface is forgotten. */
  readonly keepFor: number;
}

/** Where an interface was found. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

const MAX_LEARNED = 1000;

/** Interfaces that lookups found before a snapshot has them. */
export class LearnedInterfaces {
  readonly #found: LRUCache<string, { readonly interface: NetworkInterface; readonly place: Place }>;

  constructor({ now, keepFor }: LearnedInterfacesOptions) {
    this.#found = new LRUCache({ max: MAX_LEARNED, ttl: keepFor, ttlResolution: 0, perf: { now } });
  }

  add(found: NetworkInterface, place: Place): void {
    this.#found.set(found.id, { interface: found, place });
  }

  /** Forgets those whose time is over. Gives whether there were any. */
  forgetOld(): boolean {
    return this.#found.purgeStale();
  }

  /** The snapshots with the learned interfaces that none of them has. */
  addTo(snapshots: readonly InventorySnapshot[]): readonly InventorySnapshot[] {
    if (this.#found.size === 0) return snapshots;
    const known = new Set(snapshots.flatMap(({ interfaces }) => interfaces.map(({ id }) => id)));
    const result = new Map(snapshots.map((snapshot) => [nameOf(snapshot), snapshot]));
    for (const { interface: learned, place } of this.#found.values()) {
      if (known.has(learned.id)) continue;
      const snapshot = result.get(nameOf(place)) ?? emptySnapshot(place, learned.asOf);
      result.set(nameOf(place), { ...snapshot, interfaces: [...snapshot.interfaces, learned] });
    }
    return [...result.values()];
  }
}

const nameOf = ({ accountId, region }: Place): string => `${accountId}/${region}`;

function emptySnapshot(place: Place, collectedAt: number): InventorySnapshot {
  return {
    accountId: place.accountId,
    region: place.region,
    collectedAt,
    missing: INVENTORY_PARTS.filter((part) => part !== "interfaces"),
    interfaces: [],
    groups: [],
    prefixLists: [],
    networkAcls: [],
  };
}
