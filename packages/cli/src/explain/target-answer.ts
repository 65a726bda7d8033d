import { formatCount } from "../terminal/units.js";
import type { TargetFindings } from "./explain-target.js";
import type { OpenRule } from "./open-rules.js";
import { nameAndId } from "./rule-rows.js";
import { count, NO_GROUPS } from "./use-steps.js";

/** Who may use the asked service and whether anybody did, a sentence each. */
export function targetAnswer(findings: TargetFindings): readonly string[] {
  const { state } = findings;
  const rules = state.groups.length === 0 ? [NO_GROUPS] : rulesAnswer(findings);
  return [...rules, ...useAnswer(findings)];
}

function rulesAnswer({ question: { direction }, state, open }: TargetFindings): readonly string[] {
  const way = direction === "ingress" ? "in" : "out";
  const lacking = state.groups.filter(({ rules }) => rules === undefined);
  const names = lacking.map(({ name, id }) => nameAndId(name, id)).join(", ");
  if (lacking.length === 0) return open.length === 0 ? [`No rule lets it ${way}.`] : passing(open, way);
  if (open.length > 0)
    return [...passing(open, way), `The inventory lacks the rules of ${names}, which may let more ${way}.`];
  const asked = direction === "ingress" ? "who may reach it" : "where it may go";
  return [`The inventory lacks the rules of ${names}, so it is not known ${asked}.`];
}

/** What passes both the rules and the network ACL. */
function passing(open: readonly OpenRule[], way: string): readonly string[] {
  const stopped = open.filter(({ acl }) => acl?.outcome === "denied").length;
  const inPart = open.filter(({ acl }) => acl?.outcome === "in part").length;
  const passed = open.length - stopped;
  if (passed === 0) {
    const those = stopped === 1 ? "A rule" : `${formatCount(stopped)} rules`;
    return [`${those} would let it ${way}, but the network ACL stops all of it.`];
  }
  const part = inPart === 0 ? "" : `; the network ACL stops a part of what ${ofThem(inPart, passed)}`;
  const lets = `${count(passed, "rule lets", "rules let")} it ${way}${part}.`;
  if (stopped === 0) return [lets];
  return [lets, `${count(stopped, "more rule", "more rules")} would, but the network ACL stops all of that.`];
}

function ofThem(some: number, all: number): string {
  if (all === 1) return "it allows";
  return some === all ? "each of them allows" : `${formatCount(some)} of them ${some === 1 ? "allows" : "allow"}`;
}

function useAnswer({ question, use, users, uses }: TargetFindings): readonly string[] {
  if (use === undefined) return [];
  if (use.flowsOfInterface === 0)
    return ["The lake holds no flows of this interface in the window, so use is not observed."];
  const unused = uses.filter(({ flows }) => flows === 0).length;
  const others = question.direction === "ingress" ? "source" : "destination";
  const isLikely = users.length > 0 && users.every(({ user }) => user.likelyFlows === user.flows);
  return [
    `${count(users.length, others, `${others}s`)} ${isLikely ? "likely " : ""}used it in the window.`,
    ...(unused === 0 ? [] : [`${count(unused, "rule was", "rules were")} not used.`]),
  ];
}
