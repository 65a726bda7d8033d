import type {
  Direction,
  FlowFacts,
  NetworkAcl,
  NetworkInterface,
  SecurityGroup,
  SecurityGroupRule,
  Verdict,
} from "@tributary/context";
import { type NaiveAddress, naiveAddress } from "./naive-address.js";
import { naiveAclDecision } from "./naive-network-acl.js";
import { type NaiveWorld, naiveRuleMatch } from "./naive-rule-match.js";
import type { PlainExplanation } from "./plain-explanation.js";

/** What is known of a flow and of the interface that recorded it. */
export interface NaiveCase {
  readonly flow: FlowFacts;
  readonly direction: Direction | undefined;
  readonly recorder: NetworkInterface;
  readonly groups: readonly SecurityGroup[];
  readonly acl: NetworkAcl | undefined;
  readonly world: NaiveWorld;
}

/** The parts of an explanation that depend on what matches. */
export interface NaiveFinding {
  readonly verdict: Verdict;
  readonly likely?: boolean;
  readonly rules?: readonly string[];
  readonly asReply?: boolean;
  readonly acl?: PlainExplanation["acl"];
  readonly caveats?: readonly string[];
}

export const otherDirection = (direction: Direction | undefined): Direction | undefined =>
  direction === undefined ? undefined : direction === "ingress" ? "egress" : "ingress";

/** Why a flow was accepted or rejected. */
export function naiveFinding(one: NaiveCase): NaiveFinding {
  const { flow, direction, groups } = one;
  if (groups.length === 0) {
    const finding: NaiveFinding = { verdict: "no-security-groups" };
    return flow.action === "REJECT" ? behindAcl(one, finding) : finding;
  }
  if (flow.action === undefined || direction === undefined) {
    const action = flow.action === undefined ? ["no-field action"] : [];
    const way = direction === undefined ? ["no-field flow-direction"] : [];
    return { verdict: "unexplained", caveats: [...action, ...way] };
  }
  return flow.action === "ACCEPT" ? acceptFinding(one) : rejectFinding(one);
}

/** The address at the other end of the packet itself, not of who passed it on. */
function peerOf({ flow, direction }: NaiveCase): NaiveAddress | undefined {
  const { srcaddr, dstaddr, pktSrcaddr = srcaddr, pktDstaddr = dstaddr } = flow;
  const text = direction === "ingress" ? pktSrcaddr : pktDstaddr;
  return text === undefined ? undefined : naiveAddress(text);
}

/** The rules of one direction that match a port, and those that may. */
function answers(one: NaiveCase, direction: Direction | undefined, port: number | undefined) {
  const { flow, groups, recorder, world } = one;
  const peer = peerOf(one);
  const rules: readonly SecurityGroupRule[] = groups
    .flatMap((group) => group.rules ?? [])
    .filter((rule) => rule.direction === direction);
  const matches = rules.map((rule) => ({ rule, ...naiveRuleMatch(rule, flow, port, peer, recorder, world) }));
  const maybes = matches.filter((match) => match.answer === "maybe");
  return {
    sure: matches.filter((match) => match.answer === "yes").map((match) => match.rule.id),
    maybe: maybes.map((match) => match.rule.id),
    caveats: maybes.flatMap((match) => match.caveats),
  };
}

/** What flags and ports say of who began the connection. */
function roleOf({ protocol, tcpFlags, srcport, dstport }: FlowFacts) {
  const flags = protocol === 6 ? (tcpFlags ?? 0) : 0;
  const hasPorts = srcport !== undefined && dstport !== undefined;
  return {
    isInitiator: (flags & 2) === 2 && (flags & 16) === 0,
    isResponder: (flags & 18) === 18,
    isFromLowerPort: hasPorts && srcport < dstport,
    isToLowerPort: hasPorts && dstport < srcport,
    isToEphemeralPort: hasPorts && srcport < 32_768 && dstport >= 32_768,
    noFlags: protocol === 6 && tcpFlags === undefined ? ["no-field tcp-flags"] : [],
  };
}

const unknownRules = ({ groups }: NaiveCase): readonly string[] =>
  groups.filter((group) => group.rules === undefined).map((group) => `not-in-inventory rules ${group.id}`);

function acceptFinding(one: NaiveCase): NaiveFinding {
  const { flow, direction } = one;
  const direct = answers(one, direction, flow.dstport);
  const reply = answers(one, otherDirection(direction), flow.srcport);
  const { isInitiator, isResponder, isFromLowerPort, isToLowerPort, noFlags } = roleOf(flow);
  const allowed: NaiveFinding = { verdict: "allowed-by-rule", rules: direct.sure };
  const replied: NaiveFinding = { verdict: "return-traffic", rules: reply.sure, asReply: true };
  if (direct.sure.length > 0 && reply.sure.length > 0) {
    if (isInitiator) return allowed;
    if (isResponder) return replied;
    return { ...(isFromLowerPort ? replied : allowed), likely: true, caveats: noFlags };
  }
  if (direct.sure.length > 0) return allowed;
  const mayAllow: NaiveFinding = { ...allowed, rules: direct.maybe, likely: true, caveats: direct.caveats };
  if (reply.sure.length > 0 && !isInitiator) {
    if (isResponder) return replied;
    if (direct.maybe.length > 0) {
      return { ...(isFromLowerPort ? replied : mayAllow), likely: true, caveats: [...noFlags, ...direct.caveats] };
    }
    return isToLowerPort ? { ...replied, likely: true, caveats: ["ports-of-a-first-packet"] } : replied;
  }
  if (direct.maybe.length > 0) return mayAllow;
  if (reply.maybe.length > 0 && !isInitiator) {
    return { ...replied, rules: reply.maybe, likely: true, caveats: reply.caveats };
  }
  return { verdict: "unexplained", caveats: unknownRules(one) };
}

function rejectFinding(one: NaiveCase): NaiveFinding {
  const { flow, direction } = one;
  const direct = answers(one, direction, flow.dstport);
  const reply = answers(one, otherDirection(direction), flow.srcport);
  const { isInitiator, isResponder, isToEphemeralPort, noFlags } = roleOf(flow);
  const blocked: NaiveFinding = { verdict: "blocked-elsewhere" };
  const late: NaiveFinding = { ...blocked, rules: reply.sure, asReply: true };
  if (direct.sure.length > 0) return behindAcl(one, { ...blocked, rules: direct.sure });
  if (reply.sure.length > 0 && isResponder) return behindAcl(one, late);
  if (reply.sure.length > 0 && !isInitiator && isToEphemeralPort) {
    return behindAcl(one, { ...late, likely: true, caveats: noFlags });
  }
  const unknown = unknownRules(one);
  if (unknown.length > 0) return { verdict: "unexplained", caveats: unknown };
  return { verdict: "no-rule-matches", likely: direct.maybe.length > 0, caveats: direct.caveats };
}

/** What the network ACL makes of a reject that groups do not explain. */
function behindAcl(one: NaiveCase, otherwise: NaiveFinding): NaiveFinding {
  const { flow, direction, recorder, acl, world } = one;
  if (direction === undefined) return otherwise;
  const { caveats = [] } = otherwise;
  const decision = naiveAclDecision(acl, recorder, direction, flow, peerOf(one), world);
  switch (decision.kind) {
    case "allow":
      return otherwise;
    case "unknown": {
      const likely = otherwise.verdict === "blocked-elsewhere";
      return { ...otherwise, likely, caveats: [...caveats, ...decision.caveats] };
    }
    case "deny":
      return {
        ...otherwise,
        verdict: "blocked-by-network-acl",
        acl: { id: acl?.id ?? "", entry: decision.entry?.number },
        caveats: decision.isTypeUnknown ? [...caveats, "icmp-type"] : caveats,
      };
  }
}
