import {
  asksForIcmpType,
  type InterfaceState,
  type IpRange,
  ruleMatch,
  type SecurityGroup,
  type SecurityGroupRule,
} from "@tributary/context";
import { common } from "./ip-blocks.js";
import type { NetworkAt } from "./network-at.js";
import { concerns, decideBlock, rangesOf } from "./peer-ranges.js";
import type { Mark } from "./report.js";
import { entriesOf, entryName } from "./rule-rows.js";
import { peerBlock, type TargetQuestion } from "./target-question.js";

/** A rule that lets a service pass, for all of the asked other ends or a part of them. */
export interface OpenRule {
  readonly group: SecurityGroup;
  readonly rule: SecurityGroupRule;
  /** `maybe` for a part only, or where the inventory does not tell. */
  readonly mark: Mark;
  /** The addresses of which both the rule and the question speak; undefined when the inventory does not tell. */
  readonly blocks: readonly IpRange[] | undefined;
  /** What the network ACL does with them; undefined when none is known. */
  readonly acl: AclVerdict | undefined;
}

export interface AclVerdict {
  readonly outcome: "allowed" | "denied" | "in part";
  /** Names of the entries that decide, `*` for the end; none within a subnet, where network ACLs do not apply. */
  readonly entries: readonly string[];
}

/** The rules of the groups that let the asked service pass. */
export function openRules(question: TargetQuestion, state: InterfaceState, network: NetworkAt): readonly OpenRule[] {
  return state.groups.flatMap((group) =>
    (group.rules ?? []).flatMap((rule) => {
      const open = openRule(question, group, rule, state, network);
      return open === undefined ? [] : [open];
    }),
  );
}

function openRule(
  question: TargetQuestion,
  group: SecurityGroup,
  rule: SecurityGroupRule,
  state: InterfaceState,
  network: NetworkAt,
): OpenRule | undefined {
  const { direction, protocol, port } = question;
  if (rule.direction !== direction) return undefined;
  // Without an address a rule may match at most; one that does not is for other protocols or ports, or stale.
  const isOther =
    protocol !== undefined && ruleMatch(rule, { protocol, port, peer: undefined }, network.world) === "no";
  if (isOther || (rule.peer.kind === "group" && !rule.peer.active)) return undefined;
  const asked = peerBlock(question);
  const ranges = rangesOf(rule.peer, network);
  if (ranges === undefined) return { group, rule, mark: "maybe", blocks: undefined, acl: undefined };
  const blocks = asked === undefined ? ranges : ranges.flatMap((range) => common(range, asked) ?? []);
  if (asked !== undefined && blocks.length === 0) return undefined;
  const isWhole = asked === undefined || blocks.some((block) => block === asked || sameBlock(block, asked));
  const mark = asksForIcmpType(rule) || !isWhole ? "maybe" : "allows";
  return { group, rule, mark, blocks, acl: aclVerdict(question, blocks, state, network) };
}

const sameBlock = (one: IpRange, other: IpRange): boolean => one.first === other.first && one.last === other.last;

/** What the network ACL does with the blocks together. Single addresses of the interface's own subnet it leaves alone. */
function aclVerdict(
  { direction, protocol, port }: TargetQuestion,
  blocks: readonly IpRange[],
  { acl, interface: on }: InterfaceState,
  network: NetworkAt,
): AclVerdict | undefined {
  if (acl === undefined || blocks.length === 0) return undefined;
  const far = blocks.filter((block) => !network.isNeighbour(on.subnetId, block));
  if (far.length === 0) return { outcome: "allowed", entries: [] };
  const entries = entriesOf(acl, direction).filter((entry) => concerns(entry, protocol, port));
  const decisions = far.map((block) => decideBlock(entries, block));
  const outcomes = new Set(decisions.map(({ outcome }) => outcome));
  if (far.length < blocks.length) outcomes.add("allowed");
  const [only] = outcomes;
  const names = new Set(decisions.flatMap((decision) => decision.entries.map(entryName)));
  return { outcome: outcomes.size === 1 && only !== undefined ? only : "in part", entries: [...names] };
}
