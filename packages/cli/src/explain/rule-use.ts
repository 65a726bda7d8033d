import { hasPorts, ipAddress, rangeContains, ruleMatch } from "@tributary/context";
import type { NetworkAt } from "./network-at.js";
import type { OpenRule } from "./open-rules.js";
import type { PortUse, PortUser } from "./port-users.js";
import { peerBlock, type TargetQuestion } from "./target-question.js";

/** How an open rule was used, as far as the lake tells. */
export interface RuleUse {
  readonly open: OpenRule;
  readonly sources: number;
  readonly flows: number;
  /** Those of them of which the verdict rests on a guess. */
  readonly likelyFlows: number;
  readonly bytes: number;
  /** ms since the epoch; undefined when it was not used. */
  readonly firstSeen: number | undefined;
  readonly lastSeen: number | undefined;
}

/** Another end that was let through, and the rules of today that let it. */
export interface UserOfRules {
  readonly user: PortUser;
  readonly rules: readonly OpenRule[];
}

/** Who was let through, by today's rules: none when the rule that let them is gone. */
export function usersOfRules(
  { users }: PortUse,
  rules: readonly OpenRule[],
  question: TargetQuestion,
  { world }: NetworkAt,
): readonly UserOfRules[] {
  const { protocol, port } = question;
  return users
    .filter(({ allowed, address }) => allowed && isAsked(question, address))
    .map((user) => {
      const peer = ipAddress(user.address);
      const facts = { protocol, port: hasPorts(protocol) ? port : undefined, peer };
      return { user, rules: rules.filter(({ rule }) => ruleMatch(rule, facts, world) !== "no") };
    });
}

/** Whether the question is about this other end. */
export function isAsked(question: TargetQuestion, address: string): boolean {
  const block = peerBlock(question);
  const peer = ipAddress(address);
  return block === undefined || (peer !== undefined && rangeContains(block, peer));
}

/** The use of each rule. A flow that several rules allow is use of each of them. */
export function usesOfRules(rules: readonly OpenRule[], users: readonly UserOfRules[]): readonly RuleUse[] {
  return rules.map((open) => {
    const own = users.filter((each) => each.rules.includes(open)).map(({ user }) => user);
    return {
      open,
      sources: own.length,
      flows: own.reduce((sum, { flows }) => sum + flows, 0),
      likelyFlows: own.reduce((sum, { likelyFlows }) => sum + likelyFlows, 0),
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      firstSeen: least(own.map(({ firstSeen }) => firstSeen)),
      lastSeen: greatest(own.map(({ lastSeen }) => lastSeen)),
    };
  });
}

const least = (times: readonly number[]): number | undefined =>
  times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
const greatest = (times: readonly number[]): number | undefined =>
  times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
