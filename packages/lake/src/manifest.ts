import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { TributaryError } from "@tributary/flow";
import { checkpointPieces, readCheckpoint } from "./checkpoint-text.js";
import { writeDurably } from "./durable-file.js";
import { type LakeSnapshot, LakeState } from "./lake-state.js";
import type { ManifestEntry } from "./manifest-entry.js";

/** Version of entries and checkpoints. */
export const MANIFEST_VERSION = 1;

// Opening a lake reads one checkpoint and at most this many entries.
const ENTRIES_PER_CHECKPOINT = 200;
// A writer may compact while a reader lists; each attempt sees a newer listing.
const READ_ATTEMPTS = 20;

const ENTRY = /^(\d{10})\.json$/;
const CHECKPOINT = /^checkpoint-(\d{10})\.json$/;

/**
 * The list of commits, one file each, and from time to time a checkpoint that sums up all before it. A file's presence is the
 * commit: it is written aside, flushed and renamed.
 */
export class Manifest {
  #entriesSinceCheckpoint = 0;

  constructor(readonly folder: string) {}

  /** Reads the whole manifest. Throws `newer-lake` or `damaged-manifest`. */
  async read(): Promise<LakeState> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#readOnce();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempt >= READ_ATTEMPTS) throw error;
      }
    }
  }

  async #readOnce(): Promise<LakeState> {
    const names = await readdir(this.folder);
    const checkpoint = names
      .filter((name) => CHECKPOINT.test(name))
      .sort()
      .at(-1);
    const state = checkpoint === undefined ? new LakeState() : LakeState.of(await this.#readCheckpoint(checkpoint));
    const entries = names.filter((name) => numberIn(ENTRY, name) > state.commit).sort();
    for (const [index, name] of entries.entries()) {
      const text = await readFile(join(this.folder, name), "utf8");
      // Only the last can be cut off, by a file system that lost its end: it then never happened.
      if (index === entries.length - 1 && !text.endsWith("\n")) break;
      const entry = this.#parseEntry(name, text);
      if (entry.commit !== state.commit + 1) {
        throw new TributaryError(
          "damaged-manifest",
          `${join(this.folder, name)} follows commit ${state.commit}: an entry is missing. Restore the folder, or ingest into a new lake`,
        );
      }
      state.apply(entry);
    }
    this.#entriesSinceCheckpoint = entries.length;
    return state;
  }

  /** Makes a commit happen. `staging` is a folder on the same file system. */
  async append(entry: ManifestEntry, staging: string): Promise<void> {
    await writeDurably(this.entryPath(entry.commit), join(staging, "entry.json"), `${JSON.stringify(entry)}\n`);
    this.#entriesSinceCheckpoint++;
  }

  entryPath(commit: number): string {
    return join(this.folder, `${padded(commit)}.json`);
  }

  /** Whether enough entries have gathered to sum them up. */
  get wantsCheckpoint(): boolean {
    return this.#entriesSinceCheckpoint >= ENTRIES_PER_CHECKPOINT;
  }

  async writeCheckpoint(state: LakeState, staging: string): Promise<void> {
    const path = join(this.folder, `checkpoint-${padded(state.commit)}.json`);
    await writeDurably(path, join(staging, "checkpoint.json"), checkpointPieces(state.snapshot(MANIFEST_VERSION)));
    this.#entriesSinceCheckpoint = 0;
  }

  /** Removes what the newest checkpoint covers, and entries after `state` that were cut off. */
  async removeObsolete(state: LakeState): Promise<void> {
    const names = await readdir(this.folder);
    const newest = Math.max(0, ...names.map((name) => numberIn(CHECKPOINT, name)));
    for (const name of names) {
      const entry = numberIn(ENTRY, name);
      const checkpoint = numberIn(CHECKPOINT, name);
      const covered = entry >= 0 ? entry <= newest || entry > state.commit : checkpoint < newest;
      if (covered || (entry < 0 && checkpoint < 0)) await rm(join(this.folder, name), { force: true });
    }
  }

  async #readCheckpoint(name: string): Promise<LakeSnapshot> {
    const path = join(this.folder, name);
    try {
      const snapshot = await readCheckpoint(path);
      refuseNewer(path, snapshot.version, MANIFEST_VERSION);
      return snapshot;
    } catch (error) {
      throw error instanceof SyntaxError ? notJson(path, error) : error;
    }
  }

  #parseEntry(name: string, text: string): ManifestEntry {
    const path = join(this.folder, name);
    let entry: ManifestEntry;
    try {
      entry = JSON.parse(text) as ManifestEntry;
    } catch (cause) {
      throw notJson(path, cause);
    }
    refuseNewer(path, entry.version, MANIFEST_VERSION);
    return entry;
  }
}

function notJson(path: string, cause: unknown): TributaryError {
  const message = `${path} is not JSON: restore it from a copy, or ingest into a new lake`;
  return new TributaryError("damaged-manifest", message, { cause });
}

/** Throws `newer-lake` when a file of the lake was written by a later version of Tributary. */
export function refuseNewer(path: string, version: number, known: number): void {
  if (version > known) {
    throw new TributaryError(
      "newer-lake",
      `${path} has format version ${version}, this Tributary knows ${known}: use the version that wrote it, or a newer one`,
    );
  }
}

function padded(commit: number): string {
  return String(commit).padStart(10, "0");
}

function numberIn(pattern: RegExp, name: string): number {
  return Number(pattern.exec(name)?.[1] ?? -1);
}
