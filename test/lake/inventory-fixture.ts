import type { InventorySnapshot, NetworkInterface, SecurityGroup, SecurityGroupRule } from "@tributary/context";

/** When the inventory of these tests was collected. */
export const COLLECTED = Date.UTC(2026, 10, 20);

export function networkInterface(id: string, changes: Partial<NetworkInterface> = {}): NetworkInterface {
  return {
    id,
    asOf: COLLECTED,
    accountId: "111122223333",
    addresses: ["10.0.0.5"],
    prefixes: [],
    publicAddresses: [],
    groups: ["sg-web"],
    type: "interface",
    tags: {},
    ...changes,
  };
}

/** Lets TCP 443 in from anywhere, unless told otherwise. */
export function rule(id: string, changes: Partial<SecurityGroupRule> = {}): SecurityGroupRule {
  return {
    id,
    direction: "ingress",
    protocol: 6,
    fromPort: 443,
    toPort: 443,
    peer: { kind: "cidr", cidr: "0.0.0.0/0" },
    ...changes,
  };
}

export function group(
  id: string,
  rules: readonly SecurityGroupRule[],
  changes: Partial<SecurityGroup> = {},
): SecurityGroup {
  return { id, asOf: COLLECTED, name: id.replace("sg-", ""), rules, ...changes };
}

export function snapshot(changes: Partial<InventorySnapshot> = {}): InventorySnapshot {
  return {
    accountId: "111122223333",
    region: "eu-central-1",
    collectedAt: COLLECTED,
    missing: [],
    interfaces: [networkInterface("eni-1")],
    groups: [group("sg-web", [rule("sgr-https")])],
    prefixLists: [],
    networkAcls: [],
    ...changes,
  };
}
