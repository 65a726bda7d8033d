import { stat } from "node:fs/promises";
import { fileSha256 } from "./file-hash.js";
import { type Finding, problem } from "./finding.js";
import type { Lake } from "./lake.js";
import { inLake } from "./lake-layout.js";

/** What is known of a committed file. */
export interface ExpectedFile {
  /** Relative to the lake. */
  readonly path: string;
  readonly bytes?: number;
  readonly sha256?: string | undefined;
  /** Numbers of the inputs that have something in it. */
  readonly inputs: readonly number[];
}

/**
 * Looks whether a file is there, has its size and, unless `quick`, its checksum. Gives what is wrong first, or nothing. Throws what the disk
 * throws apart from files that are gone.
 */
export async function checkFile(lake: Lake, file: ExpectedFile, quick: boolean): Promise<Finding | undefined> {
  const path = inLake(lake.folder, file.path);
  const remedy = remedyFor(lake, file.inputs);
  try {
    const { size } = await stat(path);
    if (file.bytes !== undefined && size !== file.bytes) {
      return problem("wrong-size", file.path, `it has ${size} bytes, but ${file.bytes} were committed: ${remedy}`);
    }
    if (quick || file.sha256 === undefined || (await fileSha256(path)) === file.sha256) return undefined;
    return problem("wrong-checksum", file.path, `its content is not what was committed: ${remedy}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return problem("missing-file", file.path, `it is gone: ${remedy}`);
  }
}

const NAMED_INPUTS = 3;

/** What can be done about a file that is lost or damaged. */
export function remedyFor(lake: Lake, inputs: readonly number[]): string {
  const numbers = new Set(inputs);
  const paths: string[] = [];
  for (const { number, path } of lake.inputs().values()) if (numbers.has(number)) paths.push(path);
  const some = paths.slice(0, NAMED_INPUTS).join(", ");
  const rest = paths.length > NAMED_INPUTS ? ` and ${paths.length - NAMED_INPUTS} more` : "";
  const ingest = paths.length === 0 ? "its inputs" : `${some}${rest}`;
  return `restore it from a copy of the lake, or ingest ${ingest} into a new lake`;
}
