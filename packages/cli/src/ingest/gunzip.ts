import { createGunzip, type Gunzip } from "node:zlib";
import { UnreadableInput } from "./input-problem.js";

const CHUNK_BYTES = 262_144;
/** Expanded bytes that wait for the reader before zlib waits too. */
const MAX_EXPANDED_BYTES = 1_048_576;
// A call of zlib that meets damage gives nothing of what it expanded before, so calls are kept short.
const SLICE_BYTES = 16_384;

/**
 * Expands gzip data, also several members one after the other. Zeros after the last member are padding and its end. When the data is
 * damaged, ends too early or has other bytes after its end, all that comes before is given first and the error thrown then. `read`
 * gives the compressed bytes; where they cannot be read twice (not `repeatable`), each is expanded twice to find damage beforehand.
 */
export async function* gunzip(
  read: () => AsyncIterable<Buffer>,
  { repeatable }: { readonly repeatable: boolean },
): AsyncGenerator<Buffer> {
  if (!repeatable) {
    const scout = new Expander();
    try {
      yield* new Expander().expand(read(), (slice) => scout.takes(slice));
    } catch (error) {
      throw explained(error);
    } finally {
      scout.destroy();
    }
    return;
  }
  const expander = new Expander();
  let given = 0;
  try {
    for await (const chunk of expander.expand(read(), () => true)) {
      given += chunk.length;
      yield chunk;
    }
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "Z_DATA_ERROR") throw error;
  }
  // Once more, and where it broke byte by byte.
  const careful = new Expander();
  try {
    for await (const chunk of careful.expand(read(), () => careful.taken < expander.taken)) {
      if (given < chunk.length) yield chunk.subarray(given);
      given = Math.max(0, given - chunk.length);
    }
  } catch (error) {
    throw explained(error);
  }
}

/** One pass over compressed bytes. */
class Expander {
  /** Compressed bytes that zlib took without complaint. */
  taken = 0;
  readonly #stream: Gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  #expanded: Buffer[] = [];
  #expandedBytes = 0;
  #failure: Error | undefined;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor() {
    this.#stream.on("data", (chunk: Buffer) => {
      this.#expanded.push(chunk);
      this.#expandedBytes += chunk.length;
      if (this.#expandedBytes < MAX_EXPANDED_BYTES) return;
      this.#stream.pause();
      this.#wake();
    });
    this.#stream.on("error", (error) => {
      this.#failure = error;
      this.#wake();
    });
    // After zeros it comes without anybody having asked for it, and callbacks of `write` do not come any more.
    for (const event of ["end", "close"]) {
      this.#stream.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  /** Expands in slices, and those that `fits` refuses in single bytes. */
  async *expand(
    compressed: AsyncIterable<Buffer>,
    fits: (slice: Buffer) => boolean | Promise<boolean>,
  ): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of compressed) {
        for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
          const slice = chunk.subarray(at, at + SLICE_BYTES);
          const step = (await fits(slice)) ? slice.length : 1;
          for (let from = 0; from < slice.length; from += step) yield* this.#write(slice.subarray(from, from + step));
        }
      }
      if (!this.#ended) yield* this.#until(() => this.#stream.end());
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      this.destroy();
    }
  }

  /** Whether a slice expands; nothing of it is given. */
  async takes(slice: Buffer): Promise<boolean> {
    if (this.#failure !== undefined) return false;
    if (this.#ended) return true;
    for await (const _expanded of this.#until((done) => this.#stream.write(slice, done)));
    return this.#failure === undefined;
  }

  destroy(): void {
    this.#stream.destroy();
  }

  async *#write(slice: Buffer): AsyncGenerator<Buffer> {
    const before = this.taken;
    if (!this.#ended) yield* this.#until((done) => this.#stream.write(slice, done));
    if (this.#failure !== undefined) throw this.#failure;
    this.taken += slice.length;
    if (!this.#ended) return;
    const rest = slice.subarray(Math.max(0, this.#stream.bytesWritten - before));
    if (rest.some((byte) => byte !== 0)) throw bytesAfter();
  }

  /** Gives what is expanded until the work is done, has failed or zlib wants no more. */
  async *#until(work: (done: (error?: Error | null) => void) => void): AsyncGenerator<Buffer> {
    let done = false;
    let woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    work((error) => {
      this.#failure ??= error ?? undefined;
      done = true;
      this.#wake();
    });
    for (;;) {
      await woken;
      woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const settled = done || this.#ended || this.#failure !== undefined;
      this.#expandedBytes = 0;
      yield* this.#expanded.splice(0);
      if (settled) return;
      this.#stream.resume();
    }
  }
}

/** The first member was known by its first bytes, so a wrong header is that of a further one. */
function explained(error: unknown): unknown {
  return (error as Error).message === "incorrect header check" ? bytesAfter() : error;
}

function bytesAfter(): UnreadableInput {
  return new UnreadableInput(
    "bad-gzip",
    "there are bytes after the gzip data: what comes before them is read; fetch the file again if something is missing",
  );
}
