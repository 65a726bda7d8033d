import { join } from "node:path";
import { type Lake, writeDurably } from "@tributary/lake";

/** The name of the list in the lake's folder. */
export const INPUT_SUMS = "inputs.sha256";

/**
 * Writes the SHA-256 of every input that is known with one, in the form that `sha256sum --check` reads: in the order of paths, those with
 * a line end or backslash escaped as it does.
 */
export async function writeInputSums(lake: Lake): Promise<void> {
  const lines = [...lake.inputs().values()]
    .flatMap(({ path, sha256 }) => (sha256 === undefined ? [] : [{ path, line: sumLine(sha256, path) }]))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ line }) => line);
  const path = join(lake.folder, INPUT_SUMS);
  await writeDurably(path, `${path}.new`, lines.join(""));
}

function sumLine(sha256: string, path: string): string {
  const escaped = path.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `${escaped === path ? "" : "\\"}${sha256}  ${escaped}\n`;
}
