import type { DeliveryStream, Processor } from "@tributary/simulator";
import type { TransformedRecord } from "@tributary/transform";
import { describe, expect, it } from "vitest";
import { base64, eachRecord, newStream, ok, record, START, text } from "./stream-factory.js";

/** A stream whose processor puts records of several letters back in halves, under the tag they came with. */
function splittingStream({ asynchronous = false, overrides = {}, bufferSeconds = 60 } = {}) {
  const own: { stream?: DeliveryStream<string> } = {};
  const processor: Processor<string> = {
    bufferBytes: 8,
    bufferSeconds,
    async invoke(event, context) {
      if (asynchronous) await undefined;
      const records: TransformedRecord[] = [];
      for (const { recordId, data } of event.records) {
        const letters = text(data);
        if (letters.length === 1) {
          records.push(ok(recordId, letters));
          continue;
        }
        const half = letters.length / 2;
        const tag = context.tagOf(recordId);
        own.stream?.putRecordBatch([
          { data: base64(letters.slice(0, half)), tag },
          { data: base64(letters.slice(half)), tag },
        ]);
        records.push({ recordId, result: "Dropped", data: "" });
      }
      return { records };
    },
  };
  const created = newStream({ processor, ...overrides });
  own.stream = created.stream;
  return created;
}

describe("a processor that puts records back on its own stream", () => {
  it.each([
    ["at once", false],
    ["after awaiting", true],
  ])("%s loses nothing, and drain goes on until all is through", async (_, asynchronous) => {
    const { stream, destination } = splittingStream({ asynchronous });
    stream.putRecordBatch([record("abcd", "first"), record("efghijkl", "second"), record("m", "third")]);
    await stream.drain();
    expect([...destination.text].sort().join("")).toBe("abcdefghijklm");
    // 3 are put; splitting 4 letters to single ones drops 3 records and 8 letters 7, and each of these puts 2 back.
    expect(stream.measurements).toMatchObject({
      recordsIn: 23,
      recordsPutBack: 20,
      recordsDropped: 10,
      recordsDelivered: 13,
    });
  });

  it("finds the tag again on what it put back", async () => {
    const { stream, destination } = splittingStream();
    stream.putRecordBatch([record("abcd", "file 7, line 3")]);
    await stream.drain();
    expect(destination.objects[0]?.tags).toEqual(Array(4).fill("file 7, line 3"));
  });

  it("sees put-back records arrive at the time of the invocation, so that they wait for the interval anew", async () => {
    const { stream, clock, destination } = splittingStream({ overrides: { s3: { bufferSeconds: 0 } } });
    stream.putRecordBatch([record("ab")]);
    clock.advance(60_000);
    await stream.tick();
    expect(destination.objects).toEqual([]);
    clock.advance(60_000);
    await stream.tick();
    expect(destination.text).toBe("ab");
  });

  it("has each put-back arrive at its own time, however far the clock jumps and whoever else ticks", async () => {
    const backup = { destination: { put: async () => {} }, compression: "GZIP", bufferSeconds: 90 } as const;
    const errorPrefix = "e/!{firehose:error-output-type}/";
    const { stream, clock, destination } = splittingStream({
      overrides: { s3: { bufferSeconds: 0 }, backup, errorPrefix },
    });
    stream.putRecordBatch([record("ab")]);
    clock.advance(600_000);
    await Promise.all([stream.tick(), stream.tick()]);
    expect(destination.objects.map(({ text, deliveredAt }) => [text, deliveredAt - START])).toEqual([["ab", 120_000]]);
  });

  it("is refused the tag of a record that is not in its batch", async () => {
    const processor: Processor<string> = {
      retries: 0,
      invoke(_, context) {
        context.tagOf("0".repeat(62));
        return { records: [] };
      },
    };
    const { stream, destination } = newStream({ processor });
    stream.putRecordBatch([record("a")]);
    await stream.drain();
    expect(destination.errors[0]?.document).toMatchObject({
      errorMessage: expect.stringContaining("not in this batch"),
    });
  });
});

it("a record put again after the invocation that asked for its tag is no put-back", async () => {
  const asking = eachRecord((data, recordId, context) => ok(recordId, context.tagOf(recordId) + data));
  const { stream, destination } = newStream({ processor: asking });
  stream.putRecordBatch([record("a", "tag ")]);
  await stream.drain();
  stream.putRecordBatch([record("a", "tag ")]);
  expect(destination.text).toBe("tag a");
  expect(stream.measurements.recordsPutBack).toBe(0);
});
