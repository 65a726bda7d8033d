import { INVOCATION_PAYLOAD_BYTES_MAX, type Processor } from "@tributary/simulator";
import type { TransformationEvent, TransformationResponse, TransformedRecord } from "@tributary/transform";
import { describe, expect, it } from "vitest";
import { rawText } from "./recording-destination.js";
import { eachRecord, newStream, ok, record, START } from "./stream-factory.js";

type Answer = (event: TransformationEvent, attempt: number) => unknown;

/** A processor whose answer may break the contract. */
function answering(answer: Answer, settings: Omit<Processor<string>, "invoke"> = {}) {
  const events: TransformationEvent[] = [];
  const processor: Processor<string> = {
    ...settings,
    invoke(event) {
      events.push(event);
      return answer(event, events.length) as TransformationResponse;
    },
  };
  return { processor, events };
}

async function run(answer: Answer, settings: Omit<Processor<string>, "invoke"> = {}) {
  const { processor, events } = answering(answer, settings);
  const { stream, destination } = newStream({ processor, prefix: "flows/" });
  stream.putRecordBatch([record("a"), record("b"), record("c")]);
  await stream.drain();
  return { stream, destination, events };
}

const answers = (event: TransformationEvent): TransformedRecord[] => event.records.map((r) => ok(r.recordId, r.data));
const fails = (error: Error) => () => {
  throw error;
};

describe("the answer for a record", () => {
  it("Ok delivers the returned data", async () => {
    const { stream, destination } = newStream({ processor: eachRecord((data, id) => ok(id, data.toUpperCase())) });
    stream.putRecordBatch([record("a"), record("b")]);
    await stream.drain();
    expect(destination.text).toBe("AB");
  });

  it("Dropped delivers nothing and is counted", async () => {
    const dropped: string[] = [];
    const { stream, destination } = newStream({
      processor: eachRecord((data, id) =>
        data === "b" ? { recordId: id, result: "Dropped", data: "" } : ok(id, data),
      ),
      onDropped: (origin) => dropped.push(origin.tag),
    });
    stream.putRecordBatch([record("a"), record("b")]);
    await stream.drain();
    expect(destination.text).toBe("a");
    expect(destination.errors).toEqual([]);
    expect(dropped).toEqual(["b"]);
    expect(stream.measurements).toMatchObject({ recordsDelivered: 1, recordsDropped: 1, recordsInError: 0 });
  });

  it("ProcessingFailed puts the source record into the error output and delivers its neighbours", async () => {
    const failing = eachRecord(
      (data, id) => (data === "b" ? { recordId: id, result: "ProcessingFailed", data: "AAAA" } : ok(id, data)),
      { lambdaArn: "arn:aws:lambda:eu-central-1:123456789012:function:transform" },
    );
    const { stream, clock, destination } = newStream({
      processor: failing,
      errorPrefix: "e/!{firehose:error-output-type}/",
    });
    stream.putRecordBatch([record("a"), record("b", "origin of b")]);
    clock.advance(60_000);
    await stream.tick();
    await stream.drain();
    expect(destination.text).toBe("a");
    expect(destination.errors).toEqual([
      {
        type: "processing-failed",
        key: expect.stringMatching(/^e\/processing-failed\/flows-1-2026-03-04-05-06-07-/),
        tag: "origin of b",
        recordId: expect.any(String),
        document: {
          attemptsMade: 1,
          arrivalTimestamp: START,
          errorCode: "Lambda.ProcessingFailedStatus",
          errorMessage: expect.any(String),
          attemptEndingTimestamp: START + 60_000,
          rawData: "Yg==",
          lambdaARN: "arn:aws:lambda:eu-central-1:123456789012:function:transform",
        },
      },
    ]);
  });

  it("may come in any order", async () => {
    const { destination } = await run((event) => ({ records: answers(event).reverse() }));
    expect(destination.text).toBe(["a", "b", "c"].map((data) => Buffer.from(data).toString("base64")).join(""));
  });

  it("is ignored when the batch never held the record", async () => {
    const { stream } = await run((event) => ({ records: [...answers(event), ok("no such id", "x")] }));
    expect(stream.measurements).toMatchObject({ invocations: 1, recordsDelivered: 3 });
  });
});

describe("a failed invocation", () => {
  const timeout = Object.assign(new Error("Task timed out after 300 seconds"), { name: "TimeoutError" });
  const tooLarge = (event: TransformationEvent) => ({
    records: event.records.map((r) => ok(r.recordId, "x".repeat(INVOCATION_PAYLOAD_BYTES_MAX / 4))),
  });
  const withFirst = (change: object) => (event: TransformationEvent) => ({
    records: answers(event).map((answer, index) => (index === 0 ? { ...answer, ...change } : answer)),
  });

  it.each<[string, Answer, string]>([
    ["throws", fails(new Error("boom")), "Lambda.FunctionError"],
    ["times out", fails(timeout), "Lambda.FunctionError"],
    ["rejects", () => Promise.reject(new Error("boom")), "Lambda.FunctionError"],
    ["answers more than 6 MB", tooLarge, "Lambda.FunctionError"],
    ["misses a recordId", (event) => ({ records: answers(event).slice(1) }), "Lambda.MissingRecordId"],
    [
      "repeats a recordId",
      (event) => ({ records: [...answers(event), ...answers(event).slice(2)] }),
      "Lambda.DuplicatedRecordId",
    ],
    ["answers nothing", () => undefined, "Lambda.MissingRecordId"],
    ["answers text", () => "ok", "Lambda.MissingRecordId"],
    [
      "answers null for a record",
      (event) => ({ records: [null, ...answers(event).slice(1)] }),
      "Lambda.MissingRecordId",
    ],
    ["answers an unknown result", withFirst({ result: "OK" }), "Lambda.FunctionError"],
    ["answers Ok without data", withFirst({ data: undefined }), "Lambda.FunctionError"],
    ["answers data that is no base64", withFirst({ data: "{a}=" }), "Lambda.FunctionError"],
  ])("that %s is retried 3 times, then the whole batch is in error", async (_, answer, errorCode) => {
    const { stream, destination, events } = await run(answer);
    expect(events).toHaveLength(4);
    expect(destination.objects).toEqual([]);
    expect(destination.errors.map(rawText)).toEqual(["a", "b", "c"]);
    for (const { type, document } of destination.errors) {
      expect(type).toBe("processing-failed");
      expect(document).toMatchObject({ attemptsMade: 4, errorCode, arrivalTimestamp: START });
    }
    expect(stream.measurements).toMatchObject({ invocations: 4, retries: 3, recordsInError: 3, recordsDelivered: 0 });
  });

  it("is retried with the same records under a new invocationId", async () => {
    const { events } = await run(fails(new Error("boom")));
    expect(new Set(events.map((event) => event.invocationId)).size).toBe(4);
    expect(new Set(events.map((event) => JSON.stringify(event.records))).size).toBe(1);
  });

  it("costs nothing when a retry succeeds", async () => {
    const { stream, destination } = await run((event, attempt) => {
      if (attempt < 4) throw new Error("boom");
      return { records: answers(event) };
    });
    expect(destination.errors).toEqual([]);
    expect(stream.measurements).toMatchObject({ retries: 3, recordsDelivered: 3 });
  });

  it("is not retried when the retries are set to 0", async () => {
    const { events, destination } = await run(fails(new Error("boom")), { retries: 0 });
    expect(events).toHaveLength(1);
    expect(destination.errors[0]?.document).toMatchObject({
      attemptsMade: 1,
      errorMessage: expect.stringContaining("boom"),
    });
  });

  it("is counted as a timeout when its error says so", async () => {
    expect((await run(fails(timeout), { retries: 1 })).stream.measurements.timeouts).toBe(2);
  });

  it("leaves later batches alone", async () => {
    const { processor } = answering((event, attempt) => (attempt <= 4 ? undefined : { records: answers(event) }));
    const { stream, destination } = newStream({ processor: { ...processor, bufferBytes: 1 } });
    stream.putRecordBatch([record("a"), record("b")]);
    await stream.drain();
    expect(destination.errors.map(rawText)).toEqual(["a"]);
    expect(stream.measurements.recordsDelivered).toBe(1);
  });
});

describe("a response of exactly 6 MB", () => {
  const filled = (event: TransformationEvent, excess: number) => {
    const [first] = event.records;
    const answer = (data: string) => ({ records: [{ recordId: first?.recordId ?? "", result: "Ok" as const, data }] });
    const room = INVOCATION_PAYLOAD_BYTES_MAX - JSON.stringify(answer("")).length;
    return answer("A".repeat(room + excess));
  };

  it.each([
    [0, "delivered"],
    [1, "in error"],
  ])("plus %i bytes is %s", async (excess, fate) => {
    const { processor } = answering((event) => filled(event, excess));
    const { stream } = newStream({ processor });
    stream.putRecordBatch([record("a")]);
    await stream.drain();
    expect(stream.measurements.responseBytesMax).toBe(INVOCATION_PAYLOAD_BYTES_MAX + excess);
    expect(stream.measurements.recordsDelivered).toBe(fate === "delivered" ? 1 : 0);
    expect(stream.measurements.recordsInError).toBe(fate === "delivered" ? 0 : 1);
  });
});

describe("malformed answers that fail records", () => {
  const settings = { malformedAnswers: "fail-records" } as const;

  it("fail a missing record alone, without a retry", async () => {
    const { destination, events } = await run((event) => ({ records: answers(event).slice(1) }), settings);
    expect(events).toHaveLength(1);
    expect(destination.errors.map(rawText)).toEqual(["a"]);
    expect(destination.errors[0]?.document).toMatchObject({ attemptsMade: 1, errorCode: "Lambda.MissingRecordId" });
    expect(destination.objects[0]?.tags).toEqual(["b", "c"]);
  });

  it("fail a repeated record alone, without a retry", async () => {
    const repeat = (event: TransformationEvent) => ({ records: [...answers(event), ...answers(event).slice(2)] });
    const { destination } = await run(repeat, settings);
    expect(destination.errors.map(rawText)).toEqual(["c"]);
    expect(destination.errors[0]?.document).toMatchObject({ attemptsMade: 1, errorCode: "Lambda.DuplicatedRecordId" });
    expect(destination.objects[0]?.tags).toEqual(["a", "b"]);
  });

  it("still retry what the function throws", async () => {
    const { events } = await run(fails(new Error("boom")), settings);
    expect(events).toHaveLength(4);
  });
});

describe("invocations at once", () => {
  it("stay within the concurrency and are applied in the order of the batches", async () => {
    let running = 0;
    let most = 0;
    const processor: Processor<string> = {
      bufferBytes: 1,
      concurrency: 2,
      async invoke(event) {
        most = Math.max(most, ++running);
        // Every other batch takes longer than the one after it.
        const turns = running === 1 ? 20 : 1;
        for (let turn = 0; turn < turns; turn++) await undefined;
        running--;
        return { records: event.records.map(({ recordId, data }) => ({ recordId, result: "Ok", data })) };
      },
    };
    const { stream, destination } = newStream({ processor });
    stream.putRecordBatch([..."abcdef"].map((letter) => record(letter)));
    await stream.drain();
    expect(most).toBe(2);
    expect(destination.text).toBe("abcdef");
  });
});
