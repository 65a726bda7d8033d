import { decodeSnapshot, type InventorySnapshot } from "@tributary/context";
import { TributaryError } from "@tributary/flow";
import type { SnapshotEntry, SnapshotStore } from "./snapshot-store.js";

/** Why a snapshot is not in use; the last good one of its name is, if there was one. */
export interface RefusedSnapshot {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

interface Held {
  /** The version that was read last, usable or not. */
  readonly etag: string;
  readonly snapshot: InventorySnapshot | undefined;
  readonly refused: RefusedSnapshot | undefined;
}

/** Snapshots that are read at the same time. */
const READS = 8;

/** The stored snapshots as of the last look, in memory. */
export class HeldSnapshots {
  readonly #store: SnapshotStore;
  readonly #held = new Map<string, Held>();
  #changed = false;
  #loaded = 0;

  constructor(store: SnapshotStore) {
    this.#store = store;
  }

  /** Those in use. */
  get snapshots(): readonly InventorySnapshot[] {
    return [...this.#held.values()].flatMap(({ snapshot }) => snapshot ?? []);
  }

  get refused(): readonly RefusedSnapshot[] {
    return [...this.#held.values()].flatMap(({ refused }) => refused ?? []);
  }

  /** Whether those in use changed since the last call. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /** How many were loaded since the last call. */
  takeLoaded(): number {
    const loaded = this.#loaded;
    this.#loaded = 0;
    return loaded;
  }

  /** Reads what changed since the last look. Throws if the store fails, after everything else was read. */
  async refresh(): Promise<void> {
    const entries = await this.#store.list();
    const listed = new Set(entries.map(({ name }) => name));
    for (const [name, { snapshot }] of this.#held) {
      if (listed.has(name)) continue;
      this.#held.delete(name);
      this.#changed ||= snapshot !== undefined;
    }
    const waiting = entries.values();
    const failures: unknown[] = [];
    const worker = async () => {
      for (const entry of waiting) {
        await this.#read(entry).catch((error: unknown) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: READS }, worker));
    if (failures.length > 0) throw failures[0];
  }

  async #read({ name, etag }: SnapshotEntry): Promise<void> {
    const held = this.#held.get(name);
    if (held?.etag === etag) return;
    try {
      const stored = await this.#store.read(name, held?.etag);
      if (stored === "unchanged" || stored === undefined) return;
      this.#held.set(name, { etag: stored.etag, snapshot: decodeSnapshot(stored.bytes, name), refused: undefined });
      this.#changed = true;
      this.#loaded++;
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      const { code, message } = error;
      // With its version, so that it is not read again until it changes.
      this.#held.set(name, { etag, snapshot: held?.snapshot, refused: { name, code, message } });
    }
  }
}
