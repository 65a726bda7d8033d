/** The bytes of an input as they are stored, perhaps compressed: those of a file, or of an object in a bucket. */
export interface StoredBytes {
  /** An absolute path, or an URL such as `s3://bucket/key`. */
  readonly path: string;
  /** Bytes when it was opened. */
  readonly size: number;
  /** The store's name of exactly this content, where it has one. */
  readonly etag?: string;
  /**
   * From an offset to the end, in chunks; once at a time. Throws UnreadableInput, and ConfigurationError when the access to the whole store
   * has ended.
   */
  stream(from: number): AsyncIterable<Buffer>;
  /** From one offset up to another, for formats that begin to be read at their end. Throws as `stream`. */
  range(from: number, to: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Where inputs are opened: the file system, or a store of objects. */
export interface InputStore {
  /** Throws UnreadableInput, and ConfigurationError when nothing of the store can be reached. */
  open(path: string): Promise<StoredBytes>;
}
