import { describe, expect, it } from "vitest";
import { rawText } from "./recording-destination.js";
import { BY_ACCOUNT, eachRecord, newStream, ok, record, START } from "./stream-factory.js";

/** Records "account:data"; without a colon the answer has no partition keys. */
const byAccount = eachRecord((data, recordId) => {
  const [account, rest] = data.split(":");
  return rest === undefined ? ok(recordId, data) : ok(recordId, rest, { account: account ?? "", unused: "x" });
});
const partitioned = (dynamicPartitioning: object = {}, more: object = {}) =>
  newStream({ ...BY_ACCOUNT, processor: byAccount, dynamicPartitioning, ...more });

describe("dynamic partitioning", () => {
  it("gives each partition its own object under its own prefix", async () => {
    const { stream, destination } = partitioned();
    stream.putRecordBatch([record("1:a"), record("2:b"), record("1:c")]);
    await stream.drain();
    const byKey = destination.objects.map(({ key, text, partition }) => [key.slice(0, 18), text, partition]);
    expect(byKey).toEqual([
      ["lake/accountId=1/f", "ac", { account: "1" }],
      ["lake/accountId=2/f", "b", { account: "2" }],
    ]);
  });

  it("keeps values apart whose concatenation is equal", async () => {
    const processor = eachRecord((data, id) =>
      ok(id, data, { a: data.slice(0, data.indexOf("|")), b: data.slice(data.indexOf("|") + 1) }),
    );
    const { stream, destination } = newStream({
      ...BY_ACCOUNT,
      prefix: "!{partitionKeyFromLambda:a}!{partitionKeyFromLambda:b}/",
      processor,
    });
    stream.putRecordBatch([record("1|23"), record("12|3")]);
    await stream.drain();
    expect(destination.objects.map(({ partition }) => partition)).toEqual([
      { a: "1", b: "23" },
      { a: "12", b: "3" },
    ]);
  });

  it.each([
    ["without keys", "b"],
    ["with an empty key", ":b"],
  ])("sends a record %s to metadata-extraction-failed with its source data", async (_, data) => {
    const { stream, destination } = partitioned();
    stream.putRecordBatch([record("1:a"), record(data)]);
    await stream.drain();
    expect(destination.text).toBe("a");
    expect(destination.errors.map(rawText)).toEqual([data]);
    expect(destination.errors[0]).toMatchObject({
      type: "metadata-extraction-failed",
      key: expect.stringMatching(/^errors\/metadata-extraction-failed\/flows-1-/),
      tag: data,
      document: { errorCode: "DynamicPartitioning.MetadataExtractionFailed", arrivalTimestamp: START },
    });
    expect(stream.measurements).toMatchObject({ recordsDelivered: 1, recordsInError: 1 });
  });

  it("sends a record to the error output when its prefix would exceed 512 characters", async () => {
    const { stream, destination } = partitioned();
    stream.putRecordBatch([record(`${"9".repeat(500)}:a`), record("1:b")]);
    await stream.drain();
    expect(destination.text).toBe("b");
    expect(destination.errors[0]).toMatchObject({ type: "metadata-extraction-failed" });
  });

  it("sends what exceeds the active partitions to activePartitionExceeded", async () => {
    const { stream, destination } = partitioned({ activePartitionLimit: 2 });
    stream.putRecordBatch([record("1:a"), record("2:b"), record("3:c"), record("1:d")]);
    await stream.drain();
    expect(destination.text).toBe("adb");
    expect(destination.errors.map(rawText)).toEqual(["3:c"]);
    expect(destination.errors[0]).toMatchObject({
      type: "activePartitionExceeded",
      document: { errorCode: "DynamicPartitioning.ActivePartitionLimitExceeded" },
    });
    expect(stream.measurements.activePartitionsMax).toBe(2);
  });

  it("counts a partition as active only until its buffer is delivered", async () => {
    const { stream, destination } = partitioned({ activePartitionLimit: 1 });
    stream.putRecordBatch([record("1:a")]);
    await stream.drain();
    stream.putRecordBatch([record("2:b")]);
    await stream.drain();
    expect(destination.text).toBe("ab");
    expect(destination.errors).toEqual([]);
  });

  it("counts a partition that was due as delivered, though nobody ticked", async () => {
    const { stream, clock, destination } = partitioned({ activePartitionLimit: 1 }, { s3: { bufferSeconds: 300 } });
    stream.putRecordBatch([record("1:a")]);
    await stream.advanceTo(START + 60_000);
    clock.advance(700_000);
    stream.putRecordBatch([record("2:b")]);
    await stream.drain();
    expect(destination.objects.map(({ text, deliveredAt }) => [text, deliveredAt - START])).toEqual([
      ["a", 360_000],
      ["b", 700_000],
    ]);
  });

  it("delivers the oldest partition instead when told to", async () => {
    const { stream, destination } = partitioned({ activePartitionLimit: 2, whenFull: "flush-oldest" });
    stream.putRecordBatch([record("1:a"), record("2:b"), record("3:c"), record("1:d")]);
    await stream.drain();
    expect(destination.errors).toEqual([]);
    expect(destination.objects.map(({ text }) => text)).toEqual(["a", "b", "c", "d"]);
    expect(stream.measurements.activePartitionsMax).toBe(2);
  });

  it("has 500 active partitions by default", async () => {
    const { stream, destination } = partitioned();
    stream.putRecordBatch(Array.from({ length: 500 }, (_, index) => record(`${index}:x`)));
    stream.putRecordBatch([record("500:x")]);
    await stream.drain();
    expect(stream.measurements.activePartitionsMax).toBe(500);
    expect(destination.errors.map(rawText)).toEqual(["500:x"]);
  });

  it("fills each partition's buffer for itself", async () => {
    const { stream, destination } = partitioned({}, { s3: { bufferBytes: 4 } });
    stream.putRecordBatch([record("1:aa"), record("2:bbb"), record("1:aa")]);
    await stream.advanceTo(START + 60_000);
    expect(destination.objects.map(({ text }) => text)).toEqual(["aaaa"]);
  });

  it("times each partition's buffer for itself", async () => {
    const { stream, clock, destination } = newStream({
      ...BY_ACCOUNT,
      processor: { ...byAccount, bufferSeconds: 0 },
      s3: { bufferSeconds: 300 },
    });
    stream.putRecordBatch([record("1:a")]);
    clock.advance(100_000);
    await stream.tick();
    stream.putRecordBatch([record("2:b")]);
    clock.advance(200_000);
    await stream.tick();
    expect(destination.objects.map(({ text, deliveredAt }) => [text, deliveredAt - START])).toEqual([["a", 300_000]]);
    clock.advance(100_000);
    await stream.tick();
    expect(destination.objects.map(({ text, deliveredAt }) => [text, deliveredAt - START])).toEqual([
      ["a", 300_000],
      ["b", 400_000],
    ]);
  });
});
