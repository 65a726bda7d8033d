import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type InventorySnapshot, inventoriesOf, readDescriptions } from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import { readSnapshot, SNAPSHOT_SUFFIX, unreadable } from "./snapshot-file.js";

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
  for (const file of files.filter((each) => each.endsWith(SNAPSHOT_SUFFIX))) {
    const snapshot = await readSnapshot(file);
    if (snapshot !== undefined) snapshots.push(snapshot);
  }
  // All files together, since the groups of one may be named by the interfaces of another.
  const described = files.filter((each) => !each.endsWith(SNAPSHOT_SUFFIX));
  if (described.length > 0) snapshots.push(...(await describedInventories(described, options)));
  return snapshots;
}

async function describedInventories(
  paths: readonly string[],
  { asOf, tags }: LoadOptions,
): Promise<readonly InventorySnapshot[]> {
  const files: { readonly name: string; readonly text: string }[] = [];
  let newest = 0;
  for (const name of paths) {
    try {
      const { mtimeMs, size } = await stat(name);
      if (size > MOST_DESCRIPTION_BYTES) throw tooLarge(name, size);
      newest = Math.max(newest, Math.floor(mtimeMs));
      files.push({ name, text: await readFile(name, "utf8") });
    } catch (cause) {
      throw cause instanceof ConfigurationError ? cause : unreadable(name, cause);
    }
  }
  const collectedAt = asOf ?? newest;
  return inventoriesOf(readDescriptions(files), { collectedAt, ...(tags === undefined ? {} : { tags }) });
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

const isInventoryName = (name: string): boolean => name.endsWith(SNAPSHOT_SUFFIX) || name.endsWith(DESCRIPTION_SUFFIX);

async function namedEntries(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter(({ name }) => !name.startsWith(".")).sort((a, b) => (a.name < b.name ? -1 : 1));
}
