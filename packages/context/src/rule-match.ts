import type { Caveat } from "./explanation.js";
import type { SecurityGroupRule } from "./inventory.js";
import { type IpAddress, type IpRange, ipRange, rangeContains } from "./ip-range.js";

/** Whether a rule allows something; `maybe` when a field or a part of the inventory is missing that would tell. */
export type Match = "yes" | "no" | "maybe";

/** What a rule is held against; undefined where the log does not say. */
export interface RuleFacts {
  /** IANA number. */
  readonly protocol: number | undefined;
  /** The port that the rule's ports are about: that of the service, where the connection went. */
  readonly port: number | undefined;
  /** The far end. */
  readonly peer: IpAddress | undefined;
}

/** What a rule may refer to, at one time. */
export interface RuleWorld {
  /** The blocks of a managed prefix list; undefined when they are not known. */
  prefixList(id: string): readonly IpRange[] | undefined;
  /** Whether an interface of the group has the address as a private one. */
  membership(groupId: string, address: IpAddress): Match;
}

export const ALL_PROTOCOLS = -1;
export const TCP = 6;
export const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;

/** Whether flows and rules of the protocol have ports as far as security groups and network ACLs know. */
export function hasPorts(protocol: number | undefined): boolean {
  return protocol === TCP || protocol === UDP;
}

export function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMPV6;
}

/** The ports that a rule for TCP or UDP names, both ends included; undefined when it is for all ports, or for another protocol. */
export function portsOf(rule: SecurityGroupRule): readonly [first: number, last: number] | undefined {
  const { protocol, fromPort, toPort } = rule;
  if (!hasPorts(protocol) || fromPort === undefined || fromPort === -1 || toPort === undefined || toPort === -1) {
    return undefined;
  }
  return [fromPort, toPort];
}

/** Whether the rule is for one type of ICMP, which flow logs do not tell. */
export function asksForIcmpType(rule: SecurityGroupRule): boolean {
  return isIcmp(rule.protocol) && rule.fromPort !== undefined && rule.fromPort !== -1;
}

/** Whether the rule allows it, direction apart. */
export function ruleMatch(rule: SecurityGroupRule, facts: RuleFacts, world: RuleWorld): Match {
  const service = serviceMatch(rule, facts);
  if (service === "no") return "no";
  const peer = peerMatch(rule, facts.peer, world);
  return peer === "yes" ? service : peer;
}

/** Why a rule only may match: what is missing. Of a rule whose match is `maybe`. */
export function ruleDoubts(rule: SecurityGroupRule, facts: RuleFacts, world: RuleWorld): readonly Caveat[] {
  const doubts: Caveat[] = [];
  if (rule.protocol !== ALL_PROTOCOLS && facts.protocol === undefined) {
    doubts.push({ kind: "no-field", field: "protocol" });
  }
  if (portsOf(rule) !== undefined && facts.port === undefined) doubts.push({ kind: "no-field", field: "port" });
  if (asksForIcmpType(rule)) doubts.push({ kind: "icmp-type" });
  if (facts.peer === undefined) doubts.push({ kind: "no-field", field: "address" });
  else if (peerMatch(rule, facts.peer, world) === "maybe") {
    const { peer } = rule;
    if (peer.kind === "prefix-list") {
      doubts.push({ kind: "not-in-inventory", part: "prefix-list", id: peer.prefixListId });
    } else if (peer.kind === "group") {
      doubts.push({ kind: "not-in-inventory", part: "group-members", id: peer.groupId });
    }
  }
  return doubts;
}

function serviceMatch(rule: SecurityGroupRule, { protocol, port }: RuleFacts): Match {
  if (rule.protocol === ALL_PROTOCOLS) return "yes";
  if (protocol !== undefined && rule.protocol !== protocol) return "no";
  const ports = portsOf(rule);
  if (ports !== undefined && port !== undefined && (port < ports[0] || ports[1] < port)) return "no";
  if (protocol === undefined || asksForIcmpType(rule)) return "maybe";
  return ports !== undefined && port === undefined ? "maybe" : "yes";
}

function peerMatch({ peer }: SecurityGroupRule, address: IpAddress | undefined, world: RuleWorld): Match {
  if (peer.kind === "group" && !peer.active) return "no";
  if (address === undefined) return "maybe";
  switch (peer.kind) {
    case "cidr": {
      const range = ipRange(peer.cidr);
      return range !== undefined && rangeContains(range, address) ? "yes" : "no";
    }
    case "prefix-list": {
      const blocks = world.prefixList(peer.prefixListId);
      if (blocks === undefined) return "maybe";
      return blocks.some((block) => rangeContains(block, address)) ? "yes" : "no";
    }
    case "group":
      return world.membership(peer.groupId, address);
  }
}
