import { BoundedCache } from "@tributary/flow";
import type { OwnedAddress } from "./address-owners.js";
import { roleByFlags } from "./connection-role.js";
import type { Caveat, Explanation, FlowFacts, MatchedRule } from "./explanation.js";
import { ExplanationCache, ExplanationKey } from "./explanation-cache.js";
import { type Direction, opposite } from "./inventory.js";
import type { AclDecision } from "./network-acl.js";
import type { NetworkHistory } from "./network-history.js";
import { Peer } from "./peer.js";
import { rejectReason } from "./reject-reason.js";
import { RuleBits } from "./rule-bits.js";
import { hasPorts, type RuleFacts, ruleDoubts } from "./rule-match.js";
import type { RulePool } from "./rule-pool.js";
import { GROUP_STRIDE, matchedRules, scanRules, worldAt } from "./rule-scan.js";
import { matchRules, PORTS_OF_BIT, serviceKey } from "./rule-table.js";
import type { Period } from "./situation.js";
import {
  type AclEffect,
  acceptance,
  DIRECT,
  DIRECT_DOUBTFUL,
  mayBeReply,
  orderedCaveats,
  REPLY,
  REPLY_DOUBTFUL,
  type RuleSource,
  type Ruling,
  rejection,
  unallowed,
  withoutFields,
  withoutGroups,
} from "./verdict.js";

/** A flow with what is known of its ends. */
export interface FlowCase {
  readonly flow: FlowFacts;
  /** ms. */
  readonly time: number;
  readonly period: Period;
  readonly direction: Direction | undefined;
  /** The far end; undefined where the log does not say it. */
  readonly far: OwnedAddress | undefined;
}

/** Reject reasons that explanations are remembered for; a log has two. */
const REASONS = 64;
/** Caveats of rules that may match, that are remembered. */
const DOUBTS = 1024;
const UNKNOWN_TYPE: Caveat = { kind: "icmp-type" };

/** Explanations of the flows of known interfaces. The rules that match are found anew for every flow, what follows from them once. */
export class FlowExplanations {
  readonly #history: NetworkHistory;
  readonly #pool: RulePool;
  readonly #cache = new ExplanationCache();
  readonly #reasons = new Map<string, number>();
  readonly #key = new ExplanationKey();
  readonly #peer = new Peer();
  readonly #found: Readonly<Record<RuleSource, RuleBits>> = {
    [DIRECT]: new RuleBits(),
    [DIRECT_DOUBTFUL]: new RuleBits(),
    [REPLY]: new RuleBits(),
    [REPLY_DOUBTFUL]: new RuleBits(),
  };
  /** What the network ACL decided, where it denied. */
  #denial: AclDecision | undefined;
  readonly #caveatNumbers = new BoundedCache<string, number>(DOUBTS, () => this.#caveats++);
  #caveats = 0;

  constructor(history: NetworkHistory, pool: RulePool) {
    this.#history = history;
    this.#pool = pool;
  }

  explain(flowCase: FlowCase): Explanation {
    const { flow, period, direction } = flowCase;
    const reason = rejectReason(flow);
    const reasonNumber = this.#reasonNumber(reason);
    const ruling = this.#rulingOf(flowCase);
    const key = this.#key;
    this.#begin(ruling, period.situation.cause, direction, reasonNumber);
    const denial = this.#denial;
    if (denial !== undefined) {
      key.add(period.situation.facts.aclNumber);
      key.add(2 * (denial.entry?.number ?? 65536) + (denial.unknownType ? 1 : 0));
    }
    if (ruling.rules !== undefined) key.addRules(this.#found[ruling.rules]);
    if (ruling.doubts !== undefined) {
      if (ruling.doubts !== ruling.rules) key.addRules(this.#found[ruling.doubts]);
      key.add(missingFields(flowCase, ruling.doubts));
    }
    const known = this.#cache.find(key);
    if (known !== undefined) return known;
    if (reasonNumber < 0) return this.#make(flowCase, ruling, reason, this.#caveatsOf(flowCase, ruling));
    return ruling.doubts === undefined
      ? this.#remember(flowCase, ruling, reason, this.#caveatsOf(flowCase, ruling))
      : this.#inDoubt(flowCase, ruling, reason, reasonNumber);
  }

  /** Finds the rules that matter, and what the network ACL does where that matters. */
  #rulingOf(flowCase: FlowCase): Ruling {
    const { flow, period, direction, far } = flowCase;
    const { action } = flow;
    const { hasGroups, unreadGroups } = period.situation;
    this.#denial = undefined;
    if (direction === undefined || action === undefined) {
      return hasGroups ? withoutFields(flow, direction !== undefined) : withoutGroups("allows");
    }
    if (far !== undefined) this.#peer.fill(far.ip, far.claims, period, flowCase.time);
    if (!hasGroups) return withoutGroups(action === "REJECT" ? this.#aclEffect(flowCase, direction) : "allows");
    const role = roleByFlags(flow);
    let found = this.#match(flowCase, direction, DIRECT);
    if (action === "ACCEPT") {
      if ((found & DIRECT) === 0 || role !== "initiator") found |= this.#match(flowCase, direction, REPLY);
      return acceptance(flow, role, found);
    }
    if ((found & DIRECT) === 0 && mayBeReply(flow, role)) found |= this.#match(flowCase, direction, REPLY);
    if ((found & (DIRECT | REPLY)) === 0) return unallowed(found, unreadGroups.length > 0);
    return rejection(flow, role, found, this.#aclEffect(flowCase, direction));
  }

  /** Finds the rules of the flow's direction, or those that let its replies pass. */
  #match(flowCase: FlowCase, direction: Direction, source: typeof DIRECT | typeof REPLY): number {
    const { flow, time, period, far } = flowCase;
    const isDirect = source === DIRECT;
    const sure = this.#found[source];
    const doubtful = this.#found[isDirect ? DIRECT_DOUBTFUL : REPLY_DOUBTFUL];
    sure.clear();
    doubtful.clear();
    const { tables, index } = period.situation.rules(isDirect ? direction : opposite(direction));
    const port = isDirect ? flow.dstport : flow.srcport;
    const service = far === undefined ? undefined : serviceKey(flow.protocol, port);
    if (service === undefined) {
      const world = worldAt(this.#history, period.recorder, time);
      const facts = factsOf(flowCase, source);
      for (const [i, table] of tables.entries()) {
        scanRules(table, facts, world, i * GROUP_STRIDE, sure, doubtful);
      }
    } else {
      const { data } = this.#pool;
      const bit = port !== undefined && hasPorts(flow.protocol) ? port >> PORTS_OF_BIT : -1;
      for (let i = 0; 3 * i < index.length; i++) {
        if (bit >= 0 && ((index[3 * i + (bit >> 5)] as number) & (1 << (bit & 31))) === 0) continue;
        const at = index[3 * i + 2] as number;
        matchRules(data, at, tables, i, service, this.#peer, i * GROUP_STRIDE, sure, doubtful);
      }
    }
    const found = (sure.length > 0 ? DIRECT : 0) | (doubtful.length > 0 ? DIRECT_DOUBTFUL : 0);
    return isDirect ? found : found * REPLY;
  }

  #aclEffect(flowCase: FlowCase, direction: Direction): AclEffect {
    const { period, far } = flowCase;
    // Network ACLs stand at the subnet's edge.
    if (far !== undefined && this.#peer.inSubnet) return "allows";
    const { aclTable } = period.situation.facts;
    if (aclTable === undefined) return "not-in-inventory";
    const decision = aclTable.decide(direction, factsOf(flowCase, DIRECT));
    if (decision.effect === "unknown") return decision.missing;
    if (decision.effect === "denies") this.#denial = decision;
    return decision.effect;
  }

  /** An explanation whose caveats come from rules: other rules may give the same ones, so what it says is looked up as well. */
  #inDoubt(flowCase: FlowCase, ruling: Ruling, reason: string | undefined, reasonNumber: number): Explanation {
    const key = this.#key;
    const found = { hash: key.hash, numbers: key.numbers.slice(0, key.length) };
    const caveats = this.#caveatsOf(flowCase, ruling);
    this.#begin(ruling, flowCase.period.situation.cause, flowCase.direction, reasonNumber);
    key.add(-1 - this.#caveatNumbers.get(JSON.stringify(caveats)));
    if (ruling.rules !== undefined) key.addRules(this.#found[ruling.rules]);
    const explanation = this.#cache.find(key) ?? this.#remember(flowCase, ruling, reason, caveats);
    this.#cache.remember(found.hash, found.numbers, explanation);
    return explanation;
  }

  #begin(ruling: Ruling, cause: number, direction: Direction | undefined, reasonNumber: number): void {
    const key = this.#key;
    key.clear();
    key.add(cause);
    key.add(4 * ruling.number + (direction === undefined ? 0 : direction === "ingress" ? 1 : 2));
    key.add(reasonNumber);
  }

  #remember(flowCase: FlowCase, ruling: Ruling, reason: string | undefined, caveats: readonly Caveat[]): Explanation {
    const explanation = this.#make(flowCase, ruling, reason, caveats);
    this.#cache.remember(this.#key.hash, this.#key.numbers.slice(0, this.#key.length), explanation);
    return explanation;
  }

  #make(
    { period, direction }: FlowCase,
    ruling: Ruling,
    rejectReason: string | undefined,
    caveats: readonly Caveat[],
  ): Explanation {
    const { situation } = period;
    const { state, interfaceType } = situation.facts;
    const { verdict, likely, rules: source } = ruling;
    const asReply = source === REPLY || source === REPLY_DOUBTFUL;
    const looked = asReply && direction !== undefined ? opposite(direction) : direction;
    const rules: readonly MatchedRule[] =
      source === undefined || looked === undefined
        ? []
        : matchedRules(state.groups, situation.rules(looked).tables, this.#found[source]);
    const denial = this.#denial;
    return Object.freeze({
      verdict,
      likely,
      direction,
      basis: state.basis,
      asOf: state.asOf,
      collectedAt: state.collectedAt,
      interfaceType,
      groups: state.groups,
      rules: Object.freeze(rules),
      asReply,
      rulesConsidered: looked === undefined ? 0 : situation.ruleCount[looked],
      acl: denial && state.acl && Object.freeze({ acl: state.acl, entry: denial.entry }),
      rejectReason,
      caveats: Object.freeze(caveats),
    });
  }

  #caveatsOf(flowCase: FlowCase, ruling: Ruling): readonly Caveat[] {
    const { period, time, direction } = flowCase;
    const { situation } = period;
    const {
      unreadGroups,
      facts: { state },
    } = situation;
    if (ruling.unreadGroups) return unreadGroups.map((id) => ({ kind: "not-in-inventory", part: "rules", id }));
    const { doubts } = ruling;
    if (this.#denial?.unknownType) return [...ruling.caveats, UNKNOWN_TYPE];
    if (doubts === undefined || direction === undefined) return ruling.caveats;
    const way = doubts === REPLY_DOUBTFUL ? opposite(direction) : direction;
    const world = worldAt(this.#history, period.recorder, time);
    const facts = factsOf(flowCase, doubts);
    const rules = matchedRules(state.groups, situation.rules(way).tables, this.#found[doubts]);
    return orderedCaveats([...ruling.caveats, ...rules.flatMap(({ rule }) => ruleDoubts(rule, facts, world))]);
  }

  /** 0 for none; negative for one too many to be remembered. */
  #reasonNumber(reason: string | undefined): number {
    if (reason === undefined) return 0;
    const known = this.#reasons.get(reason);
    if (known !== undefined) return known;
    if (this.#reasons.size >= REASONS) return -1;
    this.#reasons.set(reason, this.#reasons.size + 1);
    return this.#reasons.size;
  }
}

/** What rules of the flow's direction are held against, or, for its replies, those of the other one. */
function factsOf({ flow, far }: FlowCase, source: RuleSource): RuleFacts {
  const port = source === DIRECT || source === DIRECT_DOUBTFUL ? flow.dstport : flow.srcport;
  return { protocol: flow.protocol, port, peer: far?.ip };
}

/** The fields that rules in doubt may lack. */
function missingFields(flowCase: FlowCase, source: RuleSource): number {
  const { protocol, port, peer } = factsOf(flowCase, source);
  return (protocol === undefined ? 1 : 0) | (port === undefined ? 2 : 0) | (peer === undefined ? 4 : 0);
}
