import { FlowExplainer, type FlowFacts } from "@tributary/context";
import { VpcFormat } from "@tributary/flow";
import { describe, expect, it } from "vitest";
import { orderProblems } from "../support/attribute-order.js";
import { schemaProblems } from "../support/document-schema.js";
import { plainVpcDocument } from "../support/plain-mapping.js";
import { RandomFlows } from "../support/random-flow.js";
import { randomNetwork } from "../support/random-network.js";
import { SeededRandom } from "../support/seeded-random.js";
import { documentsOf, event, only, transformOnce, wrapped } from "../support/transform-event.js";

const FIRST_SEED = 20260600;
const NETWORKS = 40;
const FLOWS_EACH = 60;

const FIELDS =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id tcp-flags pkt-srcaddr pkt-dstaddr flow-direction reject-reason".split(
    " ",
  );

/** The line that a flow log would hold of the flow, `-` for what it does not say. */
function lineOf(flow: FlowFacts, start: number): string {
  const others = flow.others ?? [];
  const values: Readonly<Record<string, string | number | undefined>> = {
    version: 8,
    "account-id": "111122223333",
    "interface-id": flow.interfaceId,
    srcaddr: flow.srcaddr,
    dstaddr: flow.dstaddr,
    srcport: flow.srcport,
    dstport: flow.dstport,
    protocol: flow.protocol,
    packets: 3,
    bytes: 180,
    start,
    end: start + 59,
    action: flow.action,
    "log-status": "OK",
    "tcp-flags": flow.tcpFlags,
    "pkt-srcaddr": flow.pktSrcaddr,
    "pkt-dstaddr": flow.pktDstaddr,
    "flow-direction": flow.flowDirection,
    "reject-reason": others[others.indexOf("reject-reason") + 1],
  };
  return FIELDS.map((field) => values[field] ?? "-").join(" ");
}

describe("documents with context", () => {
  it("are those of the plain mapping, valid and in order, for random flows of random networks", async () => {
    let compared = 0;
    const verdicts = new Set<unknown>();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + NETWORKS; seed++) {
      const random = new SeededRandom(seed);
      const snapshots = randomNetwork(random);
      const flows = new RandomFlows(random, snapshots);
      const context = new FlowExplainer(snapshots);
      const lines = Array.from({ length: FLOWS_EACH }, () => {
        const { flow, time } = flows.next();
        return lineOf(flow, Math.floor(time / 1000));
      });
      const { response } = await transformOnce(event(...lines.map(wrapped)), {
        formats: [VpcFormat.of(FIELDS)],
        window: { pastDays: 10_000, futureDays: 10_000 },
        context,
      });
      for (const [index, answer] of response.records.entries()) {
        if (answer.result !== "Ok") continue;
        const document = only(documentsOf(answer));
        const plain = plainVpcDocument(lines[index] ?? "", FIELDS, { position: `firehose:r${index}#0`, context });
        expect(document, `seed ${seed}, ${lines[index]}`).toEqual(JSON.parse(JSON.stringify(plain)));
        expect([...schemaProblems(document), ...orderProblems(document)], `seed ${seed}, ${lines[index]}`).toEqual([]);
        compared++;
        verdicts.add((document.unmapped as Record<string, unknown>).sg_verdict);
      }
    }
    expect(compared).toBeGreaterThan((NETWORKS * FLOWS_EACH) / 2);
    expect(verdicts.size).toBe(8);
  });

  it("carry nothing of it without an inventory", async () => {
    const line = lineOf(
      {
        interfaceId: "eni-1",
        srcaddr: "10.0.0.1",
        dstaddr: "10.0.0.2",
        pktSrcaddr: undefined,
        pktDstaddr: undefined,
        srcport: 1,
        dstport: 2,
        protocol: 6,
        action: "ACCEPT",
        tcpFlags: 2,
        flowDirection: undefined,
      },
      1_775_000_000,
    );
    const { response } = await transformOnce(event(wrapped(line)), {
      formats: [VpcFormat.of(FIELDS)],
      window: { pastDays: 10_000, futureDays: 10_000 },
    });
    const text = JSON.stringify(response.records.flatMap(documentsOf));
    expect(text).toContain('"metadata"');
    expect(text).not.toMatch(/sg_|status_detail|enrichments|from_inventory/);
  });
});
