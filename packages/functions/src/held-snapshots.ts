import { decodeSnapshot, type InventorySnapshot } from "@tributary/context";
import { TributaryError } from "@tributary/flow";
import { errorText } from "./error-text.js";
import type { SnapshotEntry, SnapshotStore } from "./snapshot-store.js";

/** Why a snapshot is not in use; the last good one of its name is, if there was one. */
export interface RefusedSnapshot {
  readonly name: string;
  /** `unreadable`, `no-room` and `not-reached` may be over at the next look; all others are with the next version. */
  readonly code: string;
  readonly message: string;
}

export interface HeldSnapshotsOptions {
  /** ms since the epoch. */
  readonly now: () => number;
  /** ms after which one look begins no further reads. Those under way end with the patience of the store's client. */
  readonly refreshWithin: number;
  /** Bytes of all snapshots together, as they are stored. */
  readonly maxBytes: number;
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
  readonly #options: HeldSnapshotsOptions;
  readonly #held = new Map<string, Held>();
  /** Bytes of those in use or being read. */
  readonly #bytes = new Map<string, number>();
  /** Those of the last look whose present version was not read. */
  readonly #unread = new Map<string, RefusedSnapshot>();
  #changed = false;
  #loaded = 0;

  constructor(store: SnapshotStore, options: HeldSnapshotsOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Those in use. */
  get snapshots(): readonly InventorySnapshot[] {
    return [...this.#held.values()].flatMap(({ snapshot }) => snapshot ?? []);
  }

  get refused(): readonly RefusedSnapshot[] {
    const broken = [...this.#held.values()].flatMap(({ refused }) => refused ?? []);
    return [...this.#unread.values(), ...broken.filter(({ name }) => !this.#unread.has(name))];
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

  /** Reads what changed since the last look. Gives how many could not be read; throws if there is not even a list of them. */
  async refresh(): Promise<number> {
    const deadline = this.#options.now() + this.#options.refreshWithin;
    const entries = await this.#store.list();
    const listed = new Set(entries.map(({ name }) => name));
    this.#unread.clear();
    for (const [name, { snapshot }] of this.#held) {
      if (listed.has(name)) continue;
      this.#held.delete(name);
      this.#bytes.delete(name);
      this.#changed ||= snapshot !== undefined;
    }
    // Those that are not known at all come first, so that each is reached however little time there is.
    const isNew = ({ name }: SnapshotEntry) => Number(!this.#held.has(name));
    const waiting = entries
      .filter(({ name, etag }) => this.#held.get(name)?.etag !== etag)
      .sort((a, b) => isNew(b) - isNew(a))
      .values();
    let failures = 0;
    const worker = async () => {
      for (const entry of waiting) {
        if (this.#options.now() >= deadline) {
          this.#leaveOut(entry, "not-reached", "the time for one look was over before it");
          continue;
        }
        try {
          await this.#read(entry);
        } catch (error) {
          failures++;
          this.#leaveOut(entry, "unreadable", errorText(error));
        }
      }
    };
    await Promise.all(Array.from({ length: READS }, worker));
    return failures;
  }

  async #read(entry: SnapshotEntry): Promise<void> {
    const { name, etag } = entry;
    const held = this.#held.get(name);
    const before = this.#bytes.get(name);
    if (!this.#makesRoom(entry, entry.bytes ?? 0)) return;
    let used = false;
    try {
      const stored = await this.#store.read(name, held?.etag);
      if (stored === "unchanged" || stored === undefined || !this.#makesRoom(entry, stored.bytes.length)) return;
      this.#held.set(name, { etag: stored.etag, snapshot: decodeSnapshot(stored.bytes, name), refused: undefined });
      used = true;
      this.#changed = true;
      this.#loaded++;
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      const { code, message } = error;
      // With its version, so that it is not read again until it changes.
      this.#held.set(name, { etag, snapshot: held?.snapshot, refused: { name, code, message } });
    } finally {
      if (!used) {
        if (before === undefined) this.#bytes.delete(name);
        else this.#bytes.set(name, before);
      }
    }
  }

  /** Takes the room for a snapshot of so many bytes, if there is as much. */
  #makesRoom(entry: SnapshotEntry, bytes: number): boolean {
    let others = 0;
    for (const [name, size] of this.#bytes) if (name !== entry.name) others += size;
    if (others + bytes > this.#options.maxBytes) {
      const { maxBytes } = this.#options;
      this.#leaveOut(entry, "no-room", `with its ${bytes} bytes all snapshots would exceed ${maxBytes}: ${ROOM}`);
      return false;
    }
    this.#bytes.set(entry.name, Math.max(bytes, this.#bytes.get(entry.name) ?? 0));
    return true;
  }

  #leaveOut({ name }: SnapshotEntry, code: string, message: string): void {
    this.#unread.set(name, { name, code, message: `the snapshot ${name} is not in use: ${message}` });
  }
}

const ROOM = "keep tombstones for fewer days, or give each part of the network a stage of its own";
