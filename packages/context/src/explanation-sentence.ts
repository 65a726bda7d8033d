import type { Caveat, Explanation, MatchedRule } from "./explanation.js";
import { hasPorts } from "./rule-match.js";
import { entryCondition, groupText, peerText, ruleCondition, shortName } from "./rule-text.js";

/**
 * What an explanation says, in sentences for `status_detail` and for people. They hold nothing of the single flow, so that equal
 * explanations share them. The first one gives the cause; the others, what keeps it from being certain.
 */
export function explanationSentence(explanation: Explanation): string {
  return [
    cause(explanation),
    ...basis(explanation),
    ...guess(explanation),
    ...explanation.caveats.map((caveat) => caveatText(caveat, explanation)),
  ].join(" ");
}

/** So many rules or groups are named; the others are counted. */
const NAMED = 2;

function listed(items: readonly string[]): string {
  const named = items.slice(0, NAMED);
  const rest = items.length - named.length;
  if (rest > 0) return `${named.join(", ")} and ${rest} more`;
  return named.join(" and ");
}

function cause(explanation: Explanation): string {
  const { verdict, likely, direction, rejectReason, caveats } = explanation;
  const way = direction === "egress" ? "out" : "in";
  const allowing = allowingRules(explanation);
  switch (verdict) {
    case "allowed-by-rule":
      return `${likely ? "Likely allowed" : "Allowed"} by ${allowing}.`;
    case "return-traffic":
      return `${likely ? "Likely a reply" : "Reply"} to a connection let ${way === "in" ? "out" : "in"} by ${allowing}.`;
    case "no-rule-matches":
      return noRule(explanation, way);
    case "blocked-by-network-acl":
      return `${stopped(explanation)}${explanation.rules.length === 0 ? "" : ` ${allowedAnyway(explanation)}`}`;
    case "blocked-elsewhere":
      return `${allowedAnyway(explanation)} ${
        rejectReason === undefined
          ? caveats.some(isAclUnknown)
            ? `Something else stopped it: perhaps the network ACL, ${OTHER_CAUSES}.`
            : `The network ACL does not stop it, so something else did: ${OTHER_CAUSES}.`
          : namedReason(rejectReason)
      }`;
    case "no-security-groups":
      return withoutGroups(explanation);
    case "unexplained":
      return unexplained(explanation, way);
    case "unknown-interface":
      return caveats.length === 0
        ? "The interface is in no inventory."
        : "It is not known which interface recorded it.";
  }
}

const REJECT_REASONS: Readonly<Record<string, string>> = {
  BPA: "VPC Block Public Access (BPA)",
  EC: "encryption controls (EC)",
};

const OTHER_CAUSES = "a connection already closed, Block Public Access or encryption controls";

/** Whether a caveat of a reject that rules allow says that the network ACL was not, or not surely, decided. */
const isAclUnknown = (caveat: Caveat): boolean =>
  caveat.kind === "no-field" ? !isFlagsMissing(caveat) : caveat.kind === "not-in-inventory";

/** `rule sgr-… of web (sg-…): tcp 443 from 0.0.0.0/0`, or `3 rules: sgr-… of web, …`. */
function allowingRules({ rules }: Explanation): string {
  const [only] = rules;
  if (only !== undefined && rules.length === 1) {
    return `rule ${only.rule.id} of ${groupText(only.group)}: ${ruleCondition(only.rule)}`;
  }
  return `${rules.length} rules: ${listed(rules.map(ruleOfGroup))}`;
}

function ruleOfGroup({ group, rule }: MatchedRule): string {
  return `${rule.id} of ${group.name === undefined ? group.id : shortName(group.name)}`;
}

function allowedAnyway(explanation: Explanation): string {
  if (explanation.rules.length === 0) return "No security group stands in its way.";
  return `The groups allow it${explanation.asReply ? " as a reply" : ""}, by ${allowingRules(explanation)}.`;
}

function withoutGroups({ interfaceType, rejectReason, caveats }: Explanation): string {
  const type =
    interfaceType === undefined || interfaceType === "interface" ? "" : ` (${interfaceType.replaceAll("_", " ")})`;
  const acl = caveats.length === 0 ? "" : ", and it is not known what the network ACL did";
  const reason = rejectReason === undefined ? "" : ` ${namedReason(rejectReason)}`;
  return `The interface${type} has no security groups${acl}.${reason}`;
}

function namedReason(rejectReason: string): string {
  return `The log names what stopped it: ${REJECT_REASONS[rejectReason] ?? shortName(rejectReason)}.`;
}

function noRule({ likely, groups, rulesConsidered }: Explanation, way: string): string {
  const names = listed(groups.map(groupText));
  const direction = way === "in" ? "inbound" : "outbound";
  if (rulesConsidered === 0) return `${names} ${groups.length === 1 ? "has" : "have"} no ${direction} rules.`;
  return rulesConsidered === 1
    ? `The only ${direction} rule of ${names} ${likely ? "likely " : ""}does not let it ${way}.`
    : `${likely ? "Likely none" : "None"} of the ${rulesConsidered} ${direction} rules of ${names} lets it ${way}.`;
}

function stopped({ acl, direction }: Explanation): string {
  if (acl === undefined) return "Stopped by the network ACL.";
  const { acl: list, entry } = acl;
  const name = list.name === undefined ? list.id : `${shortName(list.name)} (${list.id})`;
  if (entry === undefined) {
    return `No ${direction === "egress" ? "outbound" : "inbound"} entry of network ACL ${name} lets it pass.`;
  }
  return `Stopped by entry ${entry.number} of network ACL ${name}, ${entryCondition(entry)}.`;
}

function unexplained({ caveats, groups }: Explanation, way: string): string {
  if (caveats.some((caveat) => caveat.kind === "no-field")) return "It cannot be explained.";
  if (caveats.length > 0) {
    return `What is known of ${listed(groups.map(groupText))} does not explain it.`;
  }
  return `No rule of ${listed(groups.map(groupText))} lets it ${way}, and it is no reply to anything that they allow: perhaps a connection that outlived its rule.`;
}

function basis({ basis: found, asOf }: Explanation): readonly string[] {
  if (found === "later" && asOf !== undefined) {
    return [`This is known only since ${isoSecond(asOf)}, after the flow: the first known state was taken.`];
  }
  return found === "tombstone" ? ["The interface is gone by now: what was known of it then was taken."] : [];
}

/** To the second, as all times in documents are. */
function isoSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** What it rests on, where no caveat says that. */
function guess(explanation: Explanation): readonly string[] {
  const { likely, caveats, verdict, direction, rules } = explanation;
  if (!likely) return [];
  if (caveats.length > 0) {
    return verdict === "return-traffic" && mayBeDirect(explanation) && !caveats.some(isFlagsMissing)
      ? [
          `An ${direction === "egress" ? "outbound" : "inbound"} rule may fit as well, so the lower port was taken for the service.`,
        ]
      : [];
  }
  switch (verdict) {
    case "blocked-by-network-acl":
    case "blocked-elsewhere":
      return ["Its ports look like those of a reply."];
    case "allowed-by-rule":
      // Rules for other protocols, or for all, also fit flows without ports.
      if (!rules.every(({ rule }) => hasPorts(rule.protocol))) {
        return ["Rules in both directions fit, and nothing tells that it is a reply."];
      }
  }
  return ["Rules in both directions fit, so the lower port was taken for the service."];
}

const isFlagsMissing = (caveat: Caveat): boolean => caveat.kind === "no-field" && caveat.field === "tcp-flags";

/** Whether caveats of a reply are about other rules than those that let it pass: rules that may match it directly. */
function mayBeDirect({ caveats, rules }: Explanation): boolean {
  const named = new Set(rules.map(({ rule }) => peerText(rule.peer)));
  return caveats.some(
    (caveat) => caveat.kind === "not-in-inventory" && caveat.id !== undefined && !named.has(caveat.id),
  );
}

function caveatText(caveat: Caveat, { verdict }: Explanation): string {
  switch (caveat.kind) {
    case "no-field":
      return NO_FIELD[caveat.field];
    case "ports-of-a-first-packet":
      return "Its ports look like those of a first packet, though.";
    case "icmp-type":
      return `VPC flow logs hold no ICMP type, which ${verdict === "blocked-by-network-acl" ? "an entry" : "a rule"} asks for.`;
    case "not-in-inventory":
      return notInInventory(caveat);
  }
}

const NO_FIELD: Readonly<Record<Extract<Caveat, { kind: "no-field" }>["field"], string>> = {
  "interface-id": "The log has no interface-id.",
  action: "The log has no action.",
  "flow-direction": "The log has no flow-direction, and the addresses do not tell it.",
  protocol: "The log has no protocol.",
  port: "The log lacks a port.",
  address: "The log lacks the address of the other end.",
  "tcp-flags": "The log has no tcp-flags, so the lower port was taken for the service.",
};

function notInInventory({ part, id = "" }: Extract<Caveat, { kind: "not-in-inventory" }>): string {
  switch (part) {
    case "rules":
      return `The inventory lacks the rules of ${id}.`;
    case "prefix-list":
      return `The inventory lacks the entries of prefix list ${id}.`;
    case "group-members":
      return `The inventory lacks the members of ${id}.`;
    case "network-acls":
      return "The inventory lacks the network ACL of the subnet.";
  }
}
