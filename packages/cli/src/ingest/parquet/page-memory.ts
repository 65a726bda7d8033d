import { damaged } from "./parquet-damage.js";

/** Stored and expanded pages and dictionaries of all columns together; usual writers need a fifth of it. */
const MAX_BYTES = 268_435_456;

/** Bounds what the pages that are read side by side take, before they are fetched and expanded. */
export class PageMemory {
  readonly #held = new Map<object, number>();
  #total = 0;

  /** The holder has so many bytes now, instead of what it had. Throws UnreadableInput when all together have too many. */
  take(holder: object, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    this.#held.set(holder, bytes);
    if (this.#total > MAX_BYTES) throw damaged(`pages of ${this.#total} bytes at once, which no flow log has`);
  }
}
