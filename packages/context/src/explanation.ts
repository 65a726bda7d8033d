import type {
  Direction,
  NetworkAcl,
  NetworkAclEntry,
  NetworkInterface,
  SecurityGroup,
  SecurityGroupRule,
} from "./inventory.js";

/** Why a flow was let through or stopped. */
export const VERDICTS = [
  /** ACCEPT, and rules of the interface's groups match. */
  "allowed-by-rule",
  /** ACCEPT, the reply of a connection that a rule of the other direction let through. */
  "return-traffic",
  /** REJECT, and no rule allows it, neither directly nor as a reply. */
  "no-rule-matches",
  /** REJECT that the groups allow and an entry of the subnet's network ACL denies. */
  "blocked-by-network-acl",
  /** REJECT although groups and network ACL allow it: Block Public Access, encryption controls, a connection closed before. */
  "blocked-elsewhere",
  /** The interface has none: NAT gateway, transit gateway attachment, load balancer endpoint. */
  "no-security-groups",
  /** Nothing that is known explains it. */
  "unexplained",
  /** The interface is in no inventory. */
  "unknown-interface",
] as const;
export type Verdict = (typeof VERDICTS)[number];

/**
 * How the inventory stands to the flow's time: `exact`, it knows the state at that time; `later`, it begins after the flow, so its first
 * state was taken; `tombstone`, the interface is gone since, and its state from before was taken.
 */
export type Basis = "exact" | "later" | "tombstone";

/** A rule with the group that holds it. */
export interface MatchedRule {
  readonly group: SecurityGroup;
  readonly rule: SecurityGroupRule;
}

/** What keeps an explanation from being certain. */
export type Caveat =
  /** A field that the log lacks and that would have told. */
  | {
      readonly kind: "no-field";
      readonly field: "interface-id" | "action" | "flow-direction" | "protocol" | "port" | "address" | "tcp-flags";
    }
  /** Only rules of the other direction fit, but the ports are not those of a reply: it goes to the lower one. */
  | { readonly kind: "ports-of-a-first-packet" }
  /** VPC flow logs say neither type nor code of ICMP, and a rule or entry asks for them. */
  | { readonly kind: "icmp-type" }
  /** What the inventory lacks: the rules of a group, the entries of a prefix list, the members of a referenced group, the network ACLs. */
  | {
      readonly kind: "not-in-inventory";
      readonly part: "rules" | "prefix-list" | "group-members" | "network-acls";
      /** Of the group or prefix list. */
      readonly id?: string;
    };

/** Why a flow was let through or stopped, and how sure that is. Equal causes give the same object, so that it can be a key. */
export interface Explanation {
  readonly verdict: Verdict;
  /** Whether it rests on a guess: the lower port as the service, or a rule that only may match. */
  readonly likely: boolean;
  /** Of the packets, seen from the interface; undefined when the log does not tell. */
  readonly direction: Direction | undefined;
  /** Undefined for unknown interfaces, as are `asOf` and `collectedAt`. */
  readonly basis: Basis | undefined;
  /** Since when the state that explains is known, ms. */
  readonly asOf: number | undefined;
  /** The version of the inventory: when its last collection began, ms. */
  readonly collectedAt: number | undefined;
  /** `type` of the interface, e.g. `nat_gateway`. */
  readonly interfaceType: string | undefined;
  readonly groups: readonly SecurityGroup[];
  /**
   * The rules that allow the flow: of its own direction, or, when `asReply`, of the other one. Ordered by group, then as in the group. Empty
   * unless the verdict says that rules allow it.
   */
  readonly rules: readonly MatchedRule[];
  readonly asReply: boolean;
  /** How many rules of the direction that was looked at the groups have together. */
  readonly rulesConsidered: number;
  /** What denies, when a network ACL does. Without an entry it is the `*` at its end. */
  readonly acl: { readonly acl: NetworkAcl; readonly entry: NetworkAclEntry | undefined } | undefined;
  /** `reject-reason` of the log, when it says one: BPA, EC. */
  readonly rejectReason: string | undefined;
  readonly caveats: readonly Caveat[];
}

/** What a flow log says of a flow, as far as an explanation needs it; undefined where it does not. `VpcFlow` is one. */
export interface FlowFacts {
  readonly interfaceId: string | undefined;
  readonly srcaddr: string | undefined;
  readonly dstaddr: string | undefined;
  readonly pktSrcaddr: string | undefined;
  readonly pktDstaddr: string | undefined;
  readonly srcport: number | undefined;
  readonly dstport: number | undefined;
  /** IANA number. */
  readonly protocol: number | undefined;
  readonly action: "ACCEPT" | "REJECT" | undefined;
  readonly tcpFlags: number | undefined;
  readonly flowDirection: Direction | undefined;
  /** Further fields, alternating name and value; `reject-reason` is looked for. */
  readonly others?: readonly string[] | undefined;
}

/** A flow with what the inventory knows of it. */
export interface ExplainedFlow {
  readonly explanation: Explanation;
  /** The interface that recorded it, in the state that explains. */
  readonly recorder: NetworkInterface | undefined;
  /** Names of the interfaces at both ends, where they are known. */
  readonly srcName: string | undefined;
  readonly dstName: string | undefined;
}

/** Explains flows. */
export interface FlowContext {
  /** `time` is the flow's, ms since the epoch. */
  explain(flow: FlowFacts, time: number): ExplainedFlow;
}
