import { isDeepStrictEqual } from "node:util";
import { FlowExplainer, type FlowFacts } from "@tributary/context";
import { describe, expect, it } from "vitest";
import type { OwnedAddress } from "../../packages/context/src/address-owners.js";
import { PortClasses } from "../../packages/context/src/port-classes.js";
import { RecentFlows } from "../../packages/context/src/recent-flows.js";
import type { Period } from "../../packages/context/src/situation.js";
import { explained } from "../support/explanations.js";
import { naiveExplanation } from "../support/naive-verdict.js";
import { plainExplanation } from "../support/plain-explanation.js";
import { RandomFlows } from "../support/random-flow.js";
import { minute, randomNetwork } from "../support/random-network.js";
import { SeededRandom } from "../support/seeded-random.js";

const FIRST_SEED = 20261100;
const NETWORKS = 60;
const FLOWS_EACH = 20;
const PORTS = [0, 22, 1023, 1024, 8192, 32_767, 32_768, 50_000, 65_535] as const;

/** Flows of the same interface and far end that differ in one thing, or in both ports. */
function kin(flow: FlowFacts, random: SeededRandom): readonly FlowFacts[] {
  const near = (port: number | undefined) =>
    port === undefined ? port : Math.min(Math.max(port + random.pick([-1, 1]), 0), 65_535);
  return [
    { ...flow, dstport: near(flow.dstport) },
    { ...flow, srcport: near(flow.srcport) },
    { ...flow, srcport: random.pick(PORTS), dstport: random.pick(PORTS) },
    { ...flow, srcport: flow.dstport, dstport: flow.srcport },
    { ...flow, srcport: undefined },
    { ...flow, dstport: undefined },
    { ...flow, protocol: random.pick([6, 17, 1, 47, undefined]) },
    { ...flow, tcpFlags: random.pick([2, 16, 18, undefined]) },
    { ...flow, action: random.pick(["ACCEPT", "REJECT", undefined]) },
    { ...flow, others: ["reject-reason", "BPA"] },
    { ...flow, flowDirection: flow.flowDirection === "ingress" ? "egress" : "ingress" },
  ];
}

describe("FlowExplainer with flows like ones that it has explained", () => {
  it("explains each as if it were the first", () => {
    let alike = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + NETWORKS; seed++) {
      const random = new SeededRandom(seed);
      const snapshots = randomNetwork(random);
      const flows = new RandomFlows(random, snapshots);
      const explainer = new FlowExplainer(snapshots);
      for (let number = 0; number < FLOWS_EACH; number++) {
        const { flow, time } = flows.next();
        const first = explainer.explain(flow, time);
        const cases = [
          ...kin(flow, random).map((like) => ({ like, at: time })),
          { like: flow, at: time - 1 },
          { like: flow, at: minute(random.integer(0, 12)) },
        ];
        for (const { like, at } of cases) {
          const explained = explainer.explain(like, at);
          if (explained === first) alike++;
          const actual = plainExplanation(explained);
          const expected = naiveExplanation(snapshots, like, at);
          if (!isDeepStrictEqual(actual, expected))
            expect(actual, `seed ${seed}, ${JSON.stringify({ like, at })}`).toEqual(expected);
        }
      }
    }
    // Otherwise nothing was remembered, and the cases are hollow.
    expect(alike).toBeGreaterThan(500);
  });
});

describe("RecentFlows, where all flows have one place", () => {
  const flow: FlowFacts = {
    interfaceId: "eni-1",
    srcaddr: "192.0.2.1",
    dstaddr: "10.0.0.1",
    pktSrcaddr: undefined,
    pktDstaddr: undefined,
    srcport: 50_000,
    dstport: 443,
    protocol: 6,
    action: "ACCEPT",
    tcpFlags: 2,
    flowDirection: "ingress",
  };
  const period = (number: number) =>
    ({ number, from: 0, to: 100, situation: { portClasses: new PortClasses([[443, 443]]) } }) as unknown as Period;
  const far = (value: number): OwnedAddress =>
    ({ ip: { version: 4, value }, claims: CLAIMS }) as unknown as OwnedAddress;
  const CLAIMS: OwnedAddress["claims"] = [];
  const ONE = period(1);

  it.each<[string, Period, OwnedAddress, number, boolean]>([
    ["finds the same flow", ONE, far(1), 50, true],
    ["tells another interface apart", period(2), far(1), 50, false],
    ["tells another far end apart", ONE, far(2), 50, false],
    ["does not answer for a time after its period", ONE, far(1), 100, false],
  ])("%s", (_, wantedPeriod, wantedFar, time, found) => {
    const recent = new RecentFlows(1);
    expect(recent.find(flow, 50, ONE, "ingress", far(1))).toBeUndefined();
    const answer = explained();
    recent.remember(answer, 50, ONE, CLAIMS);
    expect(recent.find(flow, time, wantedPeriod, "ingress", wantedFar)).toBe(found ? answer : undefined);
  });
});
