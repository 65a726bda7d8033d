import { gzipSync } from "node:zlib";
import { type PackedAzureRecord, readPayload } from "@tributary/flow";
import { documentBytes } from "@tributary/ocsf";
import {
  FlowTransform,
  INPUT_PER_OUTPUT,
  MAX_FIREHOSE_RECORD_BYTES,
  MAX_PUT_BACKS,
  MAX_SPLITS,
  type PutBack,
  type PutBackRecord,
  type Transformation,
  type TransformationEvent,
} from "@tributary/transform";
import { describe, expect, it } from "vitest";
import { runUntilQuiet } from "../support/stream-loop.js";
import {
  ARRIVAL,
  type Content,
  defaultLine,
  documentsOf,
  event,
  only,
  RecordingPutBack,
  START,
  STREAM_ARN,
  settings,
  uidOfDocument,
  wrapped,
} from "../support/transform-event.js";

interface Run extends Transformation {
  readonly putBack: RecordingPutBack;
}

async function run(
  of: TransformationEvent,
  responseBudgetBytes = 5_500_000,
  putBack = new RecordingPutBack(),
): Promise<Run> {
  const transformation = await new FlowTransform(settings({ responseBudgetBytes }), putBack).transform(of);
  return { ...transformation, putBack };
}

const results = ({ response }: Transformation): string[] => response.records.map(({ result }) => result);
const refuse = new RecordingPutBack(() => false);

const broken = (how: "throws" | "rejects"): PutBack => ({
  put: () => {
    if (how === "throws") throw new Error("no such stream");
    return Promise.reject(new Error("no such stream"));
  },
});

/** The mark of a put-back record, and its lines or tuples. */
function contentOf({ data }: Pick<PutBackRecord, "data">): { mark: object | undefined; flows: readonly string[] } {
  const payload = readPayload(Buffer.from(data), { recordId: "next", time: ARRIVAL });
  switch (payload.kind) {
    case "lines":
      return { mark: payload.mark, flows: payload.batch.lines };
    case "azure":
      return { mark: payload.mark, flows: payload.record.groups.flatMap(({ tuples }) => tuples) };
    default:
      throw new Error(`put back as ${payload.kind}`);
  }
}

const lines = (count: number, of: Parameters<typeof defaultLine>[0] = {}): string[] =>
  Array.from({ length: count }, (_, index) => defaultLine({ ...of, bytes: index + 1 }));
/** About 1,800 bytes of the answer each. */
const wrappedLines = (count: number): string[] => lines(count).map(wrapped);

function azure(tuples: readonly string[]): PackedAzureRecord {
  return {
    tributary: { v: 1, kind: "azure" },
    blob: "flowlogresourceid=/12345678-90ab-cdef-1234-567890abcdef_networkwatcherrg/networkwatcher_northeurope_web/pt1h.json",
    offset: 7,
    header: { layout: "vnet-v4", time: "2026-04-02T18:31:50Z" },
    groups: [
      { flow: 0, group: 0, first: 0, rule: "PlatformRule", tuples: tuples.slice(0, 5) },
      { flow: 0, group: 1, first: 0, rule: "UserRule_a", tuples: tuples.slice(5) },
    ],
  };
}

const tuples = (count: number, time = START * 1000): string[] =>
  Array.from({ length: count }, (_, index) => `${time},10.20.0.4,198.51.100.7,${index},443,6,O,E,NX,1,2,3,4`);

describe("a batch whose documents exceed the budget", () => {
  it("delivers what fits and puts the rest back on the event's stream, marked, answering Dropped", async () => {
    const contents = wrappedLines(10);
    const done = await run(event(...contents), 12_000);
    const fitting = results(done).filter((result) => result === "Ok").length;
    expect(fitting).toBeGreaterThan(2);
    expect(results(done)).toEqual([
      ...Array<string>(fitting).fill("Ok"),
      ...Array<string>(10 - fitting).fill("Dropped"),
    ]);
    expect(done.putBack.streams).toEqual([STREAM_ARN]);
    expect(done.putBack.records.map(({ recordId }) => recordId)).toEqual(
      contents.slice(fitting).map((_, index) => `r${fitting + index}`),
    );
    for (const [index, one] of done.putBack.records.entries()) {
      expect(contentOf(one)).toEqual({
        mark: { v: 1, kind: "vpc", origin: "reput", attempt: 1 },
        flows: [lines(10)[fitting + index]],
      });
    }
    expect(done.report).toMatchObject({ read: 10, delivered: fitting, putBack: 10 - fitting });
  });

  it("answers ProcessingFailed with the data, never Dropped, when the stream does not take them", async () => {
    const of = event(...wrappedLines(10));
    const done = await run(of, 12_000, refuse);
    expect(new Set(results(done))).toEqual(new Set(["Ok", "ProcessingFailed"]));
    done.response.records.forEach(({ result, data }, index) => {
      if (result === "ProcessingFailed") expect(data).toBe(of.records[index]?.data);
    });
    const parked = done.outcomes.flatMap((outcome) => outcome.parked);
    expect(parked.map(({ reason }) => reason)).toEqual(Array(parked.length).fill("put-back-limit"));
    expect(parked[0]?.message).toContain("firehose:PutRecordBatch");
    expect(done.report.read).toBe(10);
  });

  it("answers each record by what became of its own put-back", async () => {
    const everyOther = new RecordingPutBack((_, index) => index % 2 === 0);
    const done = await run(event(...wrappedLines(10)), 12_000, everyOther);
    const late = results(done).filter((result) => result !== "Ok");
    expect(late).toEqual(late.map((_, index) => (index % 2 === 0 ? "Dropped" : "ProcessingFailed")));
  });

  it("takes the records that were put back most often first", async () => {
    const back = (attempt: number): string =>
      JSON.stringify({
        tributary: { v: 1, kind: "vpc", origin: "reput", attempt },
        key: "k",
        first: 0,
        lines: lines(1, { srcport: attempt }),
      });
    const contents = [...wrappedLines(4), back(1), back(3), back(12), ...wrappedLines(3)];
    const done = await run(event(...contents), 8_600);
    const delivered = results(done).flatMap((result, index) => (result === "Ok" ? [index] : []));
    expect(delivered).toEqual([0, 4, 5, 6]);
    // With room for one, it is the one that has waited longest.
    expect(results(await run(event(...contents), 5_000)).indexOf("Ok")).toBe(6);
  });

  it("counts the attempts, and after 20 fails visibly", async () => {
    // A record of the event's own that is taken first, so that there is never room for the other.
    const first = JSON.stringify({
      tributary: { v: 1, kind: "vpc", origin: "reput", attempt: 99 },
      key: "k",
      first: 0,
      lines: lines(3),
    });
    let content: Content = only(wrappedLines(1));
    const attempts: number[] = [];
    for (;;) {
      const done = await run(event(first, content), 5_600);
      const back = done.putBack.records[0];
      if (back === undefined) {
        expect(results(done)).toEqual(["Ok", "ProcessingFailed"]);
        expect(only(done.outcomes[1]?.parked ?? [])).toMatchObject({ reason: "put-back-limit", raw: only(lines(1)) });
        break;
      }
      expect(results(done)).toEqual(["Ok", "Dropped"]);
      attempts.push((contentOf(back).mark as { attempt: number }).attempt);
      content = back.data;
    }
    expect(attempts).toEqual(Array.from({ length: MAX_PUT_BACKS }, (_, index) => index + 1));
  });
});

describe("a record whose documents exceed the budget alone", () => {
  const envelope = (count: number): Content =>
    gzipSync(
      JSON.stringify({
        messageType: "DATA_MESSAGE",
        owner: "123456789012",
        logGroup: "g",
        logStream: "s",
        logEvents: lines(count).map((message, index) => ({ id: `e${index}`, timestamp: START * 1000, message })),
      }),
    );

  it("is split into pieces that fit, in order, and its tries are counted apart from put-backs", async () => {
    const done = await run(event(envelope(40)), 20_000);
    expect(results(done)).toEqual(["Dropped"]);
    const pieces = done.putBack.records.map(contentOf);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.flatMap(({ flows }) => flows)).toEqual(lines(40));
    for (const { mark } of pieces) expect(mark).toEqual({ v: 1, kind: "vpc", origin: "reput", splits: 1 });
    for (const { data } of done.putBack.records) expect(results(await run(event(data), 20_000))).toEqual(["Ok"]);
  });

  it("is split when it is packed Azure tuples, each with its identity", async () => {
    const whole = await run(event(JSON.stringify(azure(tuples(30)))));
    const result = await runUntilQuiet([JSON.stringify(azure(tuples(30)))], {
      overrides: { responseBudgetBytes: 24_000 },
      batchBytes: 6_000,
    });
    expect(result.putBack.length).toBeGreaterThan(3);
    expect(result.documents.map(uidOfDocument).sort()).toEqual(
      documentsOf(only(whole.response.records)).map(uidOfDocument).sort(),
    );
  });

  it("is not split but put back when only its batch is full", async () => {
    const done = await run(event(lines(6).join("\n"), lines(6).join("\n")), 17_000);
    expect(results(done)).toEqual(["Ok", "Dropped"]);
    expect(contentOf(only(done.putBack.records)).mark).toEqual({ v: 1, kind: "vpc", origin: "reput", attempt: 1 });
  });

  it("fails visibly after 3 splits", async () => {
    const tired = JSON.stringify({
      tributary: { v: 1, kind: "vpc", origin: "reput", splits: MAX_SPLITS },
      key: "k",
      first: 0,
      lines: lines(10),
    });
    const done = await run(event(tired), 8_000);
    expect(results(done)).toEqual(["ProcessingFailed"]);
    expect(done.outcomes[0]?.parked.map(({ raw }) => raw)).toEqual(lines(10));
    expect(done.putBack.records).toEqual([]);
  });

  it("fails visibly when it is one line", async () => {
    const content = only(wrappedLines(1));
    const done = await run(event(content), 900);
    expect(results(done)).toEqual(["ProcessingFailed"]);
    expect(done.report.parked).toEqual({ "put-back-limit": 1 });
  });

  it("is put back in pieces that Firehose takes, which costs no split", async () => {
    const line = (index: number): string => `10.0.0.1 10.0.0.2 ${START} 123456789012 ${"x".repeat(2000)}${index}`;
    const content = gzipSync(
      `srcaddr dstaddr start account-id long-note\n${Array.from({ length: 700 }, (_, index) => line(index)).join("\n")}`,
    );
    const done = await run(event(lines(2200).join("\n"), content), 5_500_000);
    expect(results(done)).toEqual(["Ok", "Dropped"]);
    expect(done.putBack.records.length).toBeGreaterThan(1);
    for (const one of done.putBack.records) {
      expect(Buffer.byteLength(one.data)).toBeLessThanOrEqual(MAX_FIREHOSE_RECORD_BYTES);
      expect(contentOf(one).mark).toEqual({ v: 1, kind: "vpc", origin: "reput", attempt: 1 });
    }
    expect(done.putBack.records.flatMap((one) => contentOf(one).flows)).toHaveLength(700);
  });
});

describe("putting back that fails as a whole", () => {
  it.each(["throws", "rejects"] as const)(
    "(%s) costs no finished record: the others answer ProcessingFailed",
    async (how) => {
      const of = event(...wrappedLines(10));
      const budget = { responseBudgetBytes: 12_000 };
      const { response, report } = await new FlowTransform(settings(budget), broken(how)).transform(of);
      const delivered = response.records.filter(({ result }) => result === "Ok").length;
      expect(delivered).toBeGreaterThan(2);
      expect(response.records.slice(delivered)).toEqual(
        of.records.slice(delivered).map(({ recordId, data }) => ({ recordId, result: "ProcessingFailed", data })),
      );
      expect(report).toMatchObject({ read: 10, delivered, putBackFailure: "Error: no such stream" });
    },
  );
});

describe("a record over several days or accounts", () => {
  const YESTERDAY = START - 86_400;
  const [today, yesterday, other] = [lines(2), lines(2, { start: YESTERDAY }), lines(2, { account: "210987654321" })];

  it("delivers the flows of its first partition and puts the others back, one record each", async () => {
    const done = await run(event([today[0], yesterday[0], other[0], today[1], yesterday[1], other[1]].join("\n")));
    const answer = only(done.response.records);
    expect(answer).toMatchObject({
      result: "Ok",
      metadata: { partitionKeys: { accountId: "123456789012", eventDay: "20260402" } },
    });
    expect(documentsOf(answer)).toHaveLength(2);
    expect(done.putBack.records.map(contentOf)).toEqual([
      { mark: { v: 1, kind: "vpc", origin: "reput" }, flows: yesterday },
      { mark: { v: 1, kind: "vpc", origin: "reput" }, flows: other },
    ]);
    expect(done.report).toMatchObject({ read: 6, delivered: 2, putBack: 4 });
  });

  it("gives each partition its own record when they return", async () => {
    const first = await run(event([...today, ...yesterday, ...other].join("\n")));
    const again = await run(event(...first.putBack.records.map(({ data }) => data)));
    expect(again.response.records.map(({ metadata }) => Object.values(metadata?.partitionKeys ?? {}))).toEqual([
      ["123456789012", "20260401"],
      ["210987654321", "20260402"],
    ]);
    expect(again.putBack.records).toEqual([]);
  });

  it("is split at midnight for Azure's tuples too", async () => {
    const midnight = Date.UTC(2026, 3, 2);
    const done = await run(event(JSON.stringify(azure([...tuples(2, midnight - 1), ...tuples(5, midnight)]))));
    expect(documentsOf(only(done.response.records))).toHaveLength(2);
    expect(contentOf(only(done.putBack.records)).flows).toEqual(tuples(5, midnight));
  });

  it("fails whole, with its data, when the stream does not take the other partitions", async () => {
    const of = event([...today, ...yesterday].join("\n"));
    const done = await run(of, 5_500_000, refuse);
    expect(done.response.records).toEqual([{ recordId: "r0", result: "ProcessingFailed", data: of.records[0]?.data }]);
    expect(done.report).toMatchObject({ read: 4, delivered: 0, parked: { "put-back-limit": 4 } });
  });
});

describe("a record with good and bad lines", () => {
  const bad = [defaultLine().replace("ACCEPT", "PERHAPS"), "too short"];
  const content = [...lines(2), bad[0], ...lines(1, { srcport: 9 }), bad[1]].join("\n");

  it("delivers the good ones and puts the bad ones back alone", async () => {
    const done = await run(event(content));
    expect(results(done)).toEqual(["Ok"]);
    expect(documentsOf(only(done.response.records))).toHaveLength(3);
    expect(contentOf(only(done.putBack.records)).flows).toEqual(bad);
    expect(done.report).toMatchObject({ read: 5, delivered: 3, parked: {}, putBack: 2 });
  });

  it("fails the bad ones with their own text and place when they return", async () => {
    const { putBack } = await run(event(content));
    const back = only(putBack.records);
    const done = await run(event(back.data));
    expect(done.response.records).toEqual([
      { recordId: "r0", result: "ProcessingFailed", data: Buffer.from(back.data).toString("base64") },
    ]);
    expect(only(done.outcomes).parked.map(({ reason, raw, position }) => [reason, raw, position])).toEqual([
      ["bad-field", bad[0], "firehose:r0#2"],
      ["no-format-fits", bad[1], "firehose:r0#4"],
    ]);
    expect(done.putBack.records).toEqual([]);
  });

  it("keeps the response within its budget when it must fail with all its data after others took the room", async () => {
    const garbage = Array.from({ length: 40 }, (_, index) => `garbage ${"x".repeat(100)} ${index}`);
    const of = event([...lines(1), ...garbage].join("\n"), ...wrappedLines(12));
    const done = await run(of, 16_000, refuse);
    expect(results(done)[0]).toBe("ProcessingFailed");
    expect(done.report.responseBytes).toBe(JSON.stringify(done.response).length);
    expect(done.report.responseBytes).toBeLessThanOrEqual(16_000);
  });
});

describe("what is put back", () => {
  it.each(["replay", "canary"])("stays a %s when it was one", async (origin) => {
    const content = JSON.stringify({
      tributary: { v: 1, kind: "vpc", origin, attempt: 2 },
      key: "k",
      first: 0,
      lines: [...lines(1), "bad"],
    });
    const done = await run(event(content));
    expect(contentOf(only(done.putBack.records)).mark).toEqual({ v: 1, kind: "vpc", origin, attempt: 2 });
  });

  it("is padded when it holds Azure's tuples, so that any batch of it fits", async () => {
    const record = azure(tuples(400));
    const done = await run(event(...wrappedLines(3), JSON.stringify(record)), 60_000);
    expect(done.putBack.records.length).toBeGreaterThan(1);
    for (const one of done.putBack.records) {
      const payload = readPayload(Buffer.from(one.data), { recordId: "next", time: ARRIVAL });
      if (payload.kind !== "azure") throw new Error(payload.kind);
      const expected = payload.record.groups.reduce(
        (sum, group) => sum + (documentBytes(payload.record.header, group) + 1) * group.tuples.length,
        0,
      );
      const output = Math.ceil(expected / 3) * 4;
      expect(Buffer.byteLength(one.data)).toBeGreaterThanOrEqual(output * INPUT_PER_OUTPUT);
      expect(Buffer.byteLength(one.data)).toBeLessThanOrEqual(
        Math.max(output * INPUT_PER_OUTPUT + 1, JSON.stringify(payload.record).length + 60),
      );
    }
  });

  it("is known by its first bytes", async () => {
    const done = await run(event(...wrappedLines(10), JSON.stringify(azure(tuples(9)))), 12_000);
    expect(done.putBack.records.length).toBeGreaterThan(3);
    for (const { data } of done.putBack.records) expect(data.startsWith('{"tributary":{"v":1,"kind":"')).toBe(true);
  });
});
