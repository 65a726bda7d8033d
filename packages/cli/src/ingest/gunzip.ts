import { once } from "node:events";
import { createGunzip, type Gunzip } from "node:zlib";

const CHUNK_BYTES = 262_144;
// A call of zlib that meets damage gives nothing of what it expanded before, so calls are kept short.
const SLICE_BYTES = 16_384;

/**
 * Expands gzip data, also several members one after the other. When it is damaged or ends too early, what comes before is given first
 * and zlib's error thrown then. `read` gives the compressed bytes; where they can be read twice (`repeatable`), no good byte is
 * missing, otherwise up to 16 kB of compressed data before the damage are.
 */
export async function* gunzip(
  read: () => AsyncIterable<Buffer>,
  { repeatable }: { readonly repeatable: boolean },
): AsyncGenerator<Buffer> {
  const expander = new Expander();
  let given = 0;
  try {
    for await (const chunk of expander.expand(read(), Number.POSITIVE_INFINITY)) {
      given += chunk.length;
      yield chunk;
    }
    return;
  } catch (error) {
    if (!repeatable || (error as NodeJS.ErrnoException).code !== "Z_DATA_ERROR") throw error;
  }
  // Once more, and where it broke byte by byte.
  for await (const chunk of new Expander().expand(read(), expander.taken)) {
    if (given < chunk.length) yield chunk.subarray(given);
    given = Math.max(0, given - chunk.length);
  }
}

/** One pass over compressed bytes. */
class Expander {
  /** Compressed bytes that zlib took without complaint. */
  taken = 0;
  readonly #stream: Gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  #expanded: Buffer[] = [];
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor() {
    this.#stream.on("data", (chunk: Buffer) => this.#expanded.push(chunk));
    this.#stream.on("error", (error) => {
      this.#failure = error;
      this.#wake();
    });
  }

  /** Expands in slices, and in single bytes from the compressed offset `carefulFrom` on. */
  async *expand(compressed: AsyncIterable<Buffer>, carefulFrom: number): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of compressed) {
        for (let at = 0; at < chunk.length; ) {
          const slice = chunk.subarray(at, at + (this.taken < carefulFrom ? SLICE_BYTES : 1));
          yield* await this.#write(slice);
          at += slice.length;
        }
      }
      yield* await this.#end();
    } finally {
      this.#stream.destroy();
    }
  }

  async #write(slice: Buffer): Promise<readonly Buffer[]> {
    await new Promise<void>((resolve) => {
      // The callback does not come with every error.
      this.#wake = resolve;
      this.#stream.write(slice, () => resolve());
    });
    if (this.#failure !== undefined) throw this.#failure;
    this.taken += slice.length;
    return this.#expanded.splice(0);
  }

  async #end(): Promise<readonly Buffer[]> {
    this.#stream.end();
    await once(this.#stream, "end");
    return this.#expanded.splice(0);
  }
}
