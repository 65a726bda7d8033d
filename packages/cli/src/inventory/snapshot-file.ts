import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { decodeSnapshot, encodeSnapshot, type InventorySnapshot } from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";

/** How the name of every snapshot file ends. */
export const SNAPSHOT_SUFFIX = ".inventory";

/** `111122223333_eu-central-1.inventory`: one file for each account and region. */
export function snapshotName({ accountId, region }: Pick<InventorySnapshot, "accountId" | "region">): string {
  return `${accountId}_${region}${SNAPSHOT_SUFFIX}`;
}

/** Where a snapshot goes: `out` itself when it is named like a snapshot, else a file in the folder `out`. */
export function snapshotPath(out: string, snapshot: Pick<InventorySnapshot, "accountId" | "region">): string {
  return out.endsWith(SNAPSHOT_SUFFIX) ? out : join(out, snapshotName(snapshot));
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

/** Writes a snapshot whole or not at all, and the folders above it. Throws ConfigurationError `inventory-not-writable`. */
export async function writeSnapshot(path: string, snapshot: InventorySnapshot): Promise<void> {
  const content = encodeSnapshot(snapshot);
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(beside, "w");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
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
