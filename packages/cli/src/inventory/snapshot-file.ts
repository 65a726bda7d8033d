import { mkdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { decodeSnapshot, type InventorySnapshot, SNAPSHOT_SUFFIX, snapshotFileName } from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import { writeDurably } from "@tributary/lake";

/** Where a snapshot goes: `out` itself when it is named like a snapshot, else a file in the folder `out`. */
export function snapshotPath(out: string, snapshot: Pick<InventorySnapshot, "accountId" | "region">): string {
  return out.endsWith(SNAPSHOT_SUFFIX) ? out : join(out, snapshotFileName(snapshot));
}

/**
 * Reads a snapshot; undefined when there is no such file. Throws ConfigurationError `unreadable-inventory`, and those of
 * `decodeSnapshot` when it is broken or newer.
 */
export async function readSnapshot(path: string): Promise<InventorySnapshot | undefined> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(path, cause);
  }
  return decodeSnapshot(content, path);
}

/** Writes the bytes of a snapshot whole or not at all, and the folders above it. Throws ConfigurationError `inventory-not-writable`. */
export async function writeSnapshot(path: string, content: Buffer): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeDurably(path, beside, content);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new ConfigurationError(
      "inventory-not-writable",
      `cannot write ${path} (${(cause as Error).message}): name a folder that you may write to with --out`,
      { cause },
    );
  }
}

export function unreadable(path: string, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    "unreadable-inventory",
    `cannot read ${path} (${(cause as Error).message}): name an inventory that you may read`,
    { cause },
  );
}
