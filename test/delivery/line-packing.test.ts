import { type LinePacking, packLineBatch } from "@tributary/delivery";
import { type LineBatch, readPayload, VpcFormat } from "@tributary/flow";
import { DEFAULT_SETTINGS, FlowTransform, MAX_FIREHOSE_RECORD_BYTES } from "@tributary/transform";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const BUDGET = 5_500_000;
const ARRIVAL = { recordId: "1", time: 0 };

function batchOf(lines: readonly string[], changes: Partial<LineBatch> = {}): LineBatch {
  return { key: "logs/a.log", ids: lines.map((_, index) => index + 1), lines, ...changes };
}

/** What the packed records hold, read back as the transformation does. */
function unpacked(packings: Iterable<LinePacking>): LineBatch[] {
  return [...packings].map((packing) => {
    if (packing.kind === "parked") throw new Error(packing.parked.message);
    const payload = readPayload(Buffer.from(packing.data), ARRIVAL);
    if (payload.kind !== "lines") throw new Error(`a payload of ${payload.kind}`);
    expect(payload.batch.lines).toHaveLength(packing.flows);
    return payload.batch;
  });
}

describe("packLineBatch", () => {
  it("gives every line once, in order, with its id and time, and with what the delivery says", () => {
    const line = fc.oneof(fc.string({ unit: "grapheme" }), fc.constant("x".repeat(3000)));
    const times = fc.constantFrom("none", "one", "each");
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 200 }),
        times,
        fc.integer({ min: 10_000, max: 6_000_000 }),
        fc.boolean(),
        (lines, timing, budget, named) => {
          const batch = batchOf(lines, {
            account: "111122223333",
            region: "eu-central-1",
            fields: "srcaddr dstaddr",
            ...(named ? { ids: lines.map((_, index) => `event-${index}`) } : {}),
            ...(timing === "one" ? { time: 5, timeBasis: "file-name" } : {}),
            ...(timing === "each" ? { time: lines.map((_, index) => index), timeBasis: "log-event" } : {}),
          });

          const parts = unpacked(packLineBatch(batch, budget));

          expect(parts.flatMap((part) => part.lines)).toEqual(lines);
          expect(parts.flatMap((part) => part.ids)).toEqual(batch.ids);
          if (timing === "each") expect(parts.flatMap(({ time }) => time)).toEqual(batch.time);
          const { ids: _ids, lines: _lines, time: _time, ...delivery } = batch;
          for (const part of parts) {
            expect(part).toMatchObject(delivery);
            if (timing === "one") expect(part.time).toBe(5);
          }
        },
      ),
      { seed: 20_261_010, numRuns: 60 },
    );
  });

  it("packs lines by the thousand into few records", () => {
    const line =
      "2 111122223333 eni-0a1b2c3d4e5f60718 10.0.0.1 198.51.100.7 40000 443 6 3 180 1791633600 1791633659 ACCEPT OK";

    const packings = [...packLineBatch(batchOf(Array.from({ length: 10_000 }, () => line)), BUDGET)];

    expect(packings.length).toBeLessThan(100);
  });

  it("keeps each record's documents, as base64, within 4 % of the response budget, whatever the fields hold", async () => {
    const fields =
      "account-id interface-id srcaddr dstaddr srcport dstport protocol start end action vpc-id subnet-id instance-id region az-id pkt-srcaddr pkt-dstaddr instance-tag traffic-path";
    const long = "2001:db8:1111:2222:3333:4444:5555:6666";
    const lines = Array.from(
      { length: 2000 },
      (_, n) =>
        `111122223333 eni-0a1b2c3d4e5f60718 ${long} ${long} ${n} 443 6 1791633600 1791633659 REJECT vpc-0a1b2c3d4e5f60718 subnet-0a1b2c3d4e5f60718 i-0a1b2c3d4e5f60718 ap-southeast-4 apse4-az1 ${long} ${long} ${"%22".repeat(1 + (n % 80))} 8`,
    );
    const packings = [...packLineBatch(batchOf(lines, { fields: VpcFormat.parse(fields).fields.join(" ") }), BUDGET)];
    const { window: _window, ...settings } = DEFAULT_SETTINGS;
    const transform = new FlowTransform({ ...settings, observables: true }, { put: () => Promise.resolve([]) });

    for (const [index, packing] of packings.entries()) {
      if (packing.kind === "parked") throw new Error(packing.parked.message);
      const { response } = await transform.transform({
        invocationId: "1",
        deliveryStreamArn: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/flows",
        region: "eu-central-1",
        records: [
          {
            recordId: String(index),
            approximateArrivalTimestamp: 0,
            data: Buffer.from(packing.data).toString("base64"),
          },
        ],
      });
      expect(response.records).toMatchObject([{ result: "Ok" }]);
      expect(String(response.records[0]?.data).length).toBeLessThanOrEqual(BUDGET * 0.04);
    }
  });

  it("parks a line that no Firehose record holds, with its id and text, and packs the others", () => {
    const long = "\u0001".repeat(200_000);
    const batch = batchOf(["a b c", long, "d e f"], { fields: "x".repeat(100) });

    const packings = [...packLineBatch(batch, BUDGET)];

    expect(packings).toMatchObject([
      { kind: "packed", flows: 1 },
      { kind: "parked", id: 2, parked: { reason: "too-large", raw: long } },
      { kind: "packed", flows: 1 },
    ]);
  });

  it("never exceeds what Firehose takes, however the lines are escaped", () => {
    const lines = Array.from({ length: 60 }, (_, n) => "\u0001".repeat(n * 1500));

    const packings = [...packLineBatch(batchOf(lines), 200_000_000)];

    for (const packing of packings) {
      if (packing.kind === "packed")
        expect(Buffer.byteLength(packing.data)).toBeLessThanOrEqual(MAX_FIREHOSE_RECORD_BYTES);
    }
    expect(unpacked(packings).flatMap((part) => part.lines)).toEqual(lines);
  });

  it("gives nothing for no lines", () => {
    expect([...packLineBatch(batchOf([]), BUDGET)]).toEqual([]);
  });
});
