import { ConfigurationError } from "@tributary/flow";
import { describe, expect, it } from "vitest";
import {
  BY_ACCOUNT,
  EchoProcessor,
  eachRecord,
  newStream,
  ok,
  record,
  type StreamOverrides,
} from "./stream-factory.js";

const MB = 1024 * 1024;
const backup = { destination: { put: async () => {} }, compression: "GZIP" } as const;
const create = (options: StreamOverrides) => () => newStream({ enforceServiceLimits: true, ...options });

describe("a stream's buffers are held to the service's bounds", () => {
  it.each<[string, StreamOverrides]>([
    ["processor.bufferBytes", { processor: new EchoProcessor({ bufferBytes: 100_000 }) }],
    ["processor.bufferBytes", { processor: new EchoProcessor({ bufferBytes: 4 * MB }) }],
    ["processor.bufferSeconds", { processor: new EchoProcessor({ bufferSeconds: 901 }) }],
    ["processor.bufferSeconds", { processor: new EchoProcessor({ bufferSeconds: -1 }) }],
    ["s3.bufferBytes", { s3: { bufferBytes: 129 * MB } }],
    ["s3.bufferBytes", { s3: { bufferBytes: Number.NaN } }],
    ["s3.bufferSeconds", { s3: { bufferSeconds: 901 } }],
    [
      "backup.bufferSeconds",
      { errorPrefix: "e/!{firehose:error-output-type}/", backup: { ...backup, bufferSeconds: 59 } },
    ],
  ])("refuses %s outside of its range", (setting, options) => {
    expect(create(options)).toThrow(ConfigurationError);
    expect(create(options)).toThrow(setting);
  });

  it("refuses less than 64 MB with record format conversion, and names that rule", () => {
    const options = { s3: { bufferBytes: 32 * MB }, conversion: { extension: ".parquet" } };
    expect(create(options)).toThrow(/64 to 128 MB with record format conversion or dynamic partitioning/);
    expect(create({ s3: { bufferBytes: 32 * MB } })).not.toThrow();
  });

  it("refuses less than 64 MB with dynamic partitioning", () => {
    expect(create({ ...BY_ACCOUNT, processor: new EchoProcessor(), s3: { bufferBytes: 63 * 1_000_000 } })).toThrow(
      /64 to 128 MB/,
    );
  });

  it("refuses zero buffering with dynamic partitioning", () => {
    expect(create({ ...BY_ACCOUNT, processor: new EchoProcessor(), s3: { bufferSeconds: 0 } })).toThrow(
      /s3.bufferSeconds is 0/,
    );
  });

  it("admits any size when the limits are not enforced", () => {
    expect(create({ enforceServiceLimits: false, s3: { bufferBytes: 1, bufferSeconds: 5000 } })).not.toThrow();
  });
});

describe("a stream's prefixes are held to the service's rules", () => {
  it.each<[string, StreamOverrides]>([
    [
      "an error type in the prefix",
      { prefix: "a/!{firehose:error-output-type}/", errorPrefix: "e/!{firehose:error-output-type}/" },
    ],
    ["an expression in the prefix without an error prefix", { prefix: "!{timestamp:yyyy}/" }],
    ["an error prefix without the error type", { errorPrefix: "errors/!{timestamp:yyyy}/" }],
    ["a literal error prefix", { errorPrefix: "errors/" }],
    [
      "a partition key in the error prefix",
      { ...BY_ACCOUNT, errorPrefix: "!{firehose:error-output-type}/!{partitionKeyFromLambda:account}/" },
    ],
    ["partition keys without dynamic partitioning", { prefix: BY_ACCOUNT.prefix, errorPrefix: BY_ACCOUNT.errorPrefix }],
    ["dynamic partitioning without partition keys in the prefix", { ...BY_ACCOUNT, prefix: "lake/" }],
    ["a declared key that the prefix lacks", { ...BY_ACCOUNT, dynamicPartitioning: { keys: ["account", "day"] } }],
    ["a key in the prefix that is not declared", { ...BY_ACCOUNT, dynamicPartitioning: { keys: [] } }],
    ["a source backup without an error prefix", { backup }],
    [
      "a partition key in the backup's prefix",
      { errorPrefix: BY_ACCOUNT.errorPrefix, backup: { ...backup, prefix: BY_ACCOUNT.prefix } },
    ],
    [
      "a backup error prefix without the error type",
      { errorPrefix: BY_ACCOUNT.errorPrefix, backup: { ...backup, errorPrefix: "e/" } },
    ],
  ])("refuses %s", (_, options) => {
    expect(create({ processor: new EchoProcessor(), ...options })).toThrowError(
      expect.objectContaining({ code: "prefix-rule" }),
    );
  });

  it("refuses a prefix of more than 512 characters, not counting the date that is appended", async () => {
    expect(create({ prefix: "a".repeat(513) })).toThrow(/513 characters/);
    const { stream, destination } = newStream({ prefix: "a".repeat(512) });
    stream.putRecordBatch([record("a")]);
    await stream.drain();
    expect(destination.text).toBe("a");
  });

  it("refuses dynamic partitioning without a processor to name the keys", () => {
    expect(create(BY_ACCOUNT)).toThrow(/no processor/);
  });

  it("refuses dynamic partitioning without an error prefix", () => {
    const options = { prefix: BY_ACCOUNT.prefix, dynamicPartitioning: {}, processor: new EchoProcessor() };
    expect(create(options)).toThrow(/errorPrefix is missing/);
  });

  it("appends the hour of arrival to a prefix without expressions", async () => {
    const { stream, destination } = newStream({ prefix: "raw/" });
    stream.putRecordBatch([record("a")]);
    await stream.drain();
    expect(destination.objects[0]?.key).toMatch(/^raw\/2026\/03\/04\/05\/flows-1-/);
  });

  it("uses the hour of arrival alone without a prefix", async () => {
    const { stream, destination } = newStream();
    stream.putRecordBatch([record("a")]);
    await stream.drain();
    expect(destination.objects[0]?.key).toMatch(/^2026\/03\/04\/05\/flows-1-/);
  });

  it("appends no date to a prefix with an expression", async () => {
    const { stream, destination } = newStream({
      prefix: "raw/!{timestamp:yyyy}/",
      errorPrefix: BY_ACCOUNT.errorPrefix,
    });
    stream.putRecordBatch([record("a")]);
    await stream.drain();
    expect(destination.objects[0]?.key).toMatch(/^raw\/2026\/flows-1-/);
  });

  it("defaults the error prefix to prefix, error type and hour", async () => {
    const processor = eachRecord((data, recordId) => ({ ...ok(recordId, data), result: "ProcessingFailed" }));
    const { stream, destination } = newStream({ prefix: "raw/", processor });
    stream.putRecordBatch([record("a")]);
    await stream.drain();
    expect(destination.errors[0]?.key).toMatch(/^raw\/processing-failed\/2026\/03\/04\/05\/flows-1-/);
  });
});
