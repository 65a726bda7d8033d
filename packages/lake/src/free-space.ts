import { statfs } from "node:fs/promises";
import { TributaryError } from "@tributary/flow";

/** Free bytes, for this user, of the disk that a folder lies on. */
export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws `too-little-space` when a folder's disk has less than `needed` bytes to spare. */
export async function refuseFullDisk(
  folder: string,
  needed: number,
  freeBytes: () => Promise<number> = () => freeBytesOf(folder),
): Promise<void> {
  const free = await freeBytes();
  if (free >= needed) return;
  throw new TributaryError(
    "too-little-space",
    `the disk of ${folder} has ${megabytes(free)} free, but the next step needs ${megabytes(needed)}: free some, or ask for less with a smaller --target. What was done so far is kept`,
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000)} MB`;
}
