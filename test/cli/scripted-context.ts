import { createHash } from "node:crypto";
import type {
  Direction,
  ExplainedFlow,
  Explanation,
  FlowContext,
  FlowFacts,
  NetworkInterface,
} from "@tributary/context";
import { explanation, group, rule } from "../support/explanations.js";

const DAY = 86_400_000;
const JUNE = Date.UTC(2026, 5, 1);
const described = rule({ id: "sgr-2", description: 'the "web" of Zürich', direction: "egress" });
const wide = group({ id: "sg-2", name: "a\\b", rules: [rule(), described] });

/** Explanations of every kind, with what is hard to write down. */
const EXPLANATIONS: readonly Explanation[] = [
  explanation(),
  explanation({ groups: [wide], rules: [{ group: wide, rule: described }], basis: "later", asOf: JUNE }),
  explanation({
    groups: [group(), wide],
    rules: wide.rules?.map((each) => ({ group: wide, rule: each })) ?? [],
    likely: true,
  }),
  explanation({
    verdict: "return-traffic",
    asReply: true,
    basis: "tombstone",
    caveats: [{ kind: "no-field", field: "tcp-flags" }],
  }),
  explanation({ verdict: "no-rule-matches", rules: [], rulesConsidered: 60 }),
  explanation({
    verdict: "blocked-by-network-acl",
    acl: { acl: { id: "acl-1", subnetIds: [], entries: [], asOf: JUNE }, entry: undefined },
  }),
  explanation({ verdict: "blocked-elsewhere", rejectReason: "BPA" }),
  explanation({ verdict: "no-security-groups", groups: [], rules: [], interfaceType: "nat_gateway" }),
  explanation({ verdict: "unexplained", rules: [], direction: undefined }),
];
const UNKNOWN = explanation({
  verdict: "unknown-interface",
  groups: [],
  rules: [],
  basis: undefined,
  asOf: undefined,
  collectedAt: undefined,
  interfaceType: undefined,
});
const NAMES = [undefined, undefined, "db-1", 'quote " and \\', "Zürich ".repeat(12), "😀".repeat(20)];

/**
 * A context that draws its answer from everything that it is told, so that a flow that is asked about in other words gets another answer. It
 * also knows directions and whereabouts that the log lacks. Another seed is another inventory.
 */
export function scriptedContext(seed: string): FlowContext {
  return {
    explain(flow: FlowFacts, time: number): ExplainedFlow {
      const hash = createHash("sha256")
        .update(JSON.stringify([seed, told(flow), time]))
        .digest();
      const draw = (index: number, choices: number): number => (hash[index] ?? 0) % choices;
      if (flow.interfaceId === undefined || draw(0, 8) === 0) {
        return {
          explanation: { ...UNKNOWN, direction: flow.flowDirection },
          recorder: undefined,
          srcName: undefined,
          dstName: undefined,
        };
      }
      const directions: readonly (Direction | undefined)[] = ["ingress", "egress", undefined];
      const drawn = EXPLANATIONS[draw(1, EXPLANATIONS.length)] ?? UNKNOWN;
      return {
        explanation: { ...drawn, direction: flow.flowDirection ?? directions[draw(2, 3)] },
        recorder: recorder(flow.interfaceId, draw(3, 8)),
        srcName: NAMES[draw(4, NAMES.length)],
        dstName: NAMES[draw(5, NAMES.length)],
      };
    },
  };
}

/** Everything that an explanation may depend on. */
function told(flow: FlowFacts): readonly unknown[] {
  const { interfaceId, srcaddr, dstaddr, pktSrcaddr, pktDstaddr, srcport, dstport, protocol, action, tcpFlags } = flow;
  const reason = (flow.others ?? []).indexOf("reject-reason");
  return [
    interfaceId,
    srcaddr ?? pktSrcaddr,
    dstaddr ?? pktDstaddr,
    pktSrcaddr ?? srcaddr,
    pktDstaddr ?? dstaddr,
    srcport,
    dstport,
    protocol,
    action,
    tcpFlags,
    flow.flowDirection,
    reason < 0 ? undefined : flow.others?.[reason + 1],
  ];
}

function recorder(id: string, parts: number): NetworkInterface {
  return {
    id,
    asOf: JUNE - DAY,
    addresses: [],
    prefixes: [],
    publicAddresses: [],
    groups: [],
    tags: {},
    type: "interface",
    ...((parts & 1) === 0 ? {} : { vpcId: "vpc-from-inventory" }),
    ...((parts & 2) === 0 ? {} : { subnetId: "subnet-from-inventory" }),
    ...((parts & 4) === 0 ? {} : { instanceId: "i-from-inventory" }),
  };
}
