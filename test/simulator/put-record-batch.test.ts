import { InvalidArgumentException, RECORD_BYTES_MAX } from "@tributary/simulator";
import { describe, expect, it } from "vitest";
import { EchoProcessor, newStream, record } from "./stream-factory.js";

const many = (count: number) => Array.from({ length: count }, (_, index) => record(String(index)));
const ofBytes = (bytes: number) => ({ data: new Uint8Array(bytes), tag: "big" });

describe("PutRecordBatch", () => {
  it("accepts 500 records and gives each its own id", () => {
    const { stream } = newStream();
    const { failedPutCount, requestResponses } = stream.putRecordBatch(many(500));
    expect(failedPutCount).toBe(0);
    expect(new Set(requestResponses.map((entry) => "recordId" in entry && entry.recordId)).size).toBe(500);
  });

  it.each([0, 501])("refuses a call of %i records as InvalidArgumentException", (count) => {
    const { stream } = newStream();
    const put = () => stream.putRecordBatch(many(count));
    expect(put).toThrow(InvalidArgumentException);
    expect(put).toThrowError(
      expect.objectContaining({ name: "InvalidArgumentException", code: "InvalidArgumentException" }),
    );
  });

  it("accepts a record of 1,000 KiB and refuses one byte more, counted before base64", () => {
    const { stream } = newStream();
    expect(() => stream.putRecordBatch([ofBytes(RECORD_BYTES_MAX)])).not.toThrow();
    const encoded = { data: Buffer.alloc(RECORD_BYTES_MAX).toString("base64"), tag: "base64" };
    expect(() => stream.putRecordBatch([encoded])).not.toThrow();
    expect(() => stream.putRecordBatch([ofBytes(RECORD_BYTES_MAX + 1)])).toThrow(/record 0 has 1024001 bytes/);
  });

  it("accepts 4 MiB in one call and refuses one byte more", () => {
    const { stream } = newStream();
    const mebibytes = (last: number) => [...Array.from({ length: 4 }, () => ofBytes(1_000_000)), ofBytes(last)];
    expect(() => stream.putRecordBatch(mebibytes(194_304))).not.toThrow();
    expect(() => stream.putRecordBatch(mebibytes(194_305))).toThrow(/4194305 bytes in one call/);
  });

  it("takes nothing of a call that it refuses", () => {
    const { stream } = newStream();
    expect(() => stream.putRecordBatch([record("a"), ofBytes(RECORD_BYTES_MAX + 1)])).toThrow();
    expect(stream.measurements.recordsIn).toBe(0);
    expect(stream.nextDueAt()).toBeUndefined();
  });

  it("marks each throttled record in its place and takes the others", async () => {
    const { stream, destination } = newStream({ admit: (_, index) => index !== 1 });
    const { failedPutCount, requestResponses } = stream.putRecordBatch([record("a"), record("b"), record("c")]);
    await stream.drain();
    expect(failedPutCount).toBe(1);
    expect(requestResponses).toEqual([
      { recordId: expect.any(String) },
      { errorCode: "ServiceUnavailableException", errorMessage: "Slow down." },
      { recordId: expect.any(String) },
    ]);
    expect(destination.text).toBe("ac");
    expect(stream.measurements).toMatchObject({ recordsIn: 2, recordsRefused: 1, bytesIn: 2 });
  });

  it("treats bytes and base64 text alike", async () => {
    const processor = new EchoProcessor();
    const { stream, destination } = newStream({ processor });
    // A view into a larger buffer, of which only the view belongs to the record.
    const bytes = Buffer.from("..bytes..").subarray(2, 7);
    stream.putRecordBatch([{ data: bytes, tag: "bytes" }, record("text"), record("")]);
    await stream.drain();
    expect(processor.batches).toEqual([["bytes", "text", ""]]);
    expect(destination.text).toBe("bytestext");
  });
});
