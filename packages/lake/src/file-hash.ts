import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

const CHUNK_BYTES = 1024 * 1024;

/** SHA-256 of a file's bytes in hex, as `sha256sum` prints it. Reads 1 MiB at a time; throws what the disk throws, also while it is read. */
export async function fileSha256(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES, ...(signal === undefined ? {} : { signal }) });
  for await (const chunk of stream) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
