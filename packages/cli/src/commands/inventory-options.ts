import { SNAPSHOT_SUFFIX } from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import { type Command, InvalidArgumentError, Option } from "commander";
import { accountOfRole } from "../inventory/collect-targets.js";
import type { KeepOptions } from "../inventory/keep-inventory.js";
import { ROW_FORMATS } from "../terminal/table.js";
import { folder, wholeNumber } from "./options.js";

/** Options that the commands of an inventory share. */

const DAY = 86_400_000;
/** Flows rarely arrive later than this. */
const KEEP_DAYS = 14;

export const outputOption = (): Option =>
  new Option("--output <form>", "of the rows").choices([...ROW_FORMATS]).default("table");

export const outOption = (): Option =>
  new Option("-o, --out <dir>", `the folder for snapshots, or one file (*${SNAPSHOT_SUFFIX})`)
    .argParser(folder)
    .default(folder("inventory"), "./inventory");

export const keepOption = (): Option =>
  new Option("--keep <days>", "how long things that are gone are kept").argParser(wholeNumber).default(KEEP_DAYS);

export const tagOption = (): Option =>
  new Option("--tag <key>", "a tag of interfaces to keep; may be repeated").argParser(repeated(anyText));

export const forceOption = (): Option => new Option("--force", "replace a snapshot in place that cannot be read");

export const keepOptions = ({ keep, force }: { readonly keep: number; readonly force?: boolean }): KeepOptions => ({
  keepMs: keep * DAY,
  startAnew: force === true,
});

/** Two accounts or regions cannot go into one file. */
export function severalForOneFile(out: string, count: number): ConfigurationError {
  return new ConfigurationError(
    "several-inventories",
    `${out} is one file, but there are ${count} accounts and regions: name a folder with --out`,
  );
}

/** Collects the values of an option that may be repeated. */
export function repeated(one: (text: string) => string) {
  return (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), one(text)];
}

/** The ARN of a role. */
export function roleArn(text: string): string {
  if (accountOfRole(text) === undefined) {
    throw new InvalidArgumentError("Give the ARN of a role, such as arn:aws:iam::444455556666:role/read-network.");
  }
  return text;
}

function anyText(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

/**
 * Adds `--endpoint <url>`, of a service. A URL with a user name or password is refused when the command begins: the parser of an
 * option would show it.
 */
export function endpointOption(command: Command, description: string): Command {
  return command.addOption(new Option("--endpoint <url>", description).argParser(url)).hook("preAction", (_, asked) => {
    const { endpoint } = asked.optsWithGlobals<{ readonly endpoint?: string }>();
    if (endpoint === undefined || !mayHoldSecret(endpoint)) return;
    asked.error(
      "error: option '--endpoint <url>' holds a user name or password, which it does not take. Give the URL without it, and the keys as AWS credentials.",
    );
  });
}

/** The URL of a service; one that may hold a password is left to whoever does not show it. */
function url(text: string): string {
  if (!mayHoldSecret(text) && !/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : "")) {
    throw new InvalidArgumentError("Give a URL such as http://127.0.0.1:5000.");
  }
  return text;
}

const mayHoldSecret = (text: string): boolean => text.includes("@");
