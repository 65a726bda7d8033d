import type { Caveat, Explanation, MatchedRule } from "./explanation.js";
import { entryCondition, groupText, ruleCondition, shortName } from "./rule-text.js";

/**
 * What an explanation says, in sentences for `status_detail` and for people. They hold nothing of the single flow, so that equal
 * explanations share them. The first one gives the cause; the others, what keeps it from being certain.
 */
export function explanationSentence(explanation: Explanation): string {
  return [
    cause(explanation),
    ...basis(explanation),
    ...guess(explanation),
    ...explanation.caveats.map(caveatText),
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
  const { verdict, likely, direction, interfaceType, rejectReason } = explanation;
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
          ? `${explanation.caveats.some(isAclUnknown) ? "Something" : "The network ACL lets it pass, too, so something"} else stopped it: a connection already closed, Block Public Access or encryption controls.`
          : `The log names what stopped it: ${REJECT_REASONS[rejectReason] ?? shortName(rejectReason)}.`
      }`;
    case "no-security-groups":
      return `The interface${interfaceType === undefined || interfaceType === "interface" ? "" : ` (${interfaceType.replaceAll("_", " ")})`} has no security groups.`;
    case "unexplained":
      return unexplained(explanation, way);
    case "unknown-interface":
      return "The interface is in no inventory.";
  }
}

const REJECT_REASONS: Readonly<Record<string, string>> = {
  BPA: "VPC Block Public Access (BPA)",
  EC: "encryption controls (EC)",
};

const isAclUnknown = (caveat: Caveat): boolean => caveat.kind === "not-in-inventory" && caveat.part === "network-acls";

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

function noRule({ groups, rulesConsidered }: Explanation, way: string): string {
  const names = listed(groups.map(groupText));
  const direction = way === "in" ? "inbound" : "outbound";
  if (rulesConsidered === 0) return `${names} ${groups.length === 1 ? "has" : "have"} no ${direction} rules.`;
  return rulesConsidered === 1
    ? `The only ${direction} rule of ${names} does not let it ${way}.`
    : `None of the ${rulesConsidered} ${direction} rules of ${names} lets it ${way}.`;
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
  if (caveats.some((caveat) => caveat.kind === "no-field" || caveat.kind === "not-in-inventory")) {
    return `What is known of ${listed(groups.map(groupText))} does not explain it.`;
  }
  return `No rule of ${listed(groups.map(groupText))} lets it ${way}, and it is no reply to anything that they allow: perhaps a connection that outlived its rule.`;
}

function basis({ basis: found, asOf }: Explanation): readonly string[] {
  if (found === "later" && asOf !== undefined) {
    return [`The inventory begins after the flow, at ${isoSecond(asOf)}: its first state was taken.`];
  }
  return found === "tombstone" ? ["The interface is gone since: its last known state was taken."] : [];
}

/** To the second, as all times in documents are. */
function isoSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function guess({ likely, caveats, verdict }: Explanation): readonly string[] {
  if (!likely || caveats.some((caveat) => caveat.kind !== "no-field" || caveat.field !== "tcp-flags")) return [];
  return verdict === "no-rule-matches" || caveats.length > 0
    ? []
    : ["Rules in both directions fit, so the lower port was taken for the service."];
}

function caveatText(caveat: Caveat): string {
  switch (caveat.kind) {
    case "no-field":
      return NO_FIELD[caveat.field];
    case "icmp-type":
      return "VPC flow logs hold no ICMP type, which a rule asks for.";
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
