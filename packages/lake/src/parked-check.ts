import { checkFile, remedyFor } from "./file-check.js";
import { linesOf } from "./file-lines.js";
import { type Finding, problem } from "./finding.js";
import type { Lake } from "./lake.js";
import { inLake } from "./lake-layout.js";
import type { ParkedFile } from "./manifest-entry.js";

export interface CheckedParked {
  readonly findings: readonly Finding[];
  /** Entries of each input, by its path; undefined when they could not be counted. */
  readonly entriesByPath: ReadonlyMap<string, number> | undefined;
}

/** Looks into a file of parked entries: presence, checksum, number of entries, and that each is one. With `quick` only presence. */
export async function checkParked(lake: Lake, file: ParkedFile, quick: boolean): Promise<CheckedParked> {
  const wrong = await checkFile(lake, file, quick);
  if (wrong !== undefined) return { findings: [wrong], entriesByPath: undefined };
  if (quick) return { findings: [], entriesByPath: undefined };
  const entriesByPath = new Map<string, number>();
  let entries = 0;
  for await (const line of linesOf(inLake(lake.folder, file.path))) {
    const path = inputOf(line, file.reason);
    if (path === undefined) continue;
    entries++;
    entriesByPath.set(path, (entriesByPath.get(path) ?? 0) + 1);
  }
  if (entries === file.entries) return { findings: [], entriesByPath };
  const message = `it has ${entries} entries, but ${file.entries} were committed: ${remedyFor(lake, file.inputs)}`;
  return { findings: [problem("wrong-parked", file.path, message)], entriesByPath: undefined };
}

/** Undefined for what is no entry. */
function inputOf(line: string, reason: string): string | undefined {
  try {
    const entry = JSON.parse(line) as { readonly input?: unknown; readonly reason?: unknown };
    return entry.reason === reason && typeof entry.input === "string" ? entry.input : undefined;
  } catch {
    return undefined;
  }
}
