import { TributaryError } from "@tributary/flow";
import type { CommitStaging } from "./commit-staging.js";
import { removeParked, removeRows } from "./input-removal.js";
import type { Lake } from "./lake.js";
import { inLake, LakeLayout } from "./lake-layout.js";

/** Inputs of which nothing is to be left in a lake: their numbers by their paths. */
export type ForgottenInputs = ReadonlyMap<string, number>;

/**
 * Stages every file of the lake that has something of the forgotten inputs again without it. Throws `commit-conflict` when the commit has written one of the Parquet files anew already, and as `removeRows` does.
 */
export async function stageWithoutForgotten(
  lake: Lake,
  staging: CommitStaging,
  forgotten: ForgottenInputs,
): Promise<void> {
  const numbers = new Set(forgotten.values());
  if (numbers.size === 0) return;
  const concerned = (file: { readonly inputs: readonly number[] }) => file.inputs.some((input) => numbers.has(input));
  const remaining = (inputs: readonly number[]) => inputs.filter((input) => !numbers.has(input));
  for (const file of [...lake.state.parquet.values()].filter(concerned)) {
    // It would be written twice: with its new columns, and without the input's rows.
    if (staging.removed.includes(file.path)) throw replacedAndForgotten(file.path);
    await staging.step("remove-rows");
    const name = staging.nextName();
    const staged = staging.pairOf(name);
    const left = await removeRows(await lake.converter(), {
      from: { parquet: inLake(lake.folder, file.path), origin: inLake(lake.folder, LakeLayout.originOf(file.path)) },
      to: staged,
      inputs: [...numbers],
      compression: staging.compression,
    });
    if (left.rows > 0) await staging.addRewritten(file, name, staged, { ...left, inputs: remaining(file.inputs) });
    staging.removed.push(file.path);
  }
  for (const file of [...lake.state.errors.values()].filter(concerned)) {
    await staging.step("remove-parked");
    const staged = staging.parkedFile();
    const entries = await removeParked(inLake(lake.folder, file.path), staged, new Set(forgotten.keys()));
    if (entries > 0) await staging.addParked(staged, { reason: file.reason, entries, inputs: remaining(file.inputs) });
    staging.removed.push(file.path);
  }
}

function replacedAndForgotten(path: string): TributaryError {
  return new TributaryError(
    "commit-conflict",
    `columns of ${path} are replaced in a commit that also forgets an input of it: do it in two commits`,
  );
}
