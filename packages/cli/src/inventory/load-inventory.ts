import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  BUCKET_SNAPSHOT_SUFFIX,
  type DescriptionFile,
  decodeSnapshot,
  type InventorySnapshot,
  inventoriesOf,
  isSnapshot,
  readDescriptions,
  SNAPSHOT_SUFFIX,
} from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import { unreadable } from "./snapshot-file.js";

export interface LoadOptions {
  /** As of when files with the output of `aws ec2` hold, ms since the epoch; the time of the newest of them if absent. */
  readonly asOf?: number;
  /** Tags of interfaces to keep, `Name` apart. */
  readonly tags?: readonly string[];
}

/** How the output of `aws ec2 describe-…` is named. */
const DESCRIPTION_SUFFIX = ".json";

/** No JSON text can be longer in memory, and no account's descriptions are. */
const MOST_DESCRIPTION_BYTES = 256_000_000;

/**
 * The inventory in a snapshot file, in a file with the JSON output of `aws ec2 describe-…` or `get-managed-prefix-list-entries`, or in
 * a folder of either or both, subfolders included; one snapshot or more for each account and region. Hidden files and files with other
 * names are left out of folders. Throws ConfigurationError `no-inventory`, `unreadable-inventory` and `inventory-too-large`, those of
 * `decodeSnapshot` and `inventoriesOf`, and FormatError as `readDescriptions` does.
 */
export async function loadInventory(
  paths: string | readonly string[],
  options: LoadOptions = {},
): Promise<readonly InventorySnapshot[]> {
  const lists = await Promise.all((typeof paths === "string" ? [paths] : paths).map(inventoryFiles));
  const files = [...new Set(lists.flat())];
  const snapshots: InventorySnapshot[] = [];
  const described: DescriptionFile[] = [];
  let newest = 0;
  for (const name of files) {
    const { bytes, time } = await contentOf(name);
    // By content, whatever the name: a snapshot may have been copied from anywhere.
    if (isSnapshot(bytes) || isSnapshotName(name)) snapshots.push(decodeSnapshot(bytes, name));
    else {
      described.push({ name, text: bytes.toString("utf8") });
      newest = Math.max(newest, time);
    }
  }
  if (described.length === 0) return snapshots;
  const { asOf = newest, tags } = options;
  // All files together, since the groups of one may be named by the interfaces of another.
  const about = { collectedAt: asOf, ...(tags === undefined ? {} : { tags }) };
  return [...snapshots, ...inventoriesOf(readDescriptions(described), about)];
}

/** The bytes of a file, and when it was written, ms since the epoch. */
async function contentOf(path: string): Promise<{ readonly bytes: Buffer; readonly time: number }> {
  try {
    const { mtimeMs, size } = await stat(path);
    if (size > MOST_DESCRIPTION_BYTES) throw tooLarge(path, size);
    return { bytes: await readFile(path), time: Math.floor(mtimeMs) };
  } catch (cause) {
    throw cause instanceof ConfigurationError ? cause : unreadable(path, cause);
  }
}

function tooLarge(path: string, size: number): ConfigurationError {
  return new ConfigurationError(
    "inventory-too-large",
    `${path} has ${size} bytes, more than ${MOST_DESCRIPTION_BYTES}: is it the output of aws ec2 describe-…? If so, write one file per region`,
  );
}

/** The files in the order of their names, so that loading repeats. */
async function inventoryFiles(path: string): Promise<readonly string[]> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw unreadable(path, cause);
    throw new ConfigurationError(
      "no-inventory",
      `there is no ${path}: name a snapshot (*${SNAPSHOT_SUFFIX}), a file with the output of aws ec2 describe-…, or a folder of them`,
    );
  }
  if (!isFolder) return [path];
  const found = await filesBelow(path);
  if (found.length === 0) {
    throw new ConfigurationError(
      "no-inventory",
      `${path} holds no inventory: it needs snapshots (*${SNAPSHOT_SUFFIX}) or the JSON output of aws ec2 describe-… (*${DESCRIPTION_SUFFIX}); tributary inventory collect writes one`,
    );
  }
  return found;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  let entries: Awaited<ReturnType<typeof namedEntries>>;
  try {
    entries = await namedEntries(folder);
  } catch (cause) {
    throw unreadable(folder, cause);
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    // Links to folders are not followed: they may form circles.
    if (entry.isDirectory()) found.push(...(await filesBelow(path)));
    else if (isInventoryName(entry.name)) found.push(path);
  }
  return found;
}

const isSnapshotName = (name: string): boolean =>
  name.endsWith(SNAPSHOT_SUFFIX) || name.endsWith(BUCKET_SNAPSHOT_SUFFIX);

const isInventoryName = (name: string): boolean => isSnapshotName(name) || name.endsWith(DESCRIPTION_SUFFIX);

async function namedEntries(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter(({ name }) => !name.startsWith(".")).sort((a, b) => (a.name < b.name ? -1 : 1));
}
