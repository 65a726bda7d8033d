import { open, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes a file whole or not at all, and returns once it would survive a power cut. `temporary` must be on the same file system. Content in
 * pieces is written piece by piece.
 */
export async function writeDurably(
  path: string,
  temporary: string,
  content: string | Uint8Array | Iterable<string>,
): Promise<void> {
  const file = await open(temporary, "w");
  try {
    await writeFile(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Flushes a file's content to the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes a folder's names to the disk: without it a rename may be undone by a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders, and needs no flush of them.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
