import { gunzipSync } from "node:zlib";
import type { BackupObject, SourceBackup } from "@tributary/simulator";
import { describe, expect, it } from "vitest";
import { eachRecord, newStream, record, START } from "./stream-factory.js";

function backedUp(backup: Partial<SourceBackup> = {}, overrides: Parameters<typeof newStream>[0] = {}) {
  const stored: BackupObject[] = [];
  const target = newStream({
    errorPrefix: "e/!{firehose:error-output-type}/",
    processor: eachRecord((_, recordId) => ({ recordId, result: "Dropped", data: "" })),
    ...overrides,
    backup: {
      destination: {
        put: async (object) => {
          stored.push(object);
        },
      },
      prefix: "raw/",
      compression: "UNCOMPRESSED",
      ...backup,
    },
  });
  return { ...target, stored };
}

describe("source backup", () => {
  it("stores every record byte for byte without delimiters, dropped ones included", async () => {
    const { stream, stored, destination } = backedUp();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    stream.putRecordBatch([record("line 1\n"), { data: bytes, tag: "bytes" }, record(""), record("ünï")]);
    await stream.drain();
    const expected = Buffer.concat([Buffer.from("line 1\n"), bytes, Buffer.from("ünï")]);
    expect(Buffer.compare(stored[0]?.body ?? Buffer.alloc(0), expected)).toBe(0);
    expect(stored[0]).toMatchObject({ records: 4, bytes: expected.length });
    expect(destination.objects).toEqual([]);
  });

  it("compresses to gzip that gives back the source", async () => {
    const { stream, stored } = backedUp({ compression: "GZIP" });
    stream.putRecordBatch([record("a".repeat(5000)), record("b")]);
    await stream.drain();
    const [object] = stored;
    expect(gunzipSync(object?.body ?? "").toString()).toBe(`${"a".repeat(5000)}b`);
    expect(object?.body.length).toBeLessThan(200);
    expect(object?.key).toMatch(/^raw\/2026\/03\/04\/05\/flows-1-2026-03-04-05-06-07-.*\.gz$/);
    expect(stream.measurements).toMatchObject({ backupObjects: 1, backupRecords: 2, backupBytes: 5001 });
  });

  it("has its own size, apart from the delivery's", async () => {
    const { stream, stored } = backedUp({ bufferBytes: 4 });
    stream.putRecordBatch([record("aaa"), record("bbb"), record("c")]);
    await stream.drain();
    expect(stored.map(({ body }) => Buffer.from(body).toString())).toEqual(["aaabbb", "c"]);
  });

  it("has its own interval, apart from the delivery's", async () => {
    const { stream, clock, stored } = backedUp({ bufferSeconds: 60 });
    stream.putRecordBatch([record("a")]);
    clock.advance(59_999);
    await stream.tick();
    expect(stored).toEqual([]);
    clock.advance(1);
    await stream.tick();
    expect(stored[0]?.deliveredAt).toBe(START + 60_000);
  });

  it("keeps a record that comes after the interval out of the object that was due, though nobody ticked", async () => {
    const { stream, clock, stored } = backedUp({ bufferSeconds: 60 });
    stream.putRecordBatch([record("a")]);
    clock.advance(61_000);
    stream.putRecordBatch([record("b")]);
    await stream.drain();
    expect(stored.map(({ body }) => Buffer.from(body).toString())).toEqual(["a", "b"]);
  });

  it("stores no record that the throttle refused", async () => {
    const { stream, stored } = backedUp({}, { admit: (_, index) => index === 0 });
    stream.putRecordBatch([record("a"), record("b")]);
    await stream.drain();
    expect(Buffer.from(stored[0]?.body ?? "").toString()).toBe("a");
  });

  it("fails the run when it cannot be stored", async () => {
    const { stream } = backedUp({ destination: { put: () => Promise.reject(new Error("bucket gone")) } });
    stream.putRecordBatch([record("a")]);
    await expect(stream.drain()).rejects.toThrow("bucket gone");
  });
});
