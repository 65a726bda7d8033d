import { type ConnectionRole, goesToEphemeralPort, roleByPorts } from "./connection-role.js";
import type { Caveat, FlowFacts, Verdict } from "./explanation.js";
import { ALL_FIELDS, type MissingFields, missingFieldCaveats } from "./missing-fields.js";
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

/** What the subnet's network ACL does with a flow; the fields that are missing, when it depends on them. */
export type AclEffect = "allows" | "denies" | "not-in-inventory" | MissingFields;

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

/** A ruling as a guess, and the same as a guess that flags would have spared. */
interface Guess {
  readonly likely: Ruling;
  readonly withoutFlags: Ruling;
}

interface Guessable extends Guess {
  readonly certain: Ruling;
}

function guessed(verdict: Verdict, rules: RuleSource, doubts?: RuleSource): Guess {
  const unsure = { likely: true, doubts };
  return {
    likely: ruling(verdict, rules, unsure),
    withoutFlags: ruling(verdict, rules, { ...unsure, caveats: [{ kind: "no-field", field: "tcp-flags" }] }),
  };
}

function guessable(verdict: Verdict, rules: RuleSource): Guessable {
  return { certain: ruling(verdict, rules), ...guessed(verdict, rules) };
}

const ALLOWED = guessable("allowed-by-rule", DIRECT);
const MAYBE_ALLOWED = guessed("allowed-by-rule", DIRECT_DOUBTFUL, DIRECT_DOUBTFUL);
const RETURNED = guessable("return-traffic", REPLY);
const RETURNED_AGAINST_PORTS = ruling("return-traffic", REPLY, {
  likely: true,
  caveats: [{ kind: "ports-of-a-first-packet" }],
});
const RETURNED_UNLESS_ALLOWED = guessed("return-traffic", REPLY, DIRECT_DOUBTFUL);
const MAYBE_RETURNED = ruling("return-traffic", REPLY_DOUBTFUL, { likely: true, doubts: REPLY_DOUBTFUL });
const UNEXPLAINED = ruling("unexplained", undefined, { unreadGroups: true });
const NO_RULE = ruling("no-rule-matches");
const MAYBE_NO_RULE = ruling("no-rule-matches", undefined, { likely: true, doubts: DIRECT_DOUBTFUL });
const BLOCKED_BY_ACL = guessable("blocked-by-network-acl", DIRECT);
const REPLY_BLOCKED_BY_ACL = guessable("blocked-by-network-acl", REPLY);
const BLOCKED = guessable("blocked-elsewhere", DIRECT);
const REPLY_BLOCKED = guessable("blocked-elsewhere", REPLY);

const NO_ACL: Caveat = { kind: "not-in-inventory", part: "network-acls" };

/** What becomes of a flow by the effect of the network ACL. */
function byAclEffect<T>(allows: T, denies: T, unsure: (why: readonly Caveat[]) => T): (acl: AclEffect) => T {
  const notInInventory = unsure([NO_ACL]);
  const missing = Array.from({ length: ALL_FIELDS + 1 }, (_, fields) => unsure(missingFieldCaveats(fields)));
  return (acl) => {
    if (typeof acl === "number") return missing[acl] as T;
    return acl === "allows" ? allows : acl === "denies" ? denies : notInInventory;
  };
}

function blockedBy(blocked: Guessable, byAcl: Guessable): (acl: AclEffect) => Guessable {
  return byAclEffect(blocked, byAcl, (why) => {
    const unsure = ({ verdict, rules, caveats }: Ruling): Ruling =>
      ruling(verdict, rules, { likely: true, caveats: [...caveats, ...why] });
    const likely = unsure(blocked.likely);
    return { certain: likely, likely, withoutFlags: unsure(blocked.withoutFlags) };
  });
}

const REJECTED = blockedBy(BLOCKED, BLOCKED_BY_ACL);
const REPLY_REJECTED = blockedBy(REPLY_BLOCKED, REPLY_BLOCKED_BY_ACL);
const NO_GROUPS = byAclEffect(ruling("no-security-groups"), ruling("blocked-by-network-acl"), (why) =>
  ruling("no-security-groups", undefined, { caveats: why }),
);
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
  const mayBeDirect = (found & DIRECT_DOUBTFUL) !== 0;
  if ((found & REPLY) !== 0 && mayReply) {
    if (role !== undefined) return RETURNED.certain;
    const byPorts = roleByPorts(flow);
    if (mayBeDirect) return guess(byPorts === "responder" ? RETURNED_UNLESS_ALLOWED : MAYBE_ALLOWED, flow);
    return byPorts === "initiator" ? RETURNED_AGAINST_PORTS : RETURNED.certain;
  }
  if (mayBeDirect) return MAYBE_ALLOWED.likely;
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
  const guesses = (isDirect ? REJECTED : REPLY_REJECTED)(acl);
  return isDirect || role !== undefined ? guesses.certain : guess(guesses, flow);
}

/** What became of a flow of an interface without groups. */
export function withoutGroups(acl: AclEffect): Ruling {
  return NO_GROUPS(acl);
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

const CAVEAT_ORDER: readonly Caveat["kind"][] = [
  "no-field",
  "ports-of-a-first-packet",
  "icmp-type",
  "not-in-inventory",
];

/** Caveats without repetitions: missing fields, then ports, then the type of ICMP, then what the inventory lacks. */
export function orderedCaveats(caveats: readonly Caveat[]): readonly Caveat[] {
  if (caveats.length < 2) return caveats;
  const unique = new Map(caveats.map((caveat) => [JSON.stringify(caveat), caveat]));
  return [...unique.values()].sort((a, b) => CAVEAT_ORDER.indexOf(a.kind) - CAVEAT_ORDER.indexOf(b.kind));
}

/** A guess by ports. Flags would have spared it, where the protocol has some. */
function guess(guesses: Guess, { protocol, tcpFlags }: FlowFacts): Ruling {
  return protocol === TCP && tcpFlags === undefined ? guesses.withoutFlags : guesses.likely;
}
