import type { LogSelection } from "@tributary/flow";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { S3Settings } from "../s3/s3-client.js";
import { EXTERNAL_ID } from "./external-id.js";
import { endpointOption, roleArn } from "./inventory-options.js";
import { accountId, isoTime, regionName } from "./options.js";

/** Options of commands that read logs from a store of objects, and of which logs. */

/** A moment, or how long ago it is, in ms. */
export type TimeBound = { readonly at: number } | { readonly ago: number };

/** What commander makes of the options that `sourceOptions` adds. */
export interface SourceOptions {
  readonly from?: TimeBound;
  readonly to?: TimeBound;
  readonly account?: readonly string[];
  readonly region?: readonly string[];
  readonly profile?: string;
  readonly roleArn?: string;
  readonly endpoint?: string;
}

export interface SourceRequest {
  readonly selection: LogSelection;
  readonly s3: S3Settings;
}

/** Adds the options. */
export function sourceOptions(command: Command): Command {
  const options = command
    .addOption(new Option("--from <time>", "logs from then on: ISO 8601, or 7d, 12h, 30m ago").argParser(timeBound))
    .addOption(new Option("--to <time>", "logs up to then, in the same forms").argParser(timeBound))
    .addOption(new Option("--account <id,...>", "logs of these AWS accounts").argParser(listOf(accountId)))
    .addOption(new Option("--region <name,...>", "logs of these regions").argParser(listOf(regionName)))
    .addOption(new Option("--profile <name>", "of the AWS configuration, for s3:// paths"))
    .addOption(new Option("--role-arn <arn>", "a role to assume for s3:// paths").argParser(roleArn));
  return endpointOption(options, "of a store that speaks S3, in place of Amazon's");
}

/**
 * What the options ask for. `now` in ms; the external id of a role is taken from the environment. Throws InvalidArgumentError when the
 * time they give is empty.
 */
export function parseSourceOptions(
  { from, to, account, region, profile, roleArn: role, endpoint }: SourceOptions,
  now: number,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SourceRequest {
  const first = from === undefined ? undefined : timeOf(from, now);
  const end = to === undefined ? undefined : timeOf(to, now);
  if (first !== undefined && end !== undefined && first >= end) {
    throw new InvalidArgumentError(
      `--from ${new Date(first).toISOString()} is not before --to ${new Date(end).toISOString()}, which is the first moment that is left out.`,
    );
  }
  const externalId = environment[EXTERNAL_ID];
  return {
    selection: {
      ...(first === undefined ? {} : { from: first }),
      ...(end === undefined ? {} : { to: end }),
      ...(account === undefined ? {} : { accounts: account }),
      ...(region === undefined ? {} : { regions: region }),
    },
    s3: {
      ...(profile === undefined ? {} : { profile }),
      ...(role === undefined ? {} : { roleArn: role }),
      ...(externalId === undefined ? {} : { externalId }),
      ...(endpoint === undefined ? {} : { endpoint }),
    },
  };
}

/** What the options of a parsed command ask for; ends with a usage error when they contradict each other. */
export function sourceRequest(command: Command, now: number): SourceRequest {
  try {
    return parseSourceOptions(command.optsWithGlobals<SourceOptions>(), now);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return command.error(`error: ${error.message}`);
  }
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const AGO = /^(\d{1,5})([mhdw])$/;

/** A time bound from an ISO 8601 date or time with zone, or from how long ago it is: `7d`, `12h`, `30m`, `2w`. */
export function timeBound(text: string): TimeBound {
  const [, count, unit] = AGO.exec(text) ?? [];
  if (unit !== undefined) return { ago: Number(count) * UNITS[unit as keyof typeof UNITS] };
  try {
    return { at: isoTime(text) };
  } catch {
    throw new InvalidArgumentError(
      "Give a time such as 2026-10-14, 2026-10-14T12:00Z, or 7d, 12h or 30m for so long ago.",
    );
  }
}

const timeOf = (bound: TimeBound, now: number): number => ("at" in bound ? bound.at : now - bound.ago);

/** Collects the values of an option that may be repeated and may hold several, divided by commas; each once. */
function listOf(one: (text: string) => string) {
  return (text: string, before: readonly string[] | undefined): readonly string[] => [
    ...new Set([...(before ?? []), ...text.split(",").map((each) => one(each.trim()))]),
  ];
}
