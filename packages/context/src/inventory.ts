/**
 * What a network's interfaces and rules were, and when. Times are ms since the epoch. Names of fields follow the EC2 API where it has
 * one; ids are EC2's.
 */

/** One state of a thing, and how long it is known to have held. */
export interface Dated {
  /** The first collection that saw this state. */
  readonly asOf: number;
  /** The first collection that no longer saw it: the thing had changed, or was gone. Absent while it holds. */
  readonly until?: number;
}

export type Direction = "ingress" | "egress";

/** That of the replies. */
export function opposite(direction: Direction): Direction {
  return direction === "ingress" ? "egress" : "ingress";
}

/** An elastic network interface in one state. */
export interface NetworkInterface extends Dated {
  readonly id: string;
  /** 12-digit owner. */
  readonly accountId?: string;
  readonly vpcId?: string;
  readonly subnetId?: string;
  /** Private IPv4, the primary one first, then IPv6. */
  readonly addresses: readonly string[];
  /** Prefixes delegated to it, IPv4 and IPv6, as CIDR. */
  readonly prefixes: readonly string[];
  /** Public and Elastic IPv4 addresses. */
  readonly publicAddresses: readonly string[];
  /** Ids of its security groups, in EC2's order. */
  readonly groups: readonly string[];
  /** Its tag `Name`, else that of its instance. */
  readonly name?: string;
  readonly description?: string;
  /** As EC2 names it: `interface`, `nat_gateway`, `lambda`, `transit_gateway` … */
  readonly type: string;
  readonly instanceId?: string;
  /** The tags that were asked for, `Name` apart. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Where a rule's other end may be. */
export type RulePeer =
  | { readonly kind: "cidr"; readonly cidr: string }
  | { readonly kind: "prefix-list"; readonly prefixListId: string }
  | {
      readonly kind: "group";
      readonly groupId: string;
      /** Of a group in a peered VPC. */
      readonly vpcId?: string;
      readonly accountId?: string;
      /** False when the peering or the group is gone: the rule is stale and matches nothing. */
      readonly active: boolean;
    };

export interface SecurityGroupRule {
  readonly id: string;
  readonly direction: Direction;
  /** IANA number; -1 for all protocols. */
  readonly protocol: number;
  /** First port, or the ICMP type; absent or -1 for all. */
  readonly fromPort?: number;
  /** Last port, or the ICMP code; absent or -1 for all. */
  readonly toPort?: number;
  readonly peer: RulePeer;
  readonly description?: string;
}

/** A security group with its rules in one state. */
export interface SecurityGroup extends Dated {
  readonly id: string;
  readonly accountId?: string;
  readonly vpcId?: string;
  readonly name?: string;
  readonly description?: string;
  /** Absent when they could not be read. */
  readonly rules?: readonly SecurityGroupRule[];
}

/** A managed prefix list in one state. */
export interface PrefixList extends Dated {
  readonly id: string;
  readonly name?: string;
  /** Absent when its entries could not be read. */
  readonly cidrs?: readonly string[];
}

export interface NetworkAclEntry {
  /** Entries are tried in the order of their numbers, 1 to 32766. The `*` that denies the rest is not among them. */
  readonly number: number;
  readonly direction: Direction;
  /** IANA number; -1 for all protocols. */
  readonly protocol: number;
  /** For TCP and UDP; absent for all ports. */
  readonly fromPort?: number;
  readonly toPort?: number;
  /** For ICMP; absent or -1 for all. */
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly cidr: string;
  readonly action: "allow" | "deny";
}

/** A network ACL with its entries and subnets in one state. */
export interface NetworkAcl extends Dated {
  readonly id: string;
  readonly accountId?: string;
  readonly vpcId?: string;
  readonly name?: string;
  readonly subnetIds: readonly string[];
  readonly entries: readonly NetworkAclEntry[];
}

/** The parts of an inventory that can be missing, for want of a permission or a file. */
export const INVENTORY_PARTS = [
  "interfaces",
  "groups",
  "rules",
  "prefix-lists",
  "network-acls",
  "instance-names",
] as const;
export type InventoryPart = (typeof INVENTORY_PARTS)[number];

/**
 * The inventory of one account and region, as one collection left it: the states that hold, and, for a while, those that held before.
 * States of one id are in the order of `asOf`.
 */
export interface InventorySnapshot {
  readonly accountId: string;
  readonly region: string;
  /** When the last collection began. It names the version of the inventory. */
  readonly collectedAt: number;
  /** What the last collection could not read. Its former states, if any, are still here. */
  readonly missing: readonly InventoryPart[];
  readonly interfaces: readonly NetworkInterface[];
  readonly groups: readonly SecurityGroup[];
  readonly prefixLists: readonly PrefixList[];
  readonly networkAcls: readonly NetworkAcl[];
}
