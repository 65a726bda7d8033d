import { type DescribedNetwork, describedNetwork } from "./describe/described-network.js";
import { eachOnce } from "./describe/each-once.js";
import { homeOf, homesOf, type InventoryHome } from "./describe/home.js";
import { missingParts } from "./describe/missing-parts.js";
import type { InventorySnapshot } from "./inventory.js";

/**
 * What EC2 said of a network, as the plain JSON that `aws ec2 describe-…` prints and the AWS SDK gives (both write keys the same way). The
 * records are not trusted. An absent part was not read; an empty one was, and there is nothing.
 */
export interface Ec2Descriptions {
  /** `NetworkInterfaces` of describe-network-interfaces. */
  readonly networkInterfaces?: readonly unknown[] | undefined;
  /** `SecurityGroups` of describe-security-groups. */
  readonly securityGroups?: readonly unknown[] | undefined;
  /** `SecurityGroupRules` of describe-security-group-rules. */
  readonly securityGroupRules?: readonly unknown[] | undefined;
  /** `PrefixLists` of describe-managed-prefix-lists. */
  readonly managedPrefixLists?: readonly unknown[] | undefined;
  /** `Entries` of get-managed-prefix-list-entries by the id of their prefix list. */
  readonly prefixListEntries?: ReadonlyMap<string, readonly unknown[]> | undefined;
  /** `NetworkAcls` of describe-network-acls. */
  readonly networkAcls?: readonly unknown[] | undefined;
  /** `Instances` of describe-instances, for the names of interfaces that have none. */
  readonly instances?: readonly unknown[] | undefined;
  /** `Tags` of describe-tags, for the same. */
  readonly instanceTags?: readonly unknown[] | undefined;
  /** Where a record came from, for what is said when it cannot be read. */
  readonly origins?: ReadonlyMap<unknown, string> | undefined;
}

/** What descriptions do not say of themselves. */
export interface DescriptionsAbout {
  /** 12 digits. */
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  /** When EC2 was asked, ms since the epoch. */
  readonly collectedAt: number;
  /** Tags of interfaces to keep, `Name` apart. */
  readonly tags?: readonly string[] | undefined;
}

/**
 * One inventory of everything that was described, whoever owns it: in a shared VPC some interfaces are other accounts'. Rules that
 * describe-security-group-rules does not list are those that describe-security-groups gives with their group; for want of an id each is
 * named by what it says, e.g. `sg-0a1b2c3d4e5f60001/ingress/tcp/443/0.0.0.0/0`. Throws `FormatError` (`malformed-description`,
 * `contradicting-descriptions`) for records that cannot be read, `ConfigurationError` (`no-account`, `no-region`, `several-inventories`) if
 * they do not tell the account and region, and (`bad-account`, `bad-region`) if what tells them is none.
 */
export function inventoryOf(descriptions: Ec2Descriptions, about: DescriptionsAbout): InventorySnapshot {
  const network = describedNetwork(descriptions, about);
  const home = homeOf(network, about);
  return snapshotOf(descriptions, about, network, home, true);
}

/** The same, one inventory for each account and region; `about` fills in what records do not say. Ordered by account, then region. */
export function inventoriesOf(descriptions: Ec2Descriptions, about: DescriptionsAbout): readonly InventorySnapshot[] {
  const network = describedNetwork(descriptions, about);
  const homes = homesOf(network, about);
  return homes.map(([home, part]) => snapshotOf(descriptions, about, part, home, homes.length === 1));
}

function snapshotOf(
  descriptions: Ec2Descriptions,
  { collectedAt }: DescriptionsAbout,
  network: DescribedNetwork,
  home: InventoryHome,
  alone: boolean,
): InventorySnapshot {
  const interfaces = eachOnce(network.interfaces);
  const groups = eachOnce(network.groups);
  const prefixLists = eachOnce(network.prefixLists);
  const networkAcls = eachOnce(network.networkAcls);
  const held = { interfaces, groups, prefixLists, networkAcls };
  return { ...home, collectedAt, missing: missingParts(descriptions, held, alone), ...held };
}
