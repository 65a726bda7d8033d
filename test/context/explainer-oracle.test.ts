import { isDeepStrictEqual } from "node:util";
import { FlowExplainer, VERDICTS } from "@tributary/context";
import { beforeAll, describe, expect, it } from "vitest";
import { naiveExplanation } from "../support/naive-verdict.js";
import { plainExplanation } from "../support/plain-explanation.js";
import { RandomFlows } from "../support/random-flow.js";
import { randomNetwork } from "../support/random-network.js";
import { SeededRandom } from "../support/seeded-random.js";

const FIRST_SEED = 20260500;
const NETWORKS = 700;
const FLOWS_EACH = 150;
/** So often every kind of answer must occur, or the cases have gone hollow. */
const OFTEN = 100;
const SELDOM = 10;

const EXPECTED_KINDS: readonly string[] = [
  ...VERDICTS.map((verdict) => `verdict ${verdict}`),
  ...["exact", "later", "tombstone"].map((basis) => `basis ${basis}`),
  ...["allowed-by-rule", "return-traffic", "no-rule-matches", "blocked-elsewhere"].flatMap((verdict) => [
    `${verdict}, likely`,
    `${verdict}, certain`,
  ]),
  ...["return-traffic", "blocked-by-network-acl", "blocked-elsewhere"].map((verdict) => `${verdict}, as reply`),
  ...["ingress", "egress", "undefined"].map((direction) => `direction ${direction}`),
  "blocked-by-network-acl, without ICMP type",
  ...["an entry", "no entry"].map((entry) => `network ACL denies by ${entry}`),
  ...["no", "1", "2", "more"].map((count) => `${count} rules`),
  ...["interface-id", "action", "flow-direction", "protocol", "port", "address", "tcp-flags"].map(
    (field) => `caveat no-field ${field}`,
  ),
  "caveat ports-of-a-first-packet",
  "caveat icmp-type",
  ...["rules", "prefix-list", "group-members", "network-acls"].map((part) => `caveat not-in-inventory ${part}`),
  "more than 64 rules considered",
  "reject reason",
  "both names",
];

/** Several fields have to be missing, or one and a part of the inventory. */
const RARE_KINDS: readonly string[] = [
  ...["allowed-by-rule", "return-traffic"].map((verdict) => `${verdict}, in doubt, without flags`),
  ...["protocol", "port"].map((field) => `blocked-elsewhere, without ${field}`),
  ...["protocol", "port", "address"].map((field) => `no-security-groups, without ${field}`),
];

type Answer = ReturnType<typeof naiveExplanation>;

/** What kinds of answer this one is an instance of. */
function kindsOf(answer: Answer): readonly string[] {
  const { verdict, likely, asReply, acl, rules, caveats } = answer;
  return [
    `verdict ${verdict}`,
    `basis ${answer.basis}`,
    `${verdict}, ${likely ? "likely" : "certain"}`,
    ...(asReply ? [`${verdict}, as reply`] : []),
    ...(caveats.includes("icmp-type") ? [`${verdict}, without ICMP type`] : []),
    `direction ${answer.direction}`,
    ...(acl === undefined ? [] : [`network ACL denies by ${acl.entry === undefined ? "no entry" : "an entry"}`]),
    `${rules.length > 2 ? "more" : rules.length === 0 ? "no" : rules.length} rules`,
    ...caveats.map((caveat) => `caveat ${caveat.split(" ").slice(0, 2).join(" ")}`),
    ...(caveats.length > 1 && caveats.includes("no-field tcp-flags") ? [`${verdict}, in doubt, without flags`] : []),
    ...["protocol", "port", "address"]
      .filter((field) => caveats.includes(`no-field ${field}`))
      .map((field) => `${verdict}, without ${field}`),
    ...(answer.rulesConsidered > 64 ? ["more than 64 rules considered"] : []),
    ...(answer.rejectReason === undefined ? [] : ["reject reason"]),
    ...(answer.srcName !== undefined && answer.dstName !== undefined ? ["both names"] : []),
  ];
}

describe("FlowExplainer against a naive explanation of random flows in random networks", () => {
  let cases = 0;
  const disagreements: object[] = [];
  const renewed: object[] = [];
  const kinds = new Map<string, number>();

  beforeAll(() => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + NETWORKS; seed++) {
      const random = new SeededRandom(seed);
      const snapshots = randomNetwork(random);
      const flows = new RandomFlows(random, snapshots);
      const explainer = new FlowExplainer(snapshots);
      for (let number = 0; number < FLOWS_EACH; number++) {
        const { flow, time } = flows.next();
        const explained = explainer.explain(flow, time);
        const actual = plainExplanation(explained);
        const expected = naiveExplanation(snapshots, flow, time);
        cases++;
        for (const kind of kindsOf(expected)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        if (!isDeepStrictEqual(actual, expected)) disagreements.push({ seed, number, time, flow, actual, expected });
        if (explainer.explain(flow, time).explanation !== explained.explanation) {
          renewed.push({ seed, number, time, flow });
        }
      }
    }
  }, 300_000);

  it("agrees in at least 100,000 cases", () => {
    const [first] = disagreements;
    expect(first, `${disagreements.length} of ${cases} cases differ; the first of them`).toBeUndefined();
    expect(cases).toBeGreaterThanOrEqual(100_000);
  });

  it("gives the same explanation object for the same flow", () => {
    expect(renewed.slice(0, 1)).toEqual([]);
  });

  it("has met every kind of answer often enough", () => {
    const fewer = (than: number) => (kind: string) => (kinds.get(kind) ?? 0) < than;
    expect(EXPECTED_KINDS.filter(fewer(OFTEN))).toEqual([]);
    expect(RARE_KINDS.filter(fewer(SELDOM))).toEqual([]);
  });
});
