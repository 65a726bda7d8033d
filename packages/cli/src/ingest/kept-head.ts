import { HEAD_BYTES } from "./input-kind.js";

/** Chunks that come once, of which the beginning is kept for whoever asks again: a pipe, or an object that is fetched once. */
export class KeptHead {
  readonly #kept: Buffer[] = [];
  #taken = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(private readonly content: AsyncIterator<Buffer>) {}

  /** Whether only the beginning was taken, so that all can still be had. */
  get whole(): boolean {
    return this.#taken === this.#kept.reduce((sum, { length }) => sum + length, 0);
  }

  /** From the beginning; ends early with the error that met whoever took the beginning. */
  async *chunks(): AsyncGenerator<Buffer> {
    yield* this.#kept;
    for (;;) {
      const next = await this.#next();
      if (next === undefined) return;
      if (this.#taken < HEAD_BYTES) this.#kept.push(next);
      this.#taken += next.length;
      yield next;
    }
  }

  async close(): Promise<void> {
    await this.content.return?.();
  }

  async #next(): Promise<Buffer | undefined> {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      const next = await this.content.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
