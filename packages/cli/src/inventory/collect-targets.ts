import type { CollectInventoriesOptions, Ec2Credentials, InventoryTarget } from "@tributary/context/ec2";
import { ConfigurationError } from "@tributary/flow";

/** Whose inventory to collect, and with what. */
export interface CollectRequest {
  readonly regions: readonly string[];
  readonly profile?: string;
  readonly roleArns: readonly string[];
  /** Of the roles' trust policies. */
  readonly externalId?: string;
  /** Of the credentials, so that EC2 need not be asked. */
  readonly account?: string;
}

export interface CollectTarget extends InventoryTarget {
  readonly credentials: Ec2Credentials;
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/;

/** The account that a role belongs to; undefined when the text is no role's ARN. */
export function accountOfRole(arn: string): string | undefined {
  return ROLE_ARN.exec(arn)?.[1];
}

/**
 * One target for each region and role; without roles, for each region with the credentials themselves. Throws ConfigurationError
 * `no-credentials` and `unknown-account`.
 */
export async function collectTargets(
  { regions, profile, roleArns, externalId, account }: CollectRequest,
  client: CollectInventoriesOptions["client"],
): Promise<readonly CollectTarget[]> {
  const { fromNodeProviderChain, assumedRole } = await import("../aws-credentials.js");
  const own = fromNodeProviderChain(profile === undefined ? {} : { profile });
  if (roleArns.length === 0) {
    const [region = ""] = regions;
    const accountId = account ?? (await accountOf(own, region, client));
    return regions.map((each) => ({ accountId, region: each, credentials: own }));
  }
  const { endpoint } = client;
  return roleArns.flatMap((roleArn) =>
    regions.map((region) => {
      const role = {
        roleArn,
        session: "tributary-inventory",
        region,
        ...(externalId === undefined ? {} : { externalId }),
        ...(endpoint === undefined ? {} : { endpoint }),
      };
      return { accountId: accountOfRole(roleArn) ?? "", region, credentials: assumedRole(role, own) };
    }),
  );
}

/** The account of credentials: they tell it where they come from a role or sign-in; else the owner of most security groups is it. */
async function accountOf(
  provider: ReturnType<typeof import("../aws-credentials.js").fromNodeProviderChain>,
  region: string,
  options: CollectInventoriesOptions["client"],
): Promise<string> {
  const identity = await provider().catch((cause: Error) => {
    throw new ConfigurationError(
      "no-credentials",
      `there are no AWS credentials (${cause.message.split("\n")[0]}): sign in, or name a --profile`,
      { cause },
    );
  });
  if (identity.accountId !== undefined) return identity.accountId;
  const { ec2Client, ec2Pages, nameOf } = await import("@tributary/context/ec2");
  const client = ec2Client({ ...options, region, credentials: identity });
  const owners = new Map<string, number>();
  let cause: unknown;
  try {
    for await (const { items } of ec2Pages(client).securityGroups()) {
      for (const { OwnerId: owner } of items) if (owner !== undefined) owners.set(owner, (owners.get(owner) ?? 0) + 1);
      break;
    }
  } catch (error) {
    cause = error;
  } finally {
    client.destroy();
  }
  const [most] = [...owners].sort(([, a], [, b]) => b - a);
  if (most !== undefined) return most[0];
  const reason = cause === undefined ? `there are no security groups in ${region}` : nameOf(cause);
  throw new ConfigurationError(
    "unknown-account",
    `the credentials do not tell their account, and EC2 did not either (${reason}): give its 12 digits with --account`,
    { cause },
  );
}
