/** A record to be put on the stream again, in place of (part of) one that came from it. */
export interface PutBackRecord {
  /** The record of the event that it stems from. */
  readonly recordId: string;
  /** Its content: a packed or wrapped record, marked `origin: reput`. */
  readonly data: string;
}

/** Puts records back on the delivery stream that an event came from. */
export interface PutBack {
  /**
   * Which of the records were accepted, by index. Never throws for a rejected record, since the caller can still answer
   * `ProcessingFailed`, which keeps the data.
   */
  put(deliveryStreamArn: string, records: readonly PutBackRecord[]): Promise<readonly boolean[]>;
}

/** How often a record may be put back because its batch was full, before it fails visibly. */
export const MAX_PUT_BACKS = 20;
/** How often a record may be split because it exceeds the response alone. */
export const MAX_SPLITS = 3;
