/** The version of a table's object, and what it was made from. */
export interface TableObject {
  readonly etag: string;
  /** SHA-256 of what it says, hex; the time of the collection apart. */
  readonly digest: string | undefined;
  /** When the collection that it shows began, ms. */
  readonly collectedAt: number | undefined;
}

/** The objects of the inventory's tables. */
export interface TableObjects {
  /** Undefined if there is none. */
  describe(key: string): Promise<TableObject | undefined>;
  /**
   * Stores it if the present version is `expectedEtag`, undefined meaning that there is none. Gives whether it did: false says that another
   * writer was faster.
   */
  write(
    key: string,
    content: Uint8Array,
    about: { readonly digest: string; readonly collectedAt: number },
    expectedEtag: string | undefined,
  ): Promise<boolean>;
}
