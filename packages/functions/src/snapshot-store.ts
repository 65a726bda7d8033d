/** Where a snapshot is, and its version. */
export interface SnapshotEntry {
  /** `<account>/<region>`. */
  readonly name: string;
  readonly etag: string;
  /** Size as stored, where the listing tells it. */
  readonly bytes?: number | undefined;
}

/** A snapshot as it is stored. */
export interface StoredSnapshot {
  readonly etag: string;
  readonly bytes: Buffer;
}

/** The inventory's snapshots, one for each account and region. */
export interface SnapshotStore {
  /** All of them. */
  list(): Promise<readonly SnapshotEntry[]>;
  /** `unchanged` if it still has the version `knownEtag`; undefined if there is none. */
  read(name: string, knownEtag?: string): Promise<StoredSnapshot | "unchanged" | undefined>;
  /**
   * Stores it if the present version is `expectedEtag`, undefined meaning that there is none. Gives whether it did: false says that another
   * writer was faster.
   */
  write(name: string, bytes: Uint8Array, expectedEtag: string | undefined): Promise<boolean>;
}

export const snapshotName = (accountId: string, region: string): string => `${accountId}/${region}`;
