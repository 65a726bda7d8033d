import { type FileHandle, open } from "node:fs/promises";
import { unreadable } from "./input-problem.js";
import type { InputStore, StoredBytes } from "./stored-bytes.js";

const CHUNK_BYTES = 262_144;

/** The bytes of a file on disk. */
export class FileBytes implements StoredBytes {
  private constructor(
    readonly path: string,
    readonly size: number,
    private readonly file: FileHandle,
  ) {}

  /** Throws UnreadableInput. */
  static async open(path: string): Promise<FileBytes> {
    try {
      const file = await open(path, "r");
      return new FileBytes(path, (await file.stat()).size, file);
    } catch (error) {
      throw unreadable(error);
    }
  }

  /** What it had when it was opened: what is added meanwhile is read by the next run. */
  async *stream(from: number): AsyncIterable<Buffer> {
    for (let at = from; at < this.size; ) {
      const chunk = await this.range(at, Math.min(at + CHUNK_BYTES, this.size));
      if (chunk.length === 0) return;
      at += chunk.length;
      yield chunk;
    }
  }

  async range(from: number, to: number): Promise<Buffer> {
    try {
      const { buffer, bytesRead } = await this.file.read(Buffer.allocUnsafeSlow(to - from), 0, to - from, from);
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      throw unreadable(error);
    }
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** The file system. */
export const fileStore: InputStore = { open: (path) => FileBytes.open(path) };
