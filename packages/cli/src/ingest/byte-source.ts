import { createReadStream, type ReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { HEAD_BYTES } from "./input-kind.js";
import { unreadable } from "./input-problem.js";

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

  constructor(
    readonly path: string,
    private readonly compressed: boolean,
  ) {}

  get bytesRead(): number {
    return this.#file?.bytesRead ?? 0;
  }

  static async open(path: string): Promise<FileSource> {
    return withFile(path, async (file) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return new FileSource(path, bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b);
    });
  }

  async *chunks(from: number): AsyncIterable<Buffer> {
    const start = this.compressed ? 0 : from;
    const file = createReadStream(this.path, { highWaterMark: CHUNK_BYTES, start });
    this.#file = file;
    // An error of the file reaches the decompressor's reader, too.
    const content: Readable = this.compressed
      ? file.on("error", (error) => content.destroy(error)).pipe(createGunzip({ chunkSize: CHUNK_BYTES }))
      : file;
    let skip = this.compressed ? from : 0;
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        if (skip >= chunk.length) skip -= chunk.length;
        else {
          yield skip === 0 ? chunk : chunk.subarray(skip);
          skip = 0;
        }
      }
    } catch (error) {
      throw unreadable(error);
    } finally {
      content.destroy();
      file.destroy();
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
  const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
  yield* isGzip
    ? (Readable.from(all()).pipe(createGunzip({ chunkSize: CHUNK_BYTES })) as AsyncIterable<Buffer>)
    : all();
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

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw unreadable(error);
  }
  try {
    return await use(file);
  } catch (error) {
    throw unreadable(error);
  } finally {
    await file.close();
  }
}
