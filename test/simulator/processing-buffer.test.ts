import { INVOCATION_PAYLOAD_BYTES_MAX } from "@tributary/simulator";
import { describe, expect, it } from "vitest";
import { EchoProcessor, newStream, record, START } from "./stream-factory.js";

describe("the processing buffer", () => {
  it("invokes when the next record would exceed the hint, counted on decoded bytes", async () => {
    const processor = new EchoProcessor({ bufferBytes: 10 });
    const { stream } = newStream({ processor });
    stream.putRecordBatch([record("aaaa"), record("bbbb"), record("cccc")]);
    await stream.tick();
    expect(processor.batches).toEqual([["aaaa", "bbbb"]]);
  });

  it("invokes at once when the hint is reached exactly", async () => {
    const processor = new EchoProcessor({ bufferBytes: 8 });
    const { stream } = newStream({ processor });
    stream.putRecordBatch([record("aaaa"), record("bbbb")]);
    await stream.tick();
    expect(processor.batches).toEqual([["aaaa", "bbbb"]]);
  });

  it("invokes for a record beyond the hint alone", async () => {
    const processor = new EchoProcessor({ bufferBytes: 4 });
    const { stream } = newStream({ processor });
    stream.putRecordBatch([record("a"), record("bbbbbbbb"), record("c")]);
    await stream.drain();
    expect(processor.batches).toEqual([["a"], ["bbbbbbbb"], ["c"]]);
  });

  it("invokes when the oldest record has waited for the interval, not before", async () => {
    const processor = new EchoProcessor({ bufferSeconds: 60 });
    const { stream, clock } = newStream({ processor });
    stream.putRecordBatch([record("a")]);
    clock.advance(30_000);
    stream.putRecordBatch([record("b")]);
    clock.advance(29_999);
    await stream.tick();
    expect(processor.batches).toEqual([]);
    clock.advance(1);
    await stream.tick();
    expect(processor.batches).toEqual([["a", "b"]]);
  });

  it("keeps a record that comes after the interval out of the batch that was due, though nobody ticked", async () => {
    const processor = new EchoProcessor({ bufferSeconds: 60 });
    const { stream, clock } = newStream({ processor });
    stream.putRecordBatch([record("a")]);
    clock.advance(61_000);
    stream.putRecordBatch([record("b")]);
    await stream.drain();
    expect(processor.batches).toEqual([["a"], ["b"]]);
  });

  it("gathers what is put within one moment when the interval is zero", async () => {
    const processor = new EchoProcessor({ bufferSeconds: 0 });
    const { stream } = newStream({ processor });
    stream.putRecordBatch([record("a"), record("b")]);
    stream.putRecordBatch([record("c")]);
    await stream.tick();
    expect(processor.batches).toEqual([["a", "b", "c"]]);
  });

  it("never sends a request above 6 MB, however small the records are", async () => {
    const processor = new EchoProcessor({ bufferBytes: 3 * 1024 * 1024 });
    const { stream } = newStream({ processor });
    const batch = Array.from({ length: 500 }, (_, index) => record("x", String(index)));
    for (let put = 0; put < 100; put++) stream.putRecordBatch(batch);
    await stream.drain();
    const sizes = processor.events.map((event) => JSON.stringify(event).length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(INVOCATION_PAYLOAD_BYTES_MAX);
    expect(stream.measurements.requestBytesMax).toBeGreaterThanOrEqual(Math.max(...sizes));
    expect(stream.measurements.recordsDelivered).toBe(50_000);
  });

  it("sends the event that Firehose sends", async () => {
    const processor = new EchoProcessor();
    const { stream, clock } = newStream({ processor });
    const { requestResponses } = stream.putRecordBatch([record("a")]);
    clock.advance(5);
    stream.putRecordBatch([record("b")]);
    await stream.drain();
    const [first] = requestResponses;
    expect(processor.events).toEqual([
      {
        invocationId: expect.any(String),
        deliveryStreamArn: "arn:aws:firehose:eu-central-1:123456789012:deliverystream/flows",
        region: "eu-central-1",
        records: [
          { ...first, approximateArrivalTimestamp: START, data: "YQ==" },
          { recordId: expect.stringMatching(/^\d{62}$/), approximateArrivalTimestamp: START + 5, data: "Yg==" },
        ],
      },
    ]);
  });
});
