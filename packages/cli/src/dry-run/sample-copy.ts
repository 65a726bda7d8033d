import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FoundInput } from "../ingest/input-files.js";
import { type InputProblem, UnreadableInput } from "../ingest/input-problem.js";
import type { InputStore } from "../ingest/stored-bytes.js";
import { keyPlace } from "./key-place.js";
import { sampleFailure } from "./sample-failure.js";

/** An input of the sample, or its beginning, as a file of its own. */
export interface SampleFile {
  readonly input: FoundInput;
  /** Ends like the path of the input, which tells its account and region. */
  readonly path: string;
  readonly bytes: number;
  /** Whether it has only the beginning. */
  readonly cut: boolean;
}

export interface SampleCopy {
  readonly files: readonly SampleFile[];
  /** Of those that could not be fetched. */
  readonly problems: readonly InputProblem[];
  /** What fetching them took. */
  readonly seconds: number;
}

/** What of each input is enough, bytes as stored. */
export const SAMPLE_BYTES = 1_000_000;

export interface CopyOptions {
  readonly store: InputStore;
  readonly folder: string;
  /** ms. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Fetches the beginnings of inputs, one after the other. Throws ConfigurationError when the access to the store has ended. */
export async function copySample(
  inputs: readonly FoundInput[],
  { store, folder, now, signal }: CopyOptions,
): Promise<SampleCopy> {
  const files: SampleFile[] = [];
  const problems: InputProblem[] = [];
  const startedAt = now();
  for (const [index, input] of inputs.entries()) {
    signal.throwIfAborted();
    const path = join(folder, String(index), ...plainSegments(input.path));
    try {
      files.push(await copyHead(store, input, path));
    } catch (error) {
      if (!(error instanceof UnreadableInput) || error.reason === "grew-inside-line") throw error;
      problems.push({ path: input.path, reason: error.reason, message: error.message });
    }
  }
  return { files, problems, seconds: (now() - startedAt) / 1000 };
}

/** The beginning of an input. Throws UnreadableInput, and TributaryError where there is no place for it. */
async function copyHead(store: InputStore, input: FoundInput, path: string): Promise<SampleFile> {
  const stored = await store.open(input.path);
  try {
    const limit = keyPlace(input.path).form === "parquet" ? stored.size : SAMPLE_BYTES;
    let bytes = 0;
    async function* head(): AsyncGenerator<Buffer> {
      for await (const chunk of stored.stream(0)) {
        const piece = chunk.subarray(0, limit - bytes);
        bytes += piece.length;
        yield piece;
        if (bytes >= limit) return;
      }
    }
    await written(path, head());
    return { input, path, bytes, cut: bytes < stored.size };
  } finally {
    await stored.close();
  }
}

async function written(path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.from(chunks), createWriteStream(path));
  } catch (error) {
    throw sampleFailure(error, path);
  }
}

/** Bytes of one name, and of a whole path, in any file system. */
const MAX_NAME = 200;
const MAX_PATH = 2000;

/** The last folders and the name of a path, such as any file system takes them. */
function plainSegments(path: string): readonly string[] {
  const segments: string[] = [];
  let left = MAX_PATH;
  for (const segment of path.split("/").reverse()) {
    if (segment === "" || segment === "." || segment === "..") continue;
    const name = endOf(segment, MAX_NAME).replace(/[\0\\]/g, "_");
    left -= Buffer.byteLength(name) + 1;
    if (left < 0) break;
    segments.push(name);
  }
  return segments.reverse();
}

/** As much of a text's end as fits into so many bytes of UTF-8. */
function endOf(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  let from = Math.max(0, bytes.length - limit);
  // Not within a character.
  while (((bytes[from] ?? 0) & 0xc0) === 0x80) from++;
  return bytes.toString("utf8", from);
}
