import { stat } from "node:fs/promises";
import { TributaryError } from "@tributary/flow";
import { fileSha256 } from "./file-hash.js";

/** What the manifest says of a file's bytes. */
export interface CommittedBytes {
  readonly bytes?: number;
  readonly sha256?: string | undefined;
}

/**
 * Throws `file-changed` when a file is gone, or not what was committed: nothing may be made of it. Without a recorded checksum only the size
 * is compared.
 */
export async function refuseChanged(path: string, { bytes, sha256 }: CommittedBytes): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw fileChanged(`${path} is gone`);
  if (bytes !== undefined && found.size !== bytes) {
    throw fileChanged(`${path} has ${found.size} bytes, but ${bytes} were committed`);
  }
  if (sha256 !== undefined && (await fileSha256(path)) !== sha256) {
    throw fileChanged(`${path} has other content than what was committed`);
  }
}

function fileChanged(what: string): TributaryError {
  return new TributaryError(
    "file-changed",
    `${what}: "tributary lake verify" finds all such files and what can be done`,
  );
}
