import {
  type AclDecision,
  aclDecision,
  type Direction,
  type Explanation,
  explanationSentence,
  type FlowExplainer,
  type InterfaceState,
  ipAddress,
  type NetworkAclEntry,
  opposite,
  type RuleFacts,
  ruleMatch,
} from "@tributary/context";
import type { VpcFlow } from "@tributary/flow";
import { explainedJson } from "./explained-json.js";
import { flowStep, roleText, serviceText, title } from "./flow-facts.js";
import type { LoggedFlow } from "./flow-line.js";
import { interfaceFacts, missingParts } from "./interface-facts.js";
import { NetworkAt } from "./network-at.js";
import { type Block, type Mark, type Report, type Step, text } from "./report.js";
import {
  entriesOf,
  entryName,
  entryRows,
  groupNotes,
  inOrOut,
  type JudgedRule,
  judgedRules,
  nameAndId,
  ruleRows,
} from "./rule-rows.js";

/** Something explained, for people and for scripts. */
export interface Explained {
  readonly report: Report;
  readonly json: unknown;
}

/** What no inventory of interfaces and groups tells. */
export const NOT_LOOKED_AT =
  "Not looked at: route tables, load balancers and their targets, the host's own firewall, Network Firewall, VPC Block Public Access.";

/** Explains one logged flow step by step. */
export function explainFlow({ flow, time }: LoggedFlow, explainer: FlowExplainer): Explained {
  const explained = explainer.explain(flow, time);
  const { explanation, recorder } = explained;
  const state = recorder === undefined ? undefined : explainer.stateOf(recorder.id, time);
  const answer = [explanationSentence(explanation)];
  if (state === undefined) {
    const steps = [flowStep(flow, time, explained), unknownStep(flow, explainer)];
    return { report: { title: title(flow), answer, steps }, json: explainedJson(flow, time, explained, undefined) };
  }
  const network = new NetworkAt(explainer, state.interface, time);
  const judged = judge(flow, explanation.direction, state, network);
  const steps = [
    flowStep(flow, time, explained),
    interfaceStep(state, explanation, explainer),
    ...(judged === undefined || state.groups.length === 0
      ? []
      : [ruleStep(judged, state, network), replyStep(flow, judged, explanation, network)]),
    ...(judged === undefined ? [] : [aclStep(judged, state, explanation, network)]),
    { heading: "Limits", blocks: [text(NOT_LOOKED_AT)] },
  ];
  return {
    report: { title: title(flow), answer, steps },
    json: explainedJson(flow, time, explained, { state, judged }),
  };
}

/** What the rules of both directions say to a flow whose direction is known. */
export interface JudgedFlow {
  readonly direction: Direction;
  readonly facts: RuleFacts;
  /** The far end as packets name it. */
  readonly peer: string | undefined;
  readonly direct: readonly JudgedRule[];
  readonly reply: readonly JudgedRule[];
}

function judge(
  flow: VpcFlow,
  direction: Direction | undefined,
  { groups }: InterfaceState,
  { world }: NetworkAt,
): JudgedFlow | undefined {
  if (direction === undefined) return undefined;
  const peer = direction === "ingress" ? (flow.pktSrcaddr ?? flow.srcaddr) : (flow.pktDstaddr ?? flow.dstaddr);
  const facts = {
    protocol: flow.protocol,
    port: flow.dstport,
    peer: peer === undefined ? undefined : ipAddress(peer),
  };
  const replyFacts = { ...facts, port: flow.srcport };
  const other = opposite(direction);
  return {
    direction,
    facts,
    peer,
    direct: judgedRules(groups, direction, (rule) => ruleMatch(rule, facts, world)),
    reply: judgedRules(groups, other, (rule) => ruleMatch(rule, replyFacts, world)),
  };
}

function unknownStep(flow: VpcFlow, explainer: FlowExplainer): Step {
  const held = explainer.snapshots.map(({ accountId, region }) => `${accountId} in ${region}`).join(", ");
  const missing = `The inventory holds ${held === "" ? "nothing" : `account ${held}`}.`;
  const remedy = `If ${flow.interfaceId ?? "the interface"} exists, collect a newer inventory of its account and region.`;
  return { heading: "Interface", blocks: [text(missing), text(remedy), text(NOT_LOOKED_AT)] };
}

function interfaceStep(state: InterfaceState, { direction }: Explanation, explainer: FlowExplainer): Step {
  const missing = missingParts(explainer.snapshots, state.interface);
  const way =
    direction === undefined
      ? "Neither the log nor the addresses tell whether the flow came in or went out."
      : `Seen from it the flow ${direction === "ingress" ? "came in" : "went out"}.`;
  return {
    heading: "Interface",
    blocks: [
      { kind: "facts", facts: interfaceFacts(state) },
      text(way),
      ...(missing === undefined ? [] : [text(missing)]),
    ],
  };
}

function ruleStep(
  { direction, direct, facts, peer }: JudgedFlow,
  { groups }: InterfaceState,
  network: NetworkAt,
): Step {
  const end = direction === "ingress" ? "from" : "to";
  const asked = `${serviceText(facts.protocol, facts.port)} ${end} ${peer ?? "an unknown address"}`;
  const blocks: readonly Block[] = [
    ...groupNotes(groups, direction),
    ...(direct.length === 0 ? [] : [text(`Marked: what lets ${asked} pass.`), ruleRows(direct, direction, network)]),
  ];
  const heading = direction === "ingress" ? "Inbound rules" : "Outbound rules";
  return { heading: `${heading}: ${countOf(direct)}`, blocks };
}

function countOf(rules: readonly JudgedRule[]): string {
  const matching = rules.filter(({ match }) => match === "yes").length;
  const possible = rules.filter(({ match }) => match === "maybe").length;
  const perhaps = possible === 0 ? "" : `, ${possible} may match`;
  if (rules.length === 0) return "none";
  return `${rules.length}, ${matching === 0 ? "none matches" : `${matching} ${matching === 1 ? "matches" : "match"}`}${perhaps}`;
}

function replyStep(flow: VpcFlow, judged: JudgedFlow, { asReply }: Explanation, network: NetworkAt): Step {
  const other = opposite(judged.direction);
  const matching = judged.reply.filter(({ match }) => match !== "no");
  const end = other === "ingress" ? "from" : "to";
  const asked = `${serviceText(flow.protocol, flow.srcport)} ${end} ${judged.peer ?? "an unknown address"}`;
  const found =
    matching.length === 0
      ? text(
          `None of the ${judged.reply.length} ${inOrOut(other)} rules lets ${asked} pass, so it is no reply to that.`,
        )
      : text(
          `As a reply it would belong to ${asked}. ${matching.length} of ${judged.reply.length} ${inOrOut(other)} rules ${matching.length === 1 ? "lets" : "let"} that pass:`,
        );
  return {
    heading: asReply ? "As a reply: yes" : "As a reply",
    blocks: [
      found,
      ...(matching.length === 0 ? [] : [ruleRows(matching, other, network)]),
      ...roleText(flow).map(text),
    ],
  };
}

function aclStep(judged: JudgedFlow, state: InterfaceState, { acl: denied }: Explanation, network: NetworkAt): Step {
  const { direction, facts } = judged;
  const { acl, interface: on } = state;
  if (acl === undefined) {
    return { heading: "Network ACL", blocks: [text("The inventory knows none for the interface's subnet.")] };
  }
  const heading = `Network ACL ${nameAndId(acl.name, acl.id)}`;
  const neighbour = facts.peer === undefined ? undefined : network.neighbour(on.subnetId, facts.peer);
  const entries = entriesOf(acl, direction);
  if (neighbour !== undefined) {
    const name = nameAndId(neighbour.name, neighbour.id);
    const why = `It does not apply: the other end, ${name}, is in the same subnet.`;
    return { heading, blocks: [text(why)] };
  }
  const decision = aclDecision(acl, direction, facts);
  return {
    heading: denied === undefined ? heading : `${heading}: it stopped the flow`,
    blocks: [
      text(`Tried in order; it keeps no state, so replies are tried, too. ${aclConclusion(decision, direction)}`),
      entryRows(entries, direction, (entry) => aclMark(decision, entry)),
    ],
  };
}

function aclConclusion({ effect, entry }: AclDecision, direction: Direction): string {
  const way = inOrOut(direction);
  if (effect === "unknown") return `The log lacks a field, so it is not known which ${way} entry decides.`;
  if (entry !== undefined) {
    return `${way === "inbound" ? "Inbound" : "Outbound"} entry ${entryName(entry)} decides: ${entry.action}.`;
  }
  return effect === "denies"
    ? `No ${way} entry matches, which denies.`
    : `The log lacks a field, but each ${way} entry that may decide allows it.`;
}

function aclMark({ effect, entry: decisive }: AclDecision, entry: NetworkAclEntry | undefined): Mark {
  // Without an entry that decides it is the end of the list that denies.
  if (entry !== decisive || effect === "unknown" || (effect === "allows" && entry === undefined)) return "none";
  return effect;
}
