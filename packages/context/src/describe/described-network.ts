import type { DescriptionsAbout, Ec2Descriptions } from "../ec2-descriptions.js";
import type { NetworkAcl, NetworkInterface, PrefixList, SecurityGroup } from "../inventory.js";
import type { Described } from "./described.js";
import { describedGroup } from "./described-group.js";
import { describedInterface } from "./described-interface.js";
import { describedNetworkAcl } from "./described-network-acl.js";
import { describedPrefixList, prefixListCidr } from "./described-prefix-list.js";
import { DescribedRecord } from "./described-record.js";
import { type DescribedRule, describedRule } from "./described-rule.js";
import { nameOf, tagsOf } from "./described-tags.js";
import { groupBy } from "./group-by.js";
import { optional } from "./optional.js";

/** Everything that was described, in the inventory's words. */
export interface DescribedNetwork {
  readonly interfaces: readonly Described<NetworkInterface>[];
  readonly groups: readonly Described<SecurityGroup>[];
  readonly prefixLists: readonly Described<PrefixList>[];
  readonly networkAcls: readonly Described<NetworkAcl>[];
}

/** Throws `FormatError` (`malformed-description`) for the first record that cannot be read. */
export function describedNetwork(
  descriptions: Ec2Descriptions,
  { collectedAt: asOf, tags = [] }: DescriptionsAbout,
): DescribedNetwork {
  const { networkInterfaces, securityGroups, securityGroupRules, managedPrefixLists, networkAcls } = descriptions;
  const records = (list: readonly unknown[] | undefined, kind: string): readonly DescribedRecord[] =>
    (list ?? []).map((json, index) =>
      DescribedRecord.of(json, descriptions.origins?.get(json) ?? `${kind}[${index}] of EC2's answer`),
    );
  const instanceNames = new Map([
    ...records(descriptions.instanceTags, "Tags").flatMap(nameByTag),
    ...records(descriptions.instances, "Instances").flatMap(nameByInstance),
  ]);
  const rules = groupBy(records(securityGroupRules, "SecurityGroupRules").map(describedRule), (each) => each.groupId);
  const groups = records(securityGroups, "SecurityGroups").map((record) => {
    const listed = rules.get(record.requiredText("GroupId"))?.map(({ rule }) => rule);
    return describedGroup(record, asOf, listed, securityGroupRules !== undefined);
  });
  const entries = new Map<string, readonly string[]>();
  for (const [id, list] of descriptions.prefixListEntries ?? []) {
    entries.set(id, records(list, `Entries of ${id}`).map(prefixListCidr));
  }
  const prefixLists = records(managedPrefixLists, "PrefixLists").map((record) =>
    describedPrefixList(record, asOf, entries.get(record.requiredText("PrefixListId"))),
  );
  return {
    interfaces: records(networkInterfaces, "NetworkInterfaces").map((record) =>
      describedInterface(record, { asOf, tags, instanceNames }),
    ),
    groups: [...groups, ...groupsByRules(rules, asOf, new Set(groups.map(({ state }) => state.id)))],
    prefixLists: [...prefixLists, ...listsByEntries(entries, asOf, new Set(prefixLists.map(({ state }) => state.id)))],
    networkAcls: records(networkAcls, "NetworkAcls").map((record) => describedNetworkAcl(record, asOf)),
  };
}

/** Groups of which only the rules were described. */
function groupsByRules(
  rules: ReadonlyMap<string, readonly DescribedRule[]>,
  asOf: number,
  described: ReadonlySet<string>,
): readonly Described<SecurityGroup>[] {
  return [...rules].flatMap(([id, [first, ...others]]) => {
    if (described.has(id) || first === undefined) return [];
    const { accountId, region } = first;
    const state = { id, ...optional("accountId", accountId), rules: [first, ...others].map(({ rule }) => rule), asOf };
    return { accountId, region, vpcId: undefined, state };
  });
}

/** Prefix lists of which only the entries were described. */
function listsByEntries(
  entries: ReadonlyMap<string, readonly string[]>,
  asOf: number,
  described: ReadonlySet<string>,
): readonly Described<PrefixList>[] {
  return [...entries].flatMap(([id, cidrs]) =>
    described.has(id) ? [] : { accountId: undefined, region: undefined, vpcId: undefined, state: { id, cidrs, asOf } },
  );
}

type InstanceName = readonly [instanceId: string, name: string];

/** An element of `Tags` (EC2 API reference, TagDescription). */
function nameByTag(record: DescribedRecord): readonly InstanceName[] {
  const value = record.text("Value");
  return record.text("Key") === "Name" && value !== undefined ? [[record.requiredText("ResourceId"), value]] : [];
}

/** An element of `Instances` (EC2 API reference, Instance). */
function nameByInstance(record: DescribedRecord): readonly InstanceName[] {
  const name = nameOf(tagsOf(record, "Tags"));
  return name === undefined ? [] : [[record.requiredText("InstanceId"), name]];
}
