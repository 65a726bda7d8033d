import { readFile, stat } from "node:fs/promises";
import {
  ConfigurationError,
  FlowMatch,
  FormatError,
  type MatchTerm,
  parseIndicators,
  parseMatchTerms,
} from "@tributary/flow";
import { type Command, InvalidArgumentError } from "commander";
import { folder } from "./options.js";
import { shortPath } from "./run-summary.js";

/** What commander makes of the options that `matchOptions` adds. */
export interface MatchOptions {
  readonly match?: readonly (readonly MatchTerm[])[];
  readonly matchFile?: readonly string[];
}

/** Larger than a million indicators are. */
const MOST_BYTES = 64 * 1024 * 1024;

const WHY_UNREADABLE: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EISDIR", "it is a folder"],
  ["EACCES", "access is denied"],
]);

/** Adds the options. */
export function matchOptions(command: Command): Command {
  return command
    .option(
      "-m, --match <terms>",
      "only flows with an address, CIDR, port, interface, account or protocol; commas mean or, repeating it means and",
      matchTerms,
    )
    .option("--match-file <file>", "only flows with one of a file's indicators, one a line; may be repeated", files);
}

/** What to look for; undefined when the options do not say. Throws ConfigurationError `bad-match-file`. */
export async function parseMatch({ match = [], matchFile = [] }: MatchOptions): Promise<FlowMatch | undefined> {
  const lists = [...match];
  for (const path of matchFile) lists.push(await readIndicators(path));
  try {
    return lists.length === 0 ? undefined : FlowMatch.of(lists);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ConfigurationError(error.code, error.message);
  }
}

/** Collects lists of terms. */
export function matchTerms(
  text: string,
  before: readonly (readonly MatchTerm[])[] | undefined,
): readonly (readonly MatchTerm[])[] {
  try {
    return [...(before ?? []), parseMatchTerms(text)];
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new InvalidArgumentError(`${error.message}.`);
  }
}

function files(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), folder(text)];
}

async function readIndicators(path: string): Promise<readonly MatchTerm[]> {
  const name = shortPath(path);
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) {
      throw new FormatError(
        "bad-indicator",
        `${name} has ${size} bytes, but at most ${MOST_BYTES} are read: give a shorter list`,
      );
    }
    return parseIndicators(await readFile(path, "utf8"), name);
  } catch (error) {
    if (error instanceof FormatError) throw new ConfigurationError("bad-match-file", error.message);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ConfigurationError(
      "bad-match-file",
      `--match-file ${name}: ${WHY_UNREADABLE.get(code) ?? message}: give a file with one indicator on each line`,
    );
  }
}
