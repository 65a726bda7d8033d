import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { CommitStaging } from "./commit-staging.js";
import { refuseChanged } from "./committed-file.js";
import { inLake } from "./lake-layout.js";
import type { ParkedFile } from "./manifest-entry.js";

/** Stages one file with the parked entries of several, which are of one reason and go. Throws `file-changed`. */
export async function mergeParked(folder: string, files: readonly ParkedFile[], staging: CommitStaging): Promise<void> {
  const [first] = files;
  if (first === undefined) return;
  await staging.step("merge-parked");
  const staged = staging.parkedFile();
  for (const { path, sha256 } of files) {
    const from = inLake(folder, path);
    await refuseChanged(from, { sha256 });
    await pipeline(createReadStream(from), createWriteStream(staged, { flags: "a" }));
    staging.removed.push(path);
  }
  const entries = files.reduce((sum, file) => sum + file.entries, 0);
  await staging.addParked(staged, { reason: first.reason, entries, inputs: inputsOf(files) });
}

/** The inputs of several files, ascending. */
export function inputsOf(files: readonly { readonly inputs: readonly number[] }[]): readonly number[] {
  const numbers = new Set<number>();
  for (const { inputs } of files) for (const input of inputs) numbers.add(input);
  return [...numbers].sort((a, b) => a - b);
}
