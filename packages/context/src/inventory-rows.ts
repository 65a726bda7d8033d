import { groupBy } from "./describe/group-by.js";
import { protocolName } from "./describe/ip-protocol.js";
import type { InventorySnapshot, SecurityGroup, SecurityGroupRule } from "./inventory.js";
import type { InventoryRow } from "./inventory-tables.js";

/** Rows of the table `interfaces`: one for each state of an interface. */
export function interfaceRows(snapshot: InventorySnapshot): readonly InventoryRow[] {
  const collectedAt = isoTime(snapshot.collectedAt);
  return snapshot.interfaces.map((each) => ({
    interface_id: each.id,
    account_id: each.accountId ?? null,
    vpc_id: each.vpcId ?? null,
    subnet_id: each.subnetId ?? null,
    addresses: each.addresses,
    public_addresses: each.publicAddresses,
    prefixes: each.prefixes,
    groups: each.groups,
    name: each.name ?? null,
    instance_id: each.instanceId ?? null,
    type: each.type,
    description: each.description ?? null,
    tags: JSON.stringify(each.tags),
    as_of: isoTime(each.asOf),
    until: optionalTime(each.until),
    collected_at: collectedAt,
  }));
}

/**
 * Rows of the table `security_group_rules`: one for each time without a break that a rule held, however often other rules of its group
 * changed meanwhile.
 */
export function ruleRows(snapshot: InventorySnapshot): readonly InventoryRow[] {
  const collectedAt = isoTime(snapshot.collectedAt);
  const cidrs = new Map(snapshot.prefixLists.map((list) => [list.id, list.cidrs]));
  const uses = usesOfGroups(snapshot);
  return [...groupBy(snapshot.groups, ({ id }) => id).values()].flatMap((states) =>
    heldRules(states).map(({ group, rule, asOf, until }) => {
      const { peer, protocol } = rule;
      const prefixListId = peer.kind === "prefix-list" ? peer.prefixListId : undefined;
      return {
        rule_id: rule.id,
        group_id: group.id,
        group_name: group.name ?? null,
        vpc_id: group.vpcId ?? null,
        direction: rule.direction,
        protocol: protocolName(protocol),
        from_port: limit(rule.fromPort),
        to_port: limit(rule.toPort),
        cidr: peer.kind === "cidr" ? peer.cidr : null,
        prefix_list_id: prefixListId ?? null,
        prefix_list_cidrs: prefixListId === undefined ? null : (cidrs.get(prefixListId) ?? null),
        referenced_group_id: peer.kind === "group" ? peer.groupId : null,
        description: rule.description ?? null,
        interface_count: uses.get(group.id) ?? 0,
        as_of: isoTime(asOf),
        until: optionalTime(until),
        collected_at: collectedAt,
      };
    }),
  );
}

interface HeldRule {
  /** The last state of the group that had the rule. */
  readonly group: SecurityGroup;
  readonly rule: SecurityGroupRule;
  readonly asOf: number;
  readonly until: number | undefined;
}

/** The rules of all states of one group. */
function heldRules(states: readonly SecurityGroup[]): readonly HeldRule[] {
  const rows: HeldRule[] = [];
  /** Where the rules of the state before stand in `rows`. */
  let former = new Map<string, number>();
  for (const group of states) {
    const now = new Map<string, number>();
    for (const rule of group.rules ?? []) {
      const key = JSON.stringify(rule);
      const place = former.get(key);
      const held = place === undefined ? undefined : rows[place];
      const unbroken = held?.until === group.asOf;
      const row = { group, rule, asOf: unbroken ? held.asOf : group.asOf, until: group.until };
      if (place !== undefined && unbroken) rows[place] = row;
      now.set(key, place !== undefined && unbroken ? place : rows.push(row) - 1);
    }
    former = now;
  }
  return rows;
}

/** Interfaces that have a group now, by group. */
function usesOfGroups({ interfaces }: InventorySnapshot): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const { groups, until } of interfaces) {
    if (until !== undefined) continue;
    for (const id of groups) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  return uses;
}

const limit = (value: number | undefined): number | null => (value === undefined || value === -1 ? null : value);
const isoTime = (ms: number): string => new Date(ms).toISOString();
const optionalTime = (ms: number | undefined): string | null => (ms === undefined ? null : isoTime(ms));
