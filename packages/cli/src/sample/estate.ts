/**
 * What the sample estate consists of, as data: the flow logs are drawn from it, and an inventory of the same estate can be written
 * from it. Names of fields follow the EC2 API where it has one.
 */

/** Where a rule's other end may be. */
export type RulePeer =
  | { readonly cidr: string }
  | { readonly group: string }
  | { readonly prefixList: string; readonly cidrs: readonly string[] };

export interface SecurityGroupRule {
  readonly id: string;
  readonly direction: "ingress" | "egress";
  /** IANA number; -1 for all. */
  readonly protocol: number;
  /** Absent: all ports (or, for ICMP, all types). */
  readonly ports?: readonly [from: number, to: number];
  readonly peer: RulePeer;
  readonly description: string;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly rules: readonly SecurityGroupRule[];
}

export interface NetworkAclEntry {
  readonly number: number;
  readonly direction: "ingress" | "egress";
  readonly protocol: number;
  readonly ports?: readonly [from: number, to: number];
  readonly cidr: string;
  readonly action: "allow" | "deny";
}

export interface NetworkAcl {
  readonly id: string;
  readonly name: string;
  /** In order of their numbers; what no entry matches is denied. */
  readonly entries: readonly NetworkAclEntry[];
}

export interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly cidr: string;
  /** Zone id, not zone name. */
  readonly zone: string;
  readonly networkAcl: string;
  readonly public: boolean;
}

export interface NetworkInterface {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly address: string;
  readonly ipv6Address?: string;
  readonly publicAddress?: string;
  readonly subnet: Subnet;
  /** Ids of its security groups; empty for a NAT gateway. */
  readonly groups: readonly string[];
  /** Absent for interfaces that a service manages. */
  readonly instanceId?: string;
  readonly interfaceType: "interface" | "nat_gateway" | "network_load_balancer" | "lambda";
  /** Deleted before anyone took an inventory: its flows are in the logs, the interface is in no list. */
  readonly gone: boolean;
}

export interface Vpc {
  readonly id: string;
  readonly name: string;
  readonly cidr: string;
  readonly ipv6Cidr?: string;
}

/** One AWS account with one VPC and one flow log. */
export interface AwsAccount {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly vpc: Vpc;
  readonly flowLogId: string;
  /** `v5`: all 29 fields up to version 5. `default`: the 14 of version 2. */
  readonly format: "v5" | "default";
  /** Longest time one record covers, in seconds. */
  readonly aggregation: 60 | 600;
  readonly subnets: readonly Subnet[];
  readonly networkAcls: readonly NetworkAcl[];
  readonly groups: readonly SecurityGroup[];
  readonly interfaces: readonly NetworkInterface[];
}

/** An interface by name; throws RangeError when the account has none of that name, which is a mistake in the estate. */
export function interfaceNamed(account: AwsAccount, name: string): NetworkInterface {
  const found = account.interfaces.find((each) => each.name === name);
  if (found === undefined) throw new RangeError(`${account.name} has no interface ${name}`);
  return found;
}

export const TCP = 6;
export const UDP = 17;
export const ICMP = 1;
export const GRE = 47;
export const ANY_PROTOCOL = -1;
export const ANYWHERE = { cidr: "0.0.0.0/0" } as const;
export const ANYWHERE_IPV6 = { cidr: "::/0" } as const;

type RuleShape = readonly [
  protocol: number,
  ports: number | readonly [number, number] | undefined,
  peer: RulePeer,
  description: string,
];

/** A group whose rule ids follow from its own id and the rules' order, so that the tables below stay readable. */
export function securityGroup(
  id: string,
  name: string,
  description: string,
  ingress: readonly RuleShape[],
  egress: readonly RuleShape[],
): SecurityGroup {
  const rule =
    (direction: "ingress" | "egress", base: number) =>
    ([protocol, ports, peer, text]: RuleShape, index: number): SecurityGroupRule => ({
      // 17 hex digits like every EC2 id: the account's part, the group's number, the rule's number.
      id: `sgr-${id.slice("sg-".length, -4)}${id.slice(-2)}${(base + index).toString(16).padStart(2, "0")}`,
      direction,
      protocol,
      ...(ports === undefined ? {} : { ports: typeof ports === "number" ? ([ports, ports] as const) : ports }),
      peer,
      description: text,
    });
  return {
    id,
    name,
    description,
    rules: [...ingress.map(rule("ingress", 1)), ...egress.map(rule("egress", 0x81))],
  };
}
