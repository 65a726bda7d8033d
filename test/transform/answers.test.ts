import { FlowTransform } from "@tributary/transform";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomRecords } from "../support/random-records.js";
import {
  ARRIVAL,
  allDocuments,
  defaultLine,
  documentTexts,
  event,
  eventOf,
  only,
  RecordingPutBack,
  record,
  settings,
  transformOnce,
  wrapped,
} from "../support/transform-event.js";

const NODATA = "2 123456789012 eni-1 - - - - - - - 1775154600 1775154660 - NODATA";
const BAD = defaultLine().replace("443", "443443");

describe("the answer to a transformation event", () => {
  it("is Ok with one document a line and its partition keys for a flow", async () => {
    const { response, report } = await transformOnce(event(wrapped(defaultLine())));
    const answer = only(response.records);
    expect(answer).toMatchObject({
      recordId: "r0",
      result: "Ok",
      metadata: { partitionKeys: { accountId: "123456789012", eventDay: "20260402" } },
    });
    expect(JSON.parse(only(documentTexts(answer)))).toMatchObject({ class_uid: 4001, traffic: { bytes: 4242 } });
    expect(report).toMatchObject({ read: 1, delivered: 1, skipped: {}, parked: {}, putBack: 0 });
  });

  it("joins the documents of one record by line ends, in the order of its lines", async () => {
    const lines = [1, 2, 3].map((bytes) => defaultLine({ bytes }));
    const { response, report } = await transformOnce(event(lines.join("\n")));
    const documents = documentTexts(only(response.records)).map(
      (text) => JSON.parse(text) as { traffic: { bytes: number } },
    );
    expect(documents.map(({ traffic }) => traffic.bytes)).toEqual([1, 2, 3]);
    expect(report).toMatchObject({ read: 3, delivered: 3 });
  });

  it("is Dropped without data for what is rightly not delivered, and counts it", async () => {
    const control = JSON.stringify({ messageType: "CONTROL_MESSAGE", logEvents: [{ id: "", message: "check" }] });
    const skipdata = NODATA.replace("NODATA", "SKIPDATA");
    const { response, report } = await transformOnce(event(wrapped(NODATA), `${NODATA}\n${skipdata}`, control));
    expect(response.records).toEqual(["r0", "r1", "r2"].map((recordId) => ({ recordId, result: "Dropped", data: "" })));
    expect(report).toMatchObject({ read: 4, delivered: 0, skipped: { nodata: 2, skipdata: 1, "control-message": 1 } });
  });

  it("is ProcessingFailed with the data untouched for what cannot be delivered, and says why", async () => {
    const contents = [wrapped(BAD), "not a flow log", '{"cut":', Uint8Array.of(0xff, 0x00, 0x80), ""];
    const of = event(...contents);
    const { response, outcomes, report } = await transformOnce(of);
    expect(response.records).toEqual(
      of.records.map(({ recordId, data }) => ({ recordId, result: "ProcessingFailed", data })),
    );
    expect(outcomes.map(({ parked }) => only(parked).reason)).toEqual([
      "bad-field",
      "no-format-fits",
      "invalid-json",
      "no-format-fits",
      "unrecognised",
    ]);
    expect(only(outcomes[0]?.parked ?? [])).toEqual({
      reason: "bad-field",
      message: expect.stringContaining('dstport is "443443"') as unknown,
      raw: BAD,
      position: "firehose:r0#0",
    });
    expect(report).toMatchObject({
      read: 5,
      parked: { "bad-field": 1, "no-format-fits": 2, "invalid-json": 1, unrecognised: 1 },
    });
  });

  it("counts what a failed record skipped, so that nothing is missing from the sum", async () => {
    const { response, report } = await transformOnce(event(`${NODATA}\n${BAD}`));
    expect(only(response.records).result).toBe("ProcessingFailed");
    expect(report).toMatchObject({ read: 2, skipped: { nodata: 1 }, parked: { "bad-field": 1 } });
  });

  it("drops a record that is a header alone", async () => {
    const { response, report } = await transformOnce(event("version account-id srcaddr dstaddr\n"));
    expect(only(response.records).result).toBe("Dropped");
    expect(report.read).toBe(0);
  });

  it("holds every recordId once and in order, whatever happens to its neighbours", async () => {
    const contents = [wrapped(BAD), wrapped(defaultLine()), "x", wrapped(NODATA), wrapped(defaultLine({ bytes: 2 }))];
    const { response } = await transformOnce(event(...contents));
    expect(response.records.map(({ recordId, result }) => [recordId, result])).toEqual([
      ["r0", "ProcessingFailed"],
      ["r1", "Ok"],
      ["r2", "ProcessingFailed"],
      ["r3", "Dropped"],
      ["r4", "Ok"],
    ]);
  });

  it("to an event without records is empty", async () => {
    const { response, report } = await transformOnce(event());
    expect(response).toEqual({ records: [] });
    expect(report).toMatchObject({ read: 0, responseBytes: JSON.stringify(response).length });
  });

  it("gives flows of different accounts and days their own partition keys", async () => {
    const midnight = Date.UTC(2026, 3, 2) / 1000;
    const contents = [
      defaultLine({ account: "111111111111", start: midnight - 1 }),
      defaultLine({ account: "222222222222", start: midnight }),
      defaultLine({ account: "111111111111", start: midnight }),
    ];
    const { response } = await transformOnce(event(...contents.map(wrapped)));
    expect(response.records.map(({ metadata }) => Object.values(metadata?.partitionKeys ?? {}))).toEqual([
      ["111111111111", "20260401"],
      ["222222222222", "20260402"],
      ["111111111111", "20260402"],
    ]);
  });

  it("is the same for the same event, from a fresh transform and from one that has served others", async () => {
    const seasoned = new FlowTransform(settings(), new RecordingPutBack());
    await fc.assert(
      fc.asyncProperty(randomRecords, async ({ contents }) => {
        const of = event(...contents);
        const fresh = await new FlowTransform(settings(), new RecordingPutBack()).transform(of);
        expect(await seasoned.transform(of)).toEqual(fresh);
      }),
      { seed: 20260430, numRuns: 40 },
    );
  });
});

describe("the response's size", () => {
  const recordId = fc.string({ unit: fc.constantFrom(..."0123456789abcdef-"), minLength: 1, maxLength: 56 });

  it("is reported to the byte", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomRecords,
        fc.array(recordId, { minLength: 30, maxLength: 30 }),
        async ({ contents }, ids) => {
          const records = contents.map((content, index) => record(`${index}${ids[index]}`, content, ARRIVAL));
          const { response, report } = await transformOnce(eventOf(records));
          expect(report.responseBytes).toBe(JSON.stringify(response).length);
        },
      ),
      { seed: 20260431, numRuns: 100 },
    );
  });

  it("never exceeds the budget, however the stream takes put-backs", async () => {
    const budget = fc.integer({ min: 8_000, max: 60_000 });
    await fc.assert(
      fc.asyncProperty(randomRecords, budget, fc.nat({ max: 3 }), async ({ contents }, responseBudgetBytes, every) => {
        const of = event(...contents);
        const input = of.records.reduce((sum, { data }) => sum + data.length + 100, 0);
        fc.pre(input < responseBudgetBytes);
        const putBack = new RecordingPutBack((_, index) => every > 0 && index % every === 0);
        const { response, report } = await new FlowTransform(settings({ responseBudgetBytes }), putBack).transform(of);
        expect(report.responseBytes).toBe(JSON.stringify(response).length);
        expect(report.responseBytes).toBeLessThanOrEqual(responseBudgetBytes);
      }),
      { seed: 20260432, numRuns: 200 },
    );
  });

  it("of a batch that could not even fail within the budget is refused with the remedy", async () => {
    const of = event(...Array.from({ length: 50 }, () => wrapped(defaultLine())));
    await expect(transformOnce(of, { responseBudgetBytes: 5_000 })).rejects.toThrowError(
      expect.objectContaining({ code: "batch-too-large", message: expect.stringContaining("0.2 MB") as unknown }),
    );
  });

  it("counts a character as a byte, since documents are ASCII", async () => {
    const tagged = "123456789012 10.0.0.1 10.0.0.2 1775154600 Stra%C3%9Fe%F0%9F%9A%80";
    const { response } = await transformOnce(event(`account-id srcaddr dstaddr start instance-tag\n${tagged}`));
    const text = only(documentTexts(only(response.records)));
    expect(text).toMatch(/^[ -~]+$/);
    expect(
      only(allDocuments(await transformOnce(event(`account-id srcaddr dstaddr start instance-tag\n${tagged}`)))),
    ).toMatchObject({
      unmapped: { instance_tag: "Straße🚀" },
    });
  });
});
