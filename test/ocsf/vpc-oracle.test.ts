import { Parked, Skipped, VpcFlow, VpcFormat } from "@tributary/flow";
import { hasEndpoints, uidOf, type VpcEvent, vpcDocument } from "@tributary/ocsf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderProblems } from "../support/attribute-order.js";
import { schemaProblems } from "../support/document-schema.js";
import { type PlainDelivery, plainVpcDocument } from "../support/plain-mapping.js";
import { START } from "../support/transform-event.js";
import { type RandomLine, randomLine } from "../support/vpc-arbitraries.js";

const DELIVERY = {
  account: "999988887777",
  region: "eu-central-1",
  time: START * 1000 + 7,
  timeBasis: "log-event",
  position: "some/file.log#12",
} as const satisfies PlainDelivery;

/** What the fast path makes of a flow under the delivery above. */
function eventOf(flow: VpcFlow): VpcEvent {
  const { start, end } = flow;
  return {
    flow,
    account: flow.accountId ?? DELIVERY.account,
    region: flow.region ?? DELIVERY.region,
    time: start !== undefined ? start * 1000 : end !== undefined ? end * 1000 : DELIVERY.time,
    timeBasis: start !== undefined ? undefined : end !== undefined ? "end" : DELIVERY.timeBasis,
    uid: uidOf(flow.hasIdentity ? flow.identity : `${flow.identity}\n${DELIVERY.position}`),
  };
}

function document({ fields, line }: RandomLine, observables: boolean): string | undefined {
  const flow = VpcFormat.of(fields).parse(line);
  if (flow instanceof Parked) throw new Error(`${flow.message} ${line}`);
  if (flow instanceof Skipped || !hasEndpoints(flow)) return undefined;
  return vpcDocument(eventOf(flow), observables);
}

function compare(random: RandomLine, observables: boolean): void {
  const fast = document(random, observables);
  if (fast === undefined) return;
  const plain = plainVpcDocument(random.line, random.fields, { ...DELIVERY, observables });
  const parsed: unknown = JSON.parse(fast);
  expect(parsed).toEqual(JSON.parse(JSON.stringify(plain)));
  expect(orderProblems(parsed)).toEqual([]);
  expect(schemaProblems(parsed)).toEqual([]);
  // One byte a character: sizes are computed from lengths.
  expect(Buffer.byteLength(fast)).toBe(fast.length);
}

describe("vpcDocument against the plain mapping", () => {
  it.each([
    ["without", false, 20260402],
    ["with", true, 20260403],
  ])(
    "is the same object, in the order of the class, for random lines of random formats %s observables",
    (_, observables, seed) => {
      fc.assert(
        fc.property(randomLine, (random) => compare(random, observables)),
        { seed, numRuns: 900 },
      );
    },
  );

  it("names both ends exactly when the plain mapping does", () => {
    fc.assert(
      fc.property(randomLine, (random) => {
        const flow = VpcFormat.of(random.fields).parse(random.line);
        if (!(flow instanceof VpcFlow)) return;
        expect(hasEndpoints(flow)).toBe(plainVpcDocument(random.line, random.fields, DELIVERY) !== undefined);
      }),
      { seed: 20260404, numRuns: 500 },
    );
  });

  it("delivers most of the random lines, so that the comparison means something", () => {
    const lines = fc.sample(randomLine, { seed: 20260402, numRuns: 500 });
    expect(lines.filter((random) => document(random, false) !== undefined).length).toBeGreaterThan(250);
  });
});

describe("what the writer remembers between documents", () => {
  const fields = "interface-id srcaddr dstaddr start end flow-direction instance-id".split(" ");
  const line = (start: number, end: string, instance = "i-1"): RandomLine => ({
    fields,
    line: `eni-1 10.0.0.1 10.0.0.2 ${start} ${end} egress ${instance}`,
  });

  it.each(["before", "after"])("tells a flow without end from one that ends a second %s it starts", (when) => {
    const end = String(START + (when === "before" ? -1 : 1));
    for (const random of [
      line(START, "-"),
      line(START, end),
      line(START + 1, String(Number(end) + 1)),
      line(START + 1, "-"),
    ]) {
      compare(random, false);
    }
  });

  it("follows an interface that moves to another instance and back", () => {
    for (const instance of ["i-1", "i-2", "-", "i-1"]) compare(line(START, String(START + 60), instance), false);
  });

  it("stays right beyond everything that its caches hold", () => {
    for (let i = 0; i < 10_000; i++) {
      const random = {
        fields,
        line: `eni-${i} 10.0.0.1 10.0.0.2 ${START + i} ${START + i + (i % 1100)} ingress i-${i}`,
      };
      const text = document(random, false) ?? "";
      if (i % 500 === 0) compare(random, false);
      expect(text).toContain(`"interface_uid":"eni-${i}"`);
      expect(text).toContain(`"time":${(START + i) * 1000},`);
    }
  });
});
