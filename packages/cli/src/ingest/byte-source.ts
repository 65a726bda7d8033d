import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { gunzip } from "./gunzip.js";
import { HEAD_BYTES } from "./input-kind.js";
import { UnreadableInput, unreadable } from "./input-problem.js";
import { KeptHead } from "./kept-head.js";
import type { StoredBytes } from "./stored-bytes.js";

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** Where the bytes of an input come from, decompressed. */
export interface ByteSource {
  /** The content from a decompressed offset on. Throws UnreadableInput. */
  chunks(from: number): AsyncIterable<Buffer>;
  /** Compressed bytes read so far, for progress. */
  readonly bytesRead: number;
}

/** A pass over stored bytes, and what they hold: the same where they are not compressed. */
interface BegunPass {
  readonly compressed: boolean;
  readonly stored: KeptHead;
  readonly content: KeptHead;
}

/** The content of stored bytes, plain or gzip (also several gzip members one after the other). */
export class StoredSource implements ByteSource {
  bytesRead = 0;
  #sha256: string | undefined;
  /** The pass that the head was taken from, until somebody reads on. */
  #begun: BegunPass | undefined;

  /** `hashing`: whether `sha256` will be asked for. */
  constructor(
    readonly stored: StoredBytes,
    private readonly hashing = false,
  ) {}

  async *chunks(from: number): AsyncIterable<Buffer> {
    this.#begun ??= await this.#begin();
    const { compressed, content } = this.#begun;
    const plainOffset = !compressed && from > HEAD_BYTES;
    let missing = plainOffset ? Math.max(0, from - this.stored.size) : from;
    try {
      for await (const chunk of plainOffset ? this.#read(from) : content.chunks()) {
        if (missing < chunk.length) yield chunk.subarray(missing);
        missing = Math.max(0, missing - chunk.length);
      }
    } catch (error) {
      throw unreadable(error);
    } finally {
      if (plainOffset || !content.whole) await this.#end();
    }
    if (missing > 0) {
      throw new UnreadableInput(
        "changed",
        "it is shorter than when it was read: run with --again to replace its rows by what it holds now",
      );
    }
  }

  /** SHA-256 of the stored bytes in hexadecimal. Costs nothing when they were read from beginning to end before. */
  async sha256(): Promise<string> {
    if (this.#sha256 === undefined) for await (const _chunk of this.#hashed());
    return this.#sha256 ?? "";
  }

  async close(): Promise<void> {
    await this.#end();
    await this.stored.close();
  }

  async #begin(): Promise<BegunPass> {
    this.bytesRead = 0;
    const stored = new KeptHead(this.hashing ? this.#hashed() : this.#read(0));
    // Looked at before it is expanded, and given to the expansion all the same.
    const compressed = await isGzip(stored);
    if (!compressed) return { compressed, stored, content: stored };
    let pass = 0;
    const expanded = gunzip(() => (pass++ === 0 ? stored.chunks() : this.#read(0)), { repeatable: true });
    return { compressed, stored, content: new KeptHead(expanded) };
  }

  async #end(): Promise<void> {
    const begun = this.#begun;
    this.#begun = undefined;
    await begun?.content.close();
    // The expansion leaves it as it is.
    await begun?.stored.close();
  }

  async *#read(from: number): AsyncGenerator<Buffer> {
    this.bytesRead = from;
    for await (const chunk of this.stored.stream(from)) {
      this.bytesRead += chunk.length;
      yield chunk;
    }
  }

  async *#hashed(): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    for await (const chunk of this.#read(0)) {
      hash.update(chunk);
      yield chunk;
    }
    this.#sha256 = hash.digest("hex");
  }
}

/** Standard input, plain or gzip: its bytes come once. */
export class StandardInput implements ByteSource {
  bytesRead = 0;
  readonly #content: KeptHead;

  constructor(stream: Readable) {
    this.#content = new KeptHead(
      decompressed(stream, (length) => {
        this.bytesRead += length;
      }),
    );
  }

  async *chunks(): AsyncIterable<Buffer> {
    try {
      yield* this.#content.chunks();
    } catch (error) {
      throw unreadable(error);
    }
  }
}

async function* decompressed(stream: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  const stored = new KeptHead(counted(stream, count));
  yield* (await isGzip(stored)) ? gunzip(() => stored.chunks(), { repeatable: false }) : stored.chunks();
}

/** Whether content begins as gzip does; a pipe may give its bytes one by one. */
async function isGzip(stored: KeptHead): Promise<boolean> {
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of stored.chunks()) {
    head = Buffer.concat([head, chunk.subarray(0, GZIP_MAGIC.length)]);
    if (head.length >= GZIP_MAGIC.length) break;
  }
  return head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
}

async function* counted(stream: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    count(chunk.length);
    yield chunk;
  }
}

/** The first bytes of the content. A file cut off inside them gives what there is. */
export async function headOf(source: ByteSource): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of source.chunks(0)) {
      parts.push(chunk);
      length += chunk.length;
      if (length >= HEAD_BYTES) break;
    }
  } catch (error) {
    if (length === 0) throw error;
  }
  return Buffer.concat(parts).subarray(0, HEAD_BYTES);
}
