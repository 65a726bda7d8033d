/** Bytes of base64 for a number of bytes. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

const BARE_BYTES = JSON.stringify({ recordId: "", result: "", data: "" }).length;
const KEYS_BYTES = JSON.stringify({ metadata: { partitionKeys: { accountId: "", eventDay: "" } } }).length - 1;
const COMMA = 1;
// Records are parted by one comma less than there are.
const SHELL_BYTES = JSON.stringify({ records: [] }).length - COMMA;

/** Bytes that an answer without documents takes in the response's JSON. Record ids and results need no escaping. */
export function bareAnswerBytes(recordId: string, result: string, dataLength: number): number {
  return BARE_BYTES + COMMA + recordId.length + result.length + dataLength;
}

/** Bytes that an `Ok` answer takes in the response's JSON. */
export function answerBytes(recordId: string, documentBytes: number, account: string, day: string): number {
  return bareAnswerBytes(recordId, "Ok", base64Length(documentBytes)) + KEYS_BYTES + account.length + day.length;
}

/**
 * Keeps a response below its budget. Every record holds a reservation for the answer that is always possible, `ProcessingFailed` with
 * its own data, so that even when nothing can be put back the response fits.
 */
export class SizeBudget {
  readonly #limit: number;
  readonly #reserved: number;
  #committed: number;

  constructor(limit: number, reservations: readonly number[]) {
    this.#limit = limit;
    this.#reserved =
      SHELL_BYTES + (reservations.length === 0 ? COMMA : 0) + reservations.reduce((sum, bytes) => sum + bytes, 0);
    this.#committed = this.#reserved;
  }

  /** Bytes of the response as decided so far, reservations included. */
  get committed(): number {
    return this.#committed;
  }

  /**
   * The most that an answer may take in this batch even if it came first: all other records keep their reservations. A record that
   * needs more is not crowded out but too large, since it will hardly ever be alone.
   */
  limitFor(reservation: number): number {
    return this.#limit - this.#reserved + reservation;
  }

  /** Exchanges a record's reservation for its real answer; false, changing nothing, when that no longer fits. */
  take(bytes: number, reservation: number): boolean {
    const committed = this.#committed - reservation + bytes;
    if (committed > this.#limit && bytes > reservation) return false;
    this.#committed = committed;
    return true;
  }
}
