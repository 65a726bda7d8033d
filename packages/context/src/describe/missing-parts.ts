import type { Ec2Descriptions } from "../ec2-descriptions.js";
import { INVENTORY_PARTS, type InventoryPart, type InventorySnapshot } from "../inventory.js";

type Held = Pick<InventorySnapshot, "interfaces" | "groups" | "prefixLists" | "networkAcls">;

/**
 * The parts that `descriptions` say nothing of. If they are of several inventories and not this one `alone`, a part that they have for others
 * only counts as missing here: every VPC has a group and a network ACL.
 */
export function missingParts(descriptions: Ec2Descriptions, held: Held, alone: boolean): readonly InventoryPart[] {
  const has = (given: readonly unknown[] | undefined, here: readonly unknown[]): boolean =>
    given !== undefined && (alone || here.length > 0);
  const { prefixListEntries, instances, instanceTags, securityGroups, securityGroupRules } = descriptions;
  const cidrsKnown = new Set(held.prefixLists.flatMap(({ id, cidrs }) => (cidrs === undefined ? [] : id)));
  const listsNamed = held.groups.flatMap(({ rules = [] }) =>
    rules.flatMap(({ peer }) => (peer.kind === "prefix-list" ? peer.prefixListId : [])),
  );
  const present: Readonly<Record<InventoryPart, boolean>> = {
    interfaces: has(descriptions.networkInterfaces, held.interfaces),
    groups: has(securityGroups, held.groups),
    rules:
      (securityGroups !== undefined || securityGroupRules !== undefined) &&
      held.groups.every(({ rules }) => rules !== undefined),
    "prefix-lists":
      (descriptions.managedPrefixLists !== undefined || prefixListEntries !== undefined) &&
      listsNamed.every((id) => cidrsKnown.has(id)),
    "network-acls": has(descriptions.networkAcls, held.networkAcls),
    "instance-names": instances !== undefined || instanceTags !== undefined,
  };
  return INVENTORY_PARTS.filter((part) => !present[part]);
}
