import {
  type FlowExplainer,
  hasPorts,
  type InterfaceState,
  type NetworkAclEntry,
  type NetworkInterface,
  opposite,
} from "@tributary/context";
import { formatCount } from "../terminal/units.js";
import { type Explained, NOT_LOOKED_AT } from "./explain-flow.js";
import { interfaceFacts, missingParts } from "./interface-facts.js";
import { NetworkAt } from "./network-at.js";
import { type OpenRule, openRules } from "./open-rules.js";
import { concerns } from "./peer-ranges.js";
import type { PortUse } from "./port-users.js";
import { type Block, type Fact, type MarkedRow, type Report, type Step, text } from "./report.js";
import { entriesOf, entryRows, groupNotes, inOrOut, nameAndId, ruleBrief, ruleCells } from "./rule-rows.js";
import { type RuleUse, type UserOfRules, usersOfRules, usesOfRules } from "./rule-use.js";
import { targetAnswer } from "./target-answer.js";
import { targetJson } from "./target-json.js";
import { questionService, type TargetQuestion } from "./target-question.js";
import { count, NO_GROUPS, unusedStep, useStep } from "./use-steps.js";

/** So many members of a group are named; the rest is counted. */
const NAMED_MEMBERS = 8;
/** Where the ports begin that clients take for themselves. */
const CLIENT_PORTS = 1024;

/** Everything found out about one interface. */
export interface TargetFindings {
  readonly question: TargetQuestion;
  readonly state: InterfaceState;
  readonly open: readonly OpenRule[];
  readonly use: PortUse | undefined;
  readonly users: readonly UserOfRules[];
  readonly uses: readonly RuleUse[];
}

/** Explains who may use a service of one interface, and with `use` from a lake who did. `time` in ms. */
export function explainTarget(
  question: TargetQuestion,
  on: NetworkInterface,
  explainer: FlowExplainer,
  time: number,
  use: PortUse | undefined,
): Explained | undefined {
  const state = explainer.stateOf(on.id, time);
  if (state === undefined) return undefined;
  const network = new NetworkAt(explainer, state.interface, time);
  const open = openRules(question, state, network);
  const users = use === undefined ? [] : usersOfRules(use, open, question, network);
  const uses = usesOfRules(open, users);
  const findings: TargetFindings = { question, state, open, use, users, uses };
  const report: Report = {
    title: `${questionService(question)} ${question.direction === "ingress" ? "into" : "out of"} ${nameAndId(on.name, on.id)}${peerText(question)}`,
    answer: targetAnswer(findings),
    steps: [
      interfaceStep(findings, explainer),
      ruleStep(findings, network),
      aclStep(findings),
      ...(use === undefined ? [] : [useStep(findings, use, network), unusedStep(findings, use, network)]),
      { heading: "Limits", blocks: limits(findings) },
    ],
  };
  return { report, json: targetJson(findings) };
}

function peerText({ peer, direction }: TargetQuestion): string {
  return peer === undefined ? "" : ` ${direction === "ingress" ? "from" : "to"} ${peer}`;
}

function interfaceStep({ state }: TargetFindings, explainer: FlowExplainer): Step {
  const missing = missingParts(explainer.snapshots, state.interface);
  return {
    heading: "Interface",
    blocks: [{ kind: "facts", facts: interfaceFacts(state) }, ...(missing === undefined ? [] : [text(missing)])],
  };
}

function ruleStep({ question, state, open }: TargetFindings, network: NetworkAt): Step {
  const { direction } = question;
  const all = state.groups.flatMap(({ rules }) => (rules ?? []).filter((rule) => rule.direction === direction)).length;
  if (state.groups.length === 0) return { heading: "No security groups", blocks: [text(NO_GROUPS)] };
  const isUnknown = all === 0 && state.groups.some(({ rules }) => rules === undefined);
  const heading = isUnknown
    ? `The ${inOrOut(direction)} rules are not known`
    : `${formatCount(open.length)} of ${count(all, `${inOrOut(direction)} rule`, `${inOrOut(direction)} rules`)} ${open.length === 1 ? "fits" : "fit"}`;
  const notes = groupNotes(state.groups, direction);
  if (open.length === 0)
    return { heading, blocks: notes.length > 0 ? notes : [text("None is for this protocol and port.")] };
  const rows = open.map(
    ({ group, rule, mark, acl }): MarkedRow => ({
      mark: acl?.outcome === "denied" ? "denies" : acl?.outcome === "in part" ? "maybe" : mark,
      cells: [...ruleCells(group, rule, network), aclText(acl)],
      brief: `${ruleBrief(group, rule, network)}${acl === undefined ? "" : `; network ACL: ${aclText(acl)}`}`,
    }),
  );
  const peerColumn = direction === "ingress" ? "source" : "destination";
  const columns = ["rule", "protocol", "ports", peerColumn, "group", "description", "network ACL"];
  const members = memberFacts(open, network);
  return {
    heading,
    blocks: [
      { kind: "rows", columns, rows },
      ...(rows.some(({ mark }) => mark === "maybe")
        ? [text("? only a part of it, or the inventory does not tell.")]
        : []),
      ...(members.length === 0
        ? []
        : [text("What the rules name consists of:"), { kind: "facts", facts: members } as const]),
      ...notes,
    ],
  };
}

function aclText(acl: OpenRule["acl"]): string {
  if (acl === undefined) return "";
  if (acl.entries.length === 0) return "not within the subnet";
  return `${acl.outcome} by ${acl.entries.length === 1 ? "entry" : "entries"} ${acl.entries.join(", ")}`;
}

/** The members of the groups and the blocks of the prefix lists that open rules name. */
function memberFacts(open: readonly OpenRule[], network: NetworkAt): readonly Fact[] {
  const facts = open.flatMap(({ rule: { peer } }): readonly Fact[] => {
    if (peer.kind === "group") {
      const members = network
        .membersOf(peer.groupId)
        .map(({ name, addresses: [first], id }) => nameAndId(name, first ?? id));
      return [[peer.groupId, listed(members, "no interface known")]];
    }
    if (peer.kind === "prefix-list") {
      return [[peer.prefixListId, listed(network.prefixList(peer.prefixListId)?.cidrs ?? [], "not in the inventory")]];
    }
    return [];
  });
  return [...new Map(facts.map((fact) => [fact[0], fact])).values()];
}

function listed(items: readonly string[], none: string): string {
  if (items.length === 0) return none;
  const rest = items.length - NAMED_MEMBERS;
  return `${items.slice(0, NAMED_MEMBERS).join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`;
}

function aclStep({ question, state: { acl, interface: on } }: TargetFindings): Step {
  if (acl === undefined) {
    return { heading: "Network ACL", blocks: [text("The inventory knows none for the interface's subnet.")] };
  }
  const { direction, protocol, port } = question;
  const mark = (entry: NetworkAclEntry | undefined) => (entry?.action === "allow" ? "allows" : "denies");
  const there = entriesOf(acl, direction).filter((entry) => concerns(entry, protocol, port));
  const back = opposite(direction);
  const answers = entriesOf(acl, back).filter((entry) => concernsAnswers(entry, protocol));
  return {
    heading: `Network ACL ${nameAndId(acl.name, acl.id)}`,
    blocks: [
      text(`Tried in order, the first that fits decides. It does not apply within ${on.subnetId ?? "the subnet"}.`),
      entryRows(there, direction, mark),
      text("It keeps no state: answers have to pass, too, to the ports that clients take for themselves."),
      entryRows(answers, back, mark),
    ],
  };
}

/** Whether an entry is about answers, which go to any of the clients' ports. */
function concernsAnswers(entry: NetworkAclEntry, protocol: number | undefined): boolean {
  if (!concerns(entry, protocol, undefined)) return false;
  return !hasPorts(entry.protocol) || (entry.toPort ?? CLIENT_PORTS) >= CLIENT_PORTS;
}

function limits({ use }: TargetFindings): readonly Block[] {
  if (use === undefined) {
    return [text(NOT_LOOKED_AT), text("Nor at who used it: give the --lake with the flows.")];
  }
  const replies = "Replies do not count as use; a flow that several rules allow counts for each.";
  const skipped =
    use.skipped === 0
      ? ""
      : ` AWS left out ${count(use.skipped, "interval", "intervals")} of what the lake was made of (SKIPDATA), so use may be missing.`;
  const then = " Use is told by the rules of now, not by those of then.";
  return [text(NOT_LOOKED_AT), text(`${replies}${then}${skipped}`)];
}
