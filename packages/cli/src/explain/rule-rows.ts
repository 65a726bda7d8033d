import {
  type Direction,
  END_OF_ACL,
  type Match,
  type NetworkAcl,
  type NetworkAclEntry,
  peerText,
  portsText,
  protocolText,
  type RulePeer,
  type SecurityGroup,
  type SecurityGroupRule,
} from "@tributary/context";
import type { NetworkAt } from "./network-at.js";
import { type Block, type Mark, type MarkedRow, type RowsBlock, text } from "./report.js";

/** A rule with its group and what it says to a flow. */
export interface JudgedRule {
  readonly group: SecurityGroup;
  readonly rule: SecurityGroupRule;
  readonly match: Match;
}

/** The rules of one direction of some groups, in the order of the groups. */
export function judgedRules(
  groups: readonly SecurityGroup[],
  direction: Direction,
  matchOf: (rule: SecurityGroupRule) => Match,
): readonly JudgedRule[] {
  return groups.flatMap((group) =>
    (group.rules ?? [])
      .filter((rule) => rule.direction === direction)
      .map((rule) => ({ group, rule, match: matchOf(rule) })),
  );
}

export const inOrOut = (direction: Direction): string => (direction === "ingress" ? "inbound" : "outbound");

const MARKS: Readonly<Record<Match, Mark>> = { yes: "allows", maybe: "maybe", no: "none" };

/** All of the rules, as the console lists them. */
export function ruleRows(rules: readonly JudgedRule[], direction: Direction, network: NetworkAt): RowsBlock {
  return {
    kind: "rows",
    columns: ["rule", "protocol", "ports", direction === "ingress" ? "source" : "destination", "group", "description"],
    rows: rules.map(({ group, rule, match }) => ({
      mark: MARKS[match],
      cells: ruleCells(group, rule, network),
      brief: ruleBrief(group, rule, network),
    })),
  };
}

export function ruleCells(group: SecurityGroup, rule: SecurityGroupRule, network: NetworkAt): readonly string[] {
  return [
    rule.id,
    rule.protocol === -1 ? "all" : protocolText(rule.protocol),
    portsText(rule.protocol, rule.fromPort, rule.toPort) || "all",
    peerWithName(rule.peer, network),
    nameAndId(group.name, group.id),
    rule.description ?? "",
  ];
}

/** `tcp 443 from 0.0.0.0/0, of web (sg-…): HTTPS from everywhere`. */
export function ruleBrief(group: SecurityGroup, rule: SecurityGroupRule, network: NetworkAt): string {
  const ports = portsText(rule.protocol, rule.fromPort, rule.toPort);
  const condition = `${protocolText(rule.protocol)}${ports && ` ${ports}`} ${rule.direction === "ingress" ? "from" : "to"} ${peerWithName(rule.peer, network)}`;
  const description = rule.description === undefined || rule.description === "" ? "" : `: ${rule.description}`;
  return `${condition}, of ${nameAndId(group.name, group.id)}${description}`;
}

/** What no rules at all means, and of which groups the rules are not known. */
export function groupNotes(groups: readonly SecurityGroup[], direction: Direction): readonly Block[] {
  return groups.flatMap((group) => {
    const name = nameAndId(group.name, group.id);
    if (group.rules === undefined) return [text(`The inventory lacks the rules of ${name}.`)];
    if (group.rules.some((rule) => rule.direction === direction)) return [];
    return [text(`${name} has no ${inOrOut(direction)} rules.`)];
  });
}

function peerWithName(peer: RulePeer, network: NetworkAt): string {
  switch (peer.kind) {
    case "cidr":
      return peer.cidr;
    case "prefix-list":
      return nameAndId(network.prefixList(peer.prefixListId)?.name, peerText(peer));
    case "group":
      return `${nameAndId(network.group(peer.groupId)?.name, peer.groupId)}${peer.active ? "" : ", stale"}`;
  }
}

/** `web (sg-…)`, or the id alone. */
export function nameAndId(name: string | undefined, id: string): string {
  return name === undefined || name === "" ? id : `${name} (${id})`;
}

/** The entries of one direction in the order in which they are tried, without the `*` at the end. */
export function entriesOf(acl: NetworkAcl, direction: Direction): readonly NetworkAclEntry[] {
  return acl.entries
    .filter((entry) => entry.direction === direction && entry.number < END_OF_ACL)
    .sort((a, b) => a.number - b.number);
}

/** The entries and the `*` that denies the rest, for which `markOf` gets undefined. */
export function entryRows(
  entries: readonly NetworkAclEntry[],
  direction: Direction,
  markOf: (entry: NetworkAclEntry | undefined) => Mark,
): RowsBlock {
  const rows = entries.map((entry): MarkedRow => ({ mark: markOf(entry), cells: entryCells(entry) }));
  const end: MarkedRow = { mark: markOf(undefined), cells: [entryName(undefined), "deny", "all", "all", "all"] };
  return {
    kind: "rows",
    columns: ["entry", "action", "protocol", "ports", direction === "ingress" ? "source" : "destination"],
    rows: [...rows, end],
  };
}

function entryCells(entry: NetworkAclEntry): readonly string[] {
  const isIcmp = entry.protocol === 1 || entry.protocol === 58;
  const [from, to] = isIcmp ? [entry.icmpType, entry.icmpCode] : [entry.fromPort, entry.toPort];
  return [
    entryName(entry),
    entry.action,
    entry.protocol === -1 ? "all" : protocolText(entry.protocol),
    portsText(entry.protocol, from, to) || "all",
    entry.cidr,
  ];
}

/** Its number, or `*` for the end of the list. */
export const entryName = (entry: NetworkAclEntry | undefined): string =>
  entry === undefined ? "*" : String(entry.number);
