import { SNAPSHOT_SUFFIX } from "@tributary/context";
import { Command } from "commander";
import { ExitCode } from "../exit-code.js";
import { collectTargets } from "../inventory/collect-targets.js";
import { type KeptInventory, keepInventory, previousInventory } from "../inventory/keep-inventory.js";
import { type OutputOptions, printKept } from "../inventory/print-inventory.js";
import { snapshotPath } from "../inventory/snapshot-file.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { EXTERNAL_ID } from "./external-id.js";
import {
  endpointOption,
  forceOption,
  keepOption,
  keepOptions,
  outOption,
  outputOption,
  repeated,
  roleArn,
  severalForOneFile,
  tagOption,
} from "./inventory-options.js";
import { accountId, awsRegion } from "./options.js";

const REGION_VARIABLES = ["AWS_REGION", "AWS_DEFAULT_REGION"] as const;
const EC2 = { maxAttempts: 8, requestTimeout: 20_000 } as const;

interface CollectOptions extends OutputOptions {
  readonly region?: readonly string[];
  readonly profile?: string;
  readonly roleArn?: readonly string[];
  readonly account?: string;
  readonly endpoint?: string;
  readonly tag?: readonly string[];
  readonly out: string;
  readonly keep: number;
  readonly force?: boolean;
  readonly printPolicy?: boolean;
}

const EXAMPLES = `
Examples:
  tributary inventory collect --region eu-central-1               of the account you are signed in to, into ./inventory
  tributary inventory collect --region eu-central-1 --role-arn arn:aws:iam::444455556666:role/read-network
  tributary inventory collect --print-policy                      the IAM policy that this needs`;

const COLLECT_NOTES = `
Nothing in the account is changed. A snapshot that is there already is merged: what changed or went away since is kept for --keep days,
so that flows that arrive late are explained as of their own time. The external id of roles is taken from ${EXTERNAL_ID}.
Exit codes: 0 all read, 1 nothing read, 4 a part could not be read (named on stderr; verdicts that need it are weaker).`;

/** Reads inventories from EC2. */
export function collectCommand(): Command {
  const command = new Command("collect")
    .description("Read the inventory from EC2")
    .option("--region <name>", "may be repeated; else AWS_REGION", repeated(awsRegion))
    .option("--profile <name>", "of the AWS configuration")
    .option("--role-arn <arn>", "a role to assume, one for each account; may be repeated", repeated(roleArn))
    .option("--account <id>", "account of the credentials, where they do not tell", accountId);
  return endpointOption(command, "of a stand-in for EC2 and STS")
    .addOption(tagOption())
    .addOption(outOption())
    .addOption(keepOption())
    .addOption(forceOption())
    .option("--print-policy", "print the IAM policy that collecting needs, and end")
    .addOption(outputOption())
    .addHelpText("after", `${EXAMPLES}\n${COLLECT_NOTES}`)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CollectOptions>();
      const terminal = openTerminal(options.color);
      if (options.printPolicy === true) await printPolicy(options, terminal);
      else await collect(options, command, terminal);
    });
}

async function printPolicy({ region }: CollectOptions, terminal: Terminal): Promise<void> {
  const { inventoryPolicy } = await import("@tributary/context/ec2");
  const policy = inventoryPolicy(region === undefined ? {} : { regions: region });
  terminal.stdout.write(`${JSON.stringify(policy, undefined, 2)}\n`);
}

/** The region that the environment names, looked at as closely as one of an option. */
function regionsOfEnvironment(command: Command): readonly string[] {
  const name = REGION_VARIABLES.find((each) => (process.env[each] ?? "") !== "");
  if (name === undefined) return [];
  try {
    return [awsRegion(process.env[name] ?? "")];
  } catch (error) {
    return command.error(`error: ${name} is ${JSON.stringify(process.env[name])}. ${(error as Error).message}`);
  }
}

async function collect(options: CollectOptions, command: Command, terminal: Terminal): Promise<void> {
  const regions = options.region ?? regionsOfEnvironment(command);
  if (regions.length === 0) command.error("error: no region: give --region, for instance --region eu-central-1");
  const { out, profile, account, endpoint, tag } = options;
  const externalId = process.env[EXTERNAL_ID];
  const client = { ...EC2, ...(endpoint === undefined ? {} : { endpoint }) };
  const targets = await collectTargets(
    {
      regions,
      roleArns: options.roleArn ?? [],
      ...(profile === undefined ? {} : { profile }),
      ...(account === undefined ? {} : { account }),
      ...(externalId === undefined ? {} : { externalId }),
    },
    client,
  );
  if (out.endsWith(SNAPSHOT_SUFFIX) && targets.length > 1) throw severalForOneFile(out, targets.length);
  // Before EC2 is asked: a collection that cannot be kept would be in vain.
  for (const target of targets) await previousInventory(snapshotPath(out, target), options.force === true);

  const { collectInventories } = await import("@tributary/context/ec2");
  const collected = await collectInventories(targets, ({ credentials }) => credentials, {
    client,
    now: Date.now,
    ...(tag === undefined ? {} : { tags: tag }),
  });
  const kept: KeptInventory[] = [];
  for (const { inventory, problems } of collected) {
    for (const { message } of problems) terminal.note(message, terminal.err.warning("not read:"));
    if (inventory !== undefined) kept.push(await keepInventory(out, inventory, keepOptions(options)));
  }
  if (kept.length > 0) await printKept(kept, options, terminal);
  if (kept.length === 0) process.exitCode = ExitCode.failed;
  else if (collected.some(({ problems }) => problems.length > 0)) process.exitCode = ExitCode.partly;
}
