import { createReadStream, type ReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { gunzip } from "./gunzip.js";
import { HEAD_BYTES } from "./input-kind.js";
import { UnreadableInput, unreadable } from "./input-problem.js";

const CHUNK_BYTES = 262_144;

/** Where the bytes of an input come from, decompressed. */
export interface ByteSource {
  /** The content from a decompressed offset on. Throws UnreadableInput. */
  chunks(from: number): AsyncIterable<Buffer>;
  /** Compressed bytes read so far, for progress. */
  readonly bytesRead: number;
}

/** A file, plain or gzip (also several gzip members one after the other). */
export class FileSource implements ByteSource {
  #file: ReadStream | undefined;

  private constructor(
    readonly path: string,
    /** Bytes of the file when it was opened, compressed if it is. */
    readonly size: number,
    private readonly compressed: boolean,
  ) {}

  get bytesRead(): number {
    return this.#file?.bytesRead ?? 0;
  }

  /** Throws UnreadableInput. */
  static async open(path: string): Promise<FileSource> {
    try {
      const file = await open(path, "r");
      try {
        const { size } = await file.stat();
        const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
        return new FileSource(path, size, bytesRead === 2 && isGzip(buffer));
      } finally {
        await file.close();
      }
    } catch (error) {
      throw unreadable(error);
    }
  }

  async *chunks(from: number): AsyncIterable<Buffer> {
    let missing = this.compressed ? from : Math.max(0, from - this.size);
    const read = (start: number): AsyncIterable<Buffer> => {
      this.#file = createReadStream(this.path, { highWaterMark: CHUNK_BYTES, start });
      return this.#file;
    };
    try {
      for await (const chunk of this.compressed ? gunzip(() => read(0), { repeatable: true }) : read(from)) {
        if (missing < chunk.length) yield chunk.subarray(missing);
        missing = Math.max(0, missing - chunk.length);
      }
    } catch (error) {
      throw unreadable(error);
    } finally {
      this.#file?.destroy();
    }
    if (missing > 0) {
      throw new UnreadableInput(
        "changed",
        "it is shorter than when it was read: run with --again to replace its rows by what it holds now",
      );
    }
  }
}

/** Standard input, plain or gzip: its bytes come once, so its beginning is kept for whoever asks again. */
export class StandardInput implements ByteSource {
  bytesRead = 0;
  readonly #rest: AsyncIterator<Buffer>;
  readonly #head: Buffer[] = [];

  constructor(stream: Readable) {
    this.#rest = decompressed(stream, (length) => {
      this.bytesRead += length;
    });
  }

  async *chunks(): AsyncIterable<Buffer> {
    yield* this.#head;
    let kept = this.#head.reduce((sum, chunk) => sum + chunk.length, 0);
    try {
      for (let next = await this.#rest.next(); next.done !== true; next = await this.#rest.next()) {
        if (kept < HEAD_BYTES) this.#head.push(next.value);
        kept += next.value.length;
        yield next.value;
      }
    } catch (error) {
      throw unreadable(error);
    }
  }
}

async function* decompressed(stream: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  const source = counted(stream, count);
  const first = await source.next();
  if (first.done === true) return;
  async function* all(): AsyncGenerator<Buffer> {
    if (first.done !== true) yield first.value;
    yield* source;
  }
  yield* isGzip(first.value) ? gunzip(all, { repeatable: false }) : all();
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
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
