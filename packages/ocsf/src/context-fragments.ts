import { type Explanation, explanationSentence, type MatchedRule, ruleCondition } from "@tributary/context";
import { BoundedCache } from "@tributary/flow";
import { isoTime } from "./iso-time.js";
import { fieldsOf, flat, quote } from "./json-text.js";
import { networkActivity } from "./network-activity.js";

/** What an explanation adds to a document, each as fields after a comma. */
export interface ContextFragments {
  /** `status_detail`. */
  readonly statusDetail: string;
  /** `firewall_rule` and `enrichments`. */
  readonly ruleAndEnrichments: string;
  /** The keys of `unmapped`. */
  readonly unmapped: string;
}

/** Context adds at most this to a document, whatever names and descriptions hold. */
export const MAX_CONTEXT_BYTES = 2000;
/** What it adds to most documents at most: an interface with five groups, some matching rules, ordinary names. */
export const USUAL_CONTEXT_BYTES = 1000;

/** Rules that an enrichment lists; the others are counted, and joined from the table `security_group_rules`. */
const LISTED_RULES = 8;
/** As JSON text; an interface has at most 16 groups. */
const GROUPS_BYTES = 420;
const RULES_BYTES = 220;
const ACL_BYTES = 60;
const SENTENCE_BYTES = 400;
const RULE_NAME_BYTES = 80;
const RULE_UID_BYTES = 80;
const CONDITION_BYTES = 100;
const ENDPOINT_NAME_BYTES = 64;

const rendered = new WeakMap<Explanation, ContextFragments>();

/** The fields of an explanation, rendered once. */
export function contextFragments(explanation: Explanation): ContextFragments {
  const known = rendered.get(explanation);
  if (known !== undefined) return known;
  const fragments = {
    statusDetail: flat(`,"status_detail":${quote(within(explanationSentence(explanation), SENTENCE_BYTES))}`),
    ruleAndEnrichments: flat(
      rootFields({ firewall_rule: firewallRule(explanation), enrichments: enrichments(explanation) }),
    ),
    unmapped: flat(unmappedFields(explanation)),
  };
  rendered.set(explanation, fragments);
  return fragments;
}

const rootFields = (value: Parameters<typeof fieldsOf>[1]): string => fieldsOf(networkActivity.attributes, value);

/** The one rule that let the flow through. Replies do not count as use of a rule, and of several rules none decides alone. */
function firewallRule({ verdict, rules, caveats }: Explanation) {
  const [only] = rules;
  if (verdict !== "allowed-by-rule" || only === undefined || rules.length > 1 || onlyMayMatch(caveats))
    return undefined;
  const { id, description, direction } = only.rule;
  const condition = ruleCondition(only.rule);
  return {
    name: within(description === undefined || description === "" ? condition : description, RULE_NAME_BYTES),
    uid: within(id, RULE_UID_BYTES),
    type: "AWS security group rule",
    category: direction === "ingress" ? "inbound" : "outbound",
    condition: within(condition, CONDITION_BYTES),
  };
}

/** Whether the rules of an ACCEPT were named as a last resort. */
function onlyMayMatch(caveats: Explanation["caveats"]): boolean {
  return caveats.some((caveat) => caveat.kind !== "no-field" || caveat.field !== "tcp-flags");
}

/** Groups, matching rules and counts as JSON text: the whole rule sets are in the table `security_group_rules`. */
function enrichments(explanation: Explanation) {
  const { verdict, basis, groups, rules, asReply, rulesConsidered, acl, collectedAt } = explanation;
  if (basis === undefined) return undefined;
  const listedGroups = fitting(
    groups.map(({ id }) => id),
    GROUPS_BYTES,
  );
  const listedRules = fitting(rules.slice(0, LISTED_RULES).map(idOf), RULES_BYTES);
  const data = {
    groups: listedGroups,
    ...(listedGroups.length < groups.length ? { groups_truncated: true } : {}),
    rules: listedRules,
    ...(listedRules.length < rules.length ? { rules_truncated: true } : {}),
    rules_matching: rules.length,
    rules_total: rulesConsidered,
    ...(asReply ? { as_reply: true } : {}),
    ...(acl === undefined
      ? {}
      : { acl: within(acl.acl.id, ACL_BYTES, nestedBytes), acl_entry: acl.entry?.number ?? "*" }),
    ...(collectedAt === undefined ? {} : { inventory: isoTime(wholeSeconds(collectedAt)) }),
  };
  return [
    {
      name: "unmapped.sg_verdict",
      value: verdict,
      type: "AWS security groups",
      provider: "Tributary",
      data: JSON.stringify(data),
    },
  ];
}

const idOf = ({ rule }: MatchedRule): string => rule.id;

/** What a text takes as JSON text inside of JSON text, its escaped quotes included. */
const nestedBytes = (text: string): number => quote(JSON.stringify(text)).length - 2;

/** The first ids that fit into so many bytes. */
function fitting(ids: readonly string[], bytes: number): readonly string[] {
  let taken = 0;
  const fit: string[] = [];
  for (const id of ids) {
    // And a comma.
    taken += nestedBytes(id) + 1;
    if (taken > bytes) break;
    fit.push(id);
  }
  return fit;
}

function unmappedFields({ verdict, basis, asOf, likely }: Explanation): string {
  return (
    `,"sg_verdict":"${verdict}"` +
    (likely ? ',"sg_likely":"true"' : "") +
    (basis === undefined ? "" : `,"sg_basis":"${basis}"`) +
    (asOf === undefined ? "" : `,"sg_as_of":"${isoTime(wholeSeconds(asOf))}"`)
  );
}

/** Collections take seconds; parts of one say nothing. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

const jsonBytes = (text: string): number => quote(text).length;

/** A beginning of the text that takes at most so many bytes, as a JSON string unless told otherwise, the cut marked. */
function within(text: string, bytes: number, bytesOf = jsonBytes): string {
  if (bytesOf(text) <= bytes) return text;
  const characters = [...text];
  let length = Math.min(characters.length, bytes);
  // An escaped character takes up to twelve bytes.
  while (length > 0 && bytesOf(`${characters.slice(0, length).join("")}...`) > bytes) length--;
  return `${characters.slice(0, length).join("")}...`;
}

/** A name as endpoints carry it: cut when it takes more than 64 bytes as JSON text. */
export function endpointName(name: string): string {
  return within(name, ENDPOINT_NAME_BYTES);
}

const REMEMBERED_NAMES = 8192;
const nameFields = new BoundedCache<string, string>(REMEMBERED_NAMES, (name) =>
  flat(`,"name":${quote(endpointName(name))}`),
);

/** `name` of an endpoint as a field, or nothing. */
export function nameField(name: string | undefined): string {
  return name === undefined ? "" : nameFields.get(name);
}
