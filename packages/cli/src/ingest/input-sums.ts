import { access } from "node:fs/promises";
import { join } from "node:path";
import { type Lake, textPieces, writeDurably } from "@tributary/lake";

/** The name of the list in the lake's folder. */
export const INPUT_SUMS = "inputs.sha256";

/** Whether the lake has a list. */
export async function hasInputSums(lake: Lake): Promise<boolean> {
  return access(join(lake.folder, INPUT_SUMS)).then(
    () => true,
    () => false,
  );
}

/**
 * Writes the SHA-256 of every input that is known with one, in the form that `sha256sum --check` reads: in the order of paths, those with
 * a line end or backslash escaped as it does.
 */
export async function writeInputSums(lake: Lake): Promise<void> {
  const path = join(lake.folder, INPUT_SUMS);
  await writeDurably(path, `${path}.new`, textPieces(sumLines(lake)));
}

function* sumLines(lake: Lake): Generator<string> {
  const inputs = [...lake.inputs().values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, sha256 } of inputs) if (sha256 !== undefined) yield sumLine(sha256, path);
}

function sumLine(sha256: string, path: string): string {
  const escaped = path.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `${escaped === path ? "" : "\\"}${sha256}  ${escaped}`;
}
