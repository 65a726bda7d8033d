import type { Dirent } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { inLake, LakeLayout } from "./lake-layout.js";
import type { LakeState } from "./lake-state.js";
import type { Manifest } from "./manifest.js";

/** Files that a commit makes are named like this; anything else in the folders is the user's. */
export const COMMITTED_NAME = /^part-\d{10}-\d{4,}\.(parquet|jsonl)$/;

/** Removes what an interrupted commit left: the lake then holds exactly the files that its manifest names. */
export async function recoverLake(root: string, source: string, manifest: Manifest, state: LakeState): Promise<void> {
  const staging = inLake(root, LakeLayout.staging);
  for (const name of await readdir(staging)) await rm(join(staging, name), { recursive: true, force: true });
  const named = new Set([
    ...state.parquet.keys(),
    ...state.errors.keys(),
    ...[...state.parquet.keys()].map(LakeLayout.originOf),
  ]);
  for (const folder of [`${LakeLayout.data}/${source}`, LakeLayout.errors, LakeLayout.origin]) {
    for await (const name of filesUnder(root, folder)) {
      if (COMMITTED_NAME.test(name.slice(name.lastIndexOf("/") + 1)) && !named.has(name))
        await rm(inLake(root, name), { force: true });
    }
  }
  await manifest.removeObsolete(state);
}

/** Names of all files in a folder of the lake, at any depth, relative to the lake. */
export async function* filesUnder(root: string, folder: string): AsyncGenerator<string> {
  let entries: Dirent[];
  try {
    entries = await readdir(inLake(root, folder), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  for (const entry of entries) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesUnder(root, name);
    else yield name;
  }
}
