import { type ConnectionRole, goesToEphemeralPort, roleByPorts } from "./connection-role.js";
import type { Caveat, FlowFacts, Verdict } from "./explanation.js";
import { TCP } from "./rule-match.js";

/** Rules that were found, as a set of bits. */
export type FoundRules = number;
/** Rules of the flow's own direction that match. */
export const DIRECT = 1;
/** Rules of the flow's own direction that may match. */
export const DIRECT_DOUBTFUL = 2;
/** Rules of the other direction, which let its replies pass. */
export const REPLY = 4;
export const REPLY_DOUBTFUL = 8;
export type RuleSource = typeof DIRECT | typeof DIRECT_DOUBTFUL | typeof REPLY | typeof REPLY_DOUBTFUL;

/** What the subnet's network ACL does with a flow. */
export type AclEffect = "allows" | "denies" | "unknown";

/** What follows from what was found of a flow, before rules and entries are named. There are few, and each is one object. */
export interface Ruling {
  /** Tells rulings apart. */
  readonly number: number;
  readonly verdict: Verdict;
  readonly likely: boolean;
  /** Which of the rules found are the reason. */
  readonly rules: RuleSource | undefined;
  /** Which of the rules found leave it in doubt. */
  readonly doubts: RuleSource | undefined;
  /** Whether groups whose rules are not known leave it in doubt. */
  readonly unreadGroups: boolean;
  readonly caveats: readonly Caveat[];
}

let rulings = 0;

function ruling(verdict: Verdict, rules?: RuleSource, more: Partial<Ruling> = {}): Ruling {
  const certain = { likely: false, doubts: undefined, unreadGroups: false, caveats: [] };
  return Object.freeze({ ...certain, ...more, number: rulings++, verdict, rules });
}

/** A ruling, the same as a guess, and the same as a guess that flags would have spared. */
function guessable(verdict: Verdict, rules: RuleSource): Guessable {
  return {
    certain: ruling(verdict, rules),
    likely: ruling(verdict, rules, { likely: true }),
    withoutFlags: ruling(verdict, rules, { likely: true, caveats: [{ kind: "no-field", field: "tcp-flags" }] }),
  };
}

interface Guessable {
  readonly certain: Ruling;
  readonly likely: Ruling;
  readonly withoutFlags: Ruling;
}

const ALLOWED = guessable("allowed-by-rule", DIRECT);
const MAYBE_ALLOWED = ruling("allowed-by-rule", DIRECT_DOUBTFUL, { likely: true, doubts: DIRECT_DOUBTFUL });
const RETURNED = guessable("return-traffic", REPLY);
const MAYBE_RETURNED = ruling("return-traffic", REPLY_DOUBTFUL, { likely: true, doubts: REPLY_DOUBTFUL });
const UNEXPLAINED = ruling("unexplained", undefined, { unreadGroups: true });
const NO_RULE = ruling("no-rule-matches");
const MAYBE_NO_RULE = ruling("no-rule-matches", undefined, { likely: true, doubts: DIRECT_DOUBTFUL });
const BLOCKED_BY_ACL = guessable("blocked-by-network-acl", DIRECT);
const REPLY_BLOCKED_BY_ACL = guessable("blocked-by-network-acl", REPLY);
const BLOCKED = guessable("blocked-elsewhere", DIRECT);
const REPLY_BLOCKED = guessable("blocked-elsewhere", REPLY);

const NO_ACL: Caveat = { kind: "not-in-inventory", part: "network-acls" };
const BLOCKED_WITHOUT_ACL = withoutAcl(BLOCKED);
const REPLY_BLOCKED_WITHOUT_ACL = withoutAcl(REPLY_BLOCKED);

function withoutAcl(guesses: Guessable): Guessable {
  const unsure = ({ verdict, rules, caveats }: Ruling): Ruling =>
    ruling(verdict, rules, { likely: true, caveats: [...caveats, NO_ACL] });
  const likely = unsure(guesses.likely);
  return { certain: likely, likely, withoutFlags: unsure(guesses.withoutFlags) };
}

const NO_GROUPS: Readonly<Record<AclEffect, Ruling>> = {
  allows: ruling("no-security-groups"),
  unknown: ruling("no-security-groups", undefined, { caveats: [NO_ACL] }),
  denies: ruling("blocked-by-network-acl"),
};
const NO_ACTION: Caveat = { kind: "no-field", field: "action" };
const NO_DIRECTION: Caveat = { kind: "no-field", field: "flow-direction" };
const WITHOUT_ACTION = ruling("unexplained", undefined, { caveats: [NO_ACTION] });
const WITHOUT_DIRECTION = ruling("unexplained", undefined, { caveats: [NO_DIRECTION] });
const WITHOUT_BOTH = ruling("unexplained", undefined, { caveats: [NO_ACTION, NO_DIRECTION] });

/** Why a flow was accepted. */
export function acceptance(flow: FlowFacts, role: ConnectionRole | undefined, found: FoundRules): Ruling {
  const isDirect = (found & DIRECT) !== 0;
  // A first packet is no reply, so the other direction's rules do not explain it.
  const mayReply = role !== "initiator";
  if (isDirect && (found & REPLY) !== 0) {
    if (role !== undefined) return mayReply ? RETURNED.certain : ALLOWED.certain;
    return guess(roleByPorts(flow) === "responder" ? RETURNED : ALLOWED, flow);
  }
  if (isDirect) return ALLOWED.certain;
  if ((found & REPLY) !== 0 && mayReply) {
    return role === undefined && roleByPorts(flow) === "initiator" ? RETURNED.likely : RETURNED.certain;
  }
  if ((found & DIRECT_DOUBTFUL) !== 0) return MAYBE_ALLOWED;
  return (found & REPLY_DOUBTFUL) !== 0 && mayReply ? MAYBE_RETURNED : UNEXPLAINED;
}

/** Why a flow was rejected that no rule allows: `hasUnreadGroups` says that rules of some groups are not known. */
export function unallowed(found: FoundRules, hasUnreadGroups: boolean): Ruling {
  if (hasUnreadGroups) return UNEXPLAINED;
  return (found & DIRECT_DOUBTFUL) !== 0 ? MAYBE_NO_RULE : NO_RULE;
}

/** Why a flow was rejected that rules allow. */
export function rejection(
  flow: FlowFacts,
  role: ConnectionRole | undefined,
  found: FoundRules,
  acl: AclEffect,
): Ruling {
  const isDirect = (found & DIRECT) !== 0;
  const guesses =
    acl === "denies"
      ? isDirect
        ? BLOCKED_BY_ACL
        : REPLY_BLOCKED_BY_ACL
      : acl === "unknown"
        ? isDirect
          ? BLOCKED_WITHOUT_ACL
          : REPLY_BLOCKED_WITHOUT_ACL
        : isDirect
          ? BLOCKED
          : REPLY_BLOCKED;
  return isDirect || role !== undefined ? guesses.certain : guess(guesses, flow);
}

/** What became of a flow of an interface without groups. */
export function withoutGroups(acl: AclEffect): Ruling {
  return NO_GROUPS[acl];
}

/** What can be said of a flow whose action or direction the log does not tell. */
export function withoutFields({ action }: FlowFacts, hasDirection: boolean): Ruling {
  if (hasDirection) return WITHOUT_ACTION;
  return action === undefined ? WITHOUT_BOTH : WITHOUT_DIRECTION;
}

/** Whether a rejected flow may have been a reply. */
export function mayBeReply(flow: FlowFacts, role: ConnectionRole | undefined): boolean {
  return role === "responder" || (role === undefined && goesToEphemeralPort(flow));
}

const CAVEAT_ORDER: readonly Caveat["kind"][] = ["no-field", "icmp-type", "not-in-inventory"];

/** Caveats without repetitions: missing fields, then the type of ICMP, then what the inventory lacks. */
export function orderedCaveats(caveats: readonly Caveat[]): readonly Caveat[] {
  if (caveats.length < 2) return caveats;
  const unique = new Map(caveats.map((caveat) => [JSON.stringify(caveat), caveat]));
  return [...unique.values()].sort((a, b) => CAVEAT_ORDER.indexOf(a.kind) - CAVEAT_ORDER.indexOf(b.kind));
}

/** A guess by ports. Flags would have spared it, where the protocol has some. */
function guess(guesses: Guessable, { protocol, tcpFlags }: FlowFacts): Ruling {
  return protocol === TCP && tcpFlags === undefined ? guesses.withoutFlags : guesses.likely;
}
