import type { RejectedDocument } from "@tributary/simulator";
import { describe, expect, it } from "vitest";
import { RecordingDestination, rawText } from "./recording-destination.js";
import { EchoProcessor, newStream, record, START } from "./stream-factory.js";

const table = { catalogId: "123456789012", databaseName: "flows", tableName: "network_activity", versionId: "LATEST" };

/** A conversion that refuses every document "bad"; documents of one record end in a newline each. */
function refusingBad(records: readonly string[]) {
  const rejected: RejectedDocument[] = records.flatMap((text, index) => {
    const documents = text.split("\n").filter((document) => document !== "");
    const bad = documents.filter((document) => document === "bad");
    return bad.map((document) => ({
      index,
      data: Buffer.from(document),
      partial: bad.length < documents.length,
      code: "DataFormatConversion.MalformedData",
      message: "Data does not match the schema.",
    }));
  });
  return { rejected };
}

async function convert(...records: string[]) {
  const delivered: string[] = [];
  const { stream, clock, destination } = newStream({
    prefix: "lake/",
    conversion: { extension: ".parquet", dataCatalogTable: table },
    processor: new EchoProcessor({ bufferSeconds: 0 }),
    destination: new RecordingDestination({ report: refusingBad, putErrorsLater: true }),
    onDelivered: (origin) => delivered.push(origin.tag),
  });
  stream.putRecordBatch(records.map((data) => record(data)));
  clock.advance(300_000);
  await stream.tick();
  return { stream, destination, delivered };
}

describe("record format conversion", () => {
  it("fails a bad document alone, with the service's error document", async () => {
    const { stream, destination, delivered } = await convert("good", "bad");
    expect(delivered).toEqual(["good"]);
    expect(destination.errors).toEqual([
      {
        type: "format-conversion-failed",
        key: expect.stringMatching(/^lake\/format-conversion-failed\/2026\/03\/04\/05\/flows-1-/),
        tag: "bad",
        recordId: expect.stringMatching(/1$/),
        document: {
          attemptsMade: 1,
          arrivalTimestamp: START,
          lastErrorCode: "DataFormatConversion.MalformedData",
          lastErrorMessage: "Data does not match the schema.",
          attemptEndingTimestamp: START + 300_000,
          rawData: "YmFk",
          dataCatalogTable: table,
        },
      },
    ]);
    expect(stream.measurements).toMatchObject({ recordsDelivered: 1, recordsInError: 1 });
  });

  it("counts a record as delivered when only some of its documents are bad", async () => {
    const { stream, destination, delivered } = await convert("good\nbad\ngood\n");
    expect(delivered).toHaveLength(1);
    expect(destination.errors.map(rawText)).toEqual(["bad"]);
    expect(stream.measurements).toMatchObject({ recordsDelivered: 1, recordsInError: 0 });
    expect(stream.measurements.errorDocuments["format-conversion-failed"]).toBe(1);
  });

  it("counts a record once when all of its documents are bad", async () => {
    const { stream, destination } = await convert("bad\nbad\n", "good");
    expect(destination.errors.map(rawText)).toEqual(["bad", "bad"]);
    expect(stream.measurements).toMatchObject({ recordsDelivered: 1, recordsInError: 1 });
  });

  it("stops at a report about a record that the object does not hold", async () => {
    const report = () => ({ rejected: [{ index: 1, data: Buffer.from("x"), code: "c", message: "m" }] });
    const { stream } = newStream({ destination: new RecordingDestination({ report }) });
    stream.putRecordBatch([record("a")]);
    await expect(stream.drain()).rejects.toThrow(/document 1 of 1/);
  });
});

describe("error objects", () => {
  const failing = (settings: object) =>
    newStream({
      prefix: "lake/",
      processor: {
        bufferSeconds: 0,
        invoke: (event) => ({ records: event.records.map((r) => ({ ...r, result: "ProcessingFailed" })) }),
      },
      ...settings,
    });

  it("gather documents of one type while the S3 buffer would", async () => {
    const { stream, clock, destination } = failing({ s3: { bufferSeconds: 300 } });
    for (const data of ["a", "b", "c"]) {
      stream.putRecordBatch([record(data)]);
      clock.advance(200_000);
      await stream.tick();
    }
    const [a, b, c] = destination.errors.map(({ key }) => key);
    expect(b).toBe(a);
    expect(c).not.toBe(a);
  });

  it("end with a drain", async () => {
    const { stream, destination } = failing({});
    stream.putRecordBatch([record("a")]);
    await stream.drain();
    stream.putRecordBatch([record("b")]);
    await stream.drain();
    expect(new Set(destination.errors.map(({ key }) => key)).size).toBe(2);
  });

  it("that cannot be written stop the stream, as lost errors would be lost records", async () => {
    const { stream, destination } = failing({});
    destination.putError = () => Promise.reject(new Error("access denied"));
    stream.putRecordBatch([record("a")]);
    await expect(stream.drain()).rejects.toThrow("access denied");
  });

  it("end when their bytes are reached", async () => {
    const { stream, destination } = failing({ s3: { bufferBytes: 1000 } });
    stream.putRecordBatch([record("a".repeat(300)), record("b".repeat(300))]);
    await stream.drain();
    expect(new Set(destination.errors.map(({ key }) => key)).size).toBe(2);
  });
});
