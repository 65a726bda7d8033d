import { createHash } from "node:crypto";
import type { SnapshotEntry, SnapshotStore, StoredSnapshot, TableObject, TableObjects } from "@tributary/functions";

/** Snapshots in memory, with versions as S3 has them. */
export class MemorySnapshots implements SnapshotStore {
  readonly objects = new Map<string, StoredSnapshot>();
  lists = 0;
  reads = 0;
  writes = 0;
  /** Runs before each write, e.g. to let another writer be faster. */
  beforeWrite: (() => Promise<void> | void) | undefined;
  failure: Error | undefined;
  /** Objects that cannot be read, e.g. for want of their key. */
  readonly unreadable = new Set<string>();
  /** Runs before each object is read. */
  beforeRead: (() => void) | undefined;

  async list(): Promise<readonly SnapshotEntry[]> {
    this.lists++;
    if (this.failure !== undefined) throw this.failure;
    return [...this.objects].map(([name, { etag, bytes }]) => ({ name, etag, bytes: bytes.length }));
  }

  async read(name: string, knownEtag?: string): Promise<StoredSnapshot | "unchanged" | undefined> {
    this.reads++;
    this.beforeRead?.();
    if (this.unreadable.has(name)) throw new Error(`no access to the key of ${name}`);
    if (this.failure !== undefined) throw this.failure;
    const stored = this.objects.get(name);
    return stored !== undefined && stored.etag === knownEtag ? "unchanged" : stored;
  }

  async write(name: string, bytes: Uint8Array, expectedEtag: string | undefined): Promise<boolean> {
    const before = this.beforeWrite;
    this.beforeWrite = undefined;
    await before?.();
    if (this.failure !== undefined) throw this.failure;
    if (this.objects.get(name)?.etag !== expectedEtag) return false;
    this.writes++;
    this.put(name, bytes);
    return true;
  }

  put(name: string, bytes: Uint8Array): void {
    const etag = createHash("md5").update(bytes).digest("hex");
    this.objects.set(name, { etag: `"${etag}"`, bytes: Buffer.from(bytes) });
  }
}

/** Objects of tables in memory. */
export class MemoryTables implements TableObjects {
  readonly objects = new Map<string, TableObject & { readonly text: string }>();
  writes = 0;
  beforeWrite: (() => Promise<void> | void) | undefined;
  failure: Error | undefined;

  async describe(key: string): Promise<TableObject | undefined> {
    return this.objects.get(key);
  }

  async write(
    key: string,
    content: Uint8Array,
    about: { readonly digest: string; readonly collectedAt: number },
    expectedEtag: string | undefined,
  ): Promise<boolean> {
    const before = this.beforeWrite;
    this.beforeWrite = undefined;
    await before?.();
    if (this.failure !== undefined) throw this.failure;
    if (this.objects.get(key)?.etag !== expectedEtag) return false;
    this.objects.set(key, { etag: `v${++this.writes}`, ...about, text: Buffer.from(content).toString("utf8") });
    return true;
  }
}
