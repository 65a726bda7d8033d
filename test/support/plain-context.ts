import { type ExplainedFlow, explanationSentence, ruleCondition } from "@tributary/context";
import type { PlainDocument } from "./plain-mapping.js";

/**
 * What an explanation adds to a document, written plainly: attributes at the top, keys of `unmapped`, names of both ends. Shares only the
 * wording of sentences with the packages, and cuts nothing but sentences, so that inputs must have names and lists of ordinary length.
 */
export interface PlainContext {
  readonly attributes: PlainDocument;
  readonly unmapped: Readonly<Record<string, string | undefined>>;
  readonly srcName: string | undefined;
  readonly dstName: string | undefined;
}

/** Sentences take at most 400 bytes with their quotes; those here are ASCII without escapes. */
const cut = (sentence: string): string => (sentence.length <= 398 ? sentence : `${sentence.slice(0, 395)}...`);

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function plainContext({ explanation, srcName, dstName }: ExplainedFlow): PlainContext {
  const { verdict, likely, basis, asOf, collectedAt, groups, rules, asReply, rulesConsidered, acl, caveats } =
    explanation;
  const certain = caveats.every(
    ({ kind, ...rest }) => kind === "no-field" && "field" in rest && rest.field === "tcp-flags",
  );
  const only = verdict === "allowed-by-rule" && rules.length === 1 && certain ? rules[0]?.rule : undefined;
  return {
    attributes: {
      status_detail: cut(explanationSentence(explanation)),
      firewall_rule:
        only === undefined
          ? undefined
          : {
              name: only.description || ruleCondition(only),
              uid: only.id,
              type: "AWS security group rule",
              category: only.direction === "ingress" ? "inbound" : "outbound",
              condition: ruleCondition(only),
            },
      enrichments:
        basis === undefined || collectedAt === undefined
          ? undefined
          : [
              {
                name: "unmapped.sg_verdict",
                value: verdict,
                type: "AWS security groups",
                provider: "Tributary",
                data: JSON.stringify({
                  groups: groups.map(({ id }) => id),
                  rules: rules.slice(0, 8).map(({ rule }) => rule.id),
                  rules_truncated: rules.length > 8 ? true : undefined,
                  rules_matching: rules.length,
                  rules_total: rulesConsidered,
                  as_reply: asReply ? true : undefined,
                  acl: acl?.acl.id,
                  acl_entry: acl === undefined ? undefined : (acl.entry?.number ?? "*"),
                  inventory: seconds(collectedAt),
                }),
              },
            ],
    },
    unmapped: {
      sg_verdict: verdict,
      sg_likely: likely ? "true" : undefined,
      sg_basis: basis,
      sg_as_of: asOf === undefined ? undefined : seconds(asOf),
    },
    srcName,
    dstName,
  };
}
