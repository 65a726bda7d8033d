import type {
  FlowFacts,
  InventorySnapshot,
  NetworkAcl,
  NetworkAclEntry,
  NetworkInterface,
  PrefixList,
  RulePeer,
  SecurityGroup,
  SecurityGroupRule,
} from "@tributary/context";

/** When the states of these factories begin, ms. */
export const BEGIN = Date.UTC(2026, 3, 1);

export const cidr = (block: string): RulePeer => ({ kind: "cidr", cidr: block });
export const prefixList = (prefixListId: string): RulePeer => ({ kind: "prefix-list", prefixListId });
export const group = (groupId: string, active = true): RulePeer => ({ kind: "group", groupId, active });

/** An ingress rule for TCP on one port from anywhere. */
export function aRule(parts: Partial<SecurityGroupRule> & { readonly port?: number } = {}): SecurityGroupRule {
  const { port, ...rest } = parts;
  const ports = port === undefined ? {} : { fromPort: port, toPort: port };
  return { id: "sgr-1", direction: "ingress", protocol: 6, peer: cidr("0.0.0.0/0"), ...ports, ...rest };
}

export function aGroup(
  id: string,
  rules: readonly SecurityGroupRule[],
  parts: Partial<SecurityGroup> = {},
): SecurityGroup {
  return { id, asOf: BEGIN, vpcId: "vpc-1", rules, ...parts };
}

export function anInterface(parts: Partial<NetworkInterface> & { readonly id: string }): NetworkInterface {
  return {
    asOf: BEGIN,
    vpcId: "vpc-1",
    subnetId: "subnet-1",
    addresses: [],
    prefixes: [],
    publicAddresses: [],
    groups: [],
    type: "interface",
    tags: {},
    ...parts,
  };
}

export function anEntry(parts: Partial<NetworkAclEntry> = {}): NetworkAclEntry {
  return { number: 100, direction: "ingress", protocol: -1, cidr: "0.0.0.0/0", action: "allow", ...parts };
}

export function anAcl(entries: readonly NetworkAclEntry[], parts: Partial<NetworkAcl> = {}): NetworkAcl {
  return { id: "acl-1", asOf: BEGIN, vpcId: "vpc-1", subnetIds: ["subnet-1"], entries, ...parts };
}

export function aPrefixList(id: string, cidrs: readonly string[]): PrefixList {
  return { id, asOf: BEGIN, cidrs };
}

export function aSnapshot(parts: Partial<InventorySnapshot>): InventorySnapshot {
  return {
    accountId: "111122223333",
    region: "eu-central-1",
    collectedAt: BEGIN,
    missing: [],
    interfaces: [],
    groups: [],
    prefixLists: [],
    networkAcls: [],
    ...parts,
  };
}

/** A first packet to port 443 of eni-1 at 10.0.0.5, from a documentation address, let in. */
export function aFlow(parts: Partial<FlowFacts> = {}): FlowFacts {
  return {
    interfaceId: "eni-1",
    srcaddr: "198.51.100.7",
    dstaddr: "10.0.0.5",
    pktSrcaddr: undefined,
    pktDstaddr: undefined,
    srcport: 40_000,
    dstport: 443,
    protocol: 6,
    action: "ACCEPT",
    tcpFlags: 2,
    flowDirection: "ingress",
    ...parts,
  };
}
