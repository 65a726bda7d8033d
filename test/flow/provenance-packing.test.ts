import {
  type LineBatch,
  packLines,
  parsePackedAzureRecord,
  readPayload,
  selectLines,
  selectTuples,
  splitPackedAzureRecord,
} from "@tributary/flow";
import { describe, expect, it } from "vitest";
import { packed } from "./packed-azure.js";

const SOURCE = 's3://logs/"a"\u0001é.gz';

const batch: LineBatch = { key: "k", ids: [4, 5], lines: ["one", "two"], source: SOURCE, sourceLine: 9 };

function read(text: string): LineBatch {
  const payload = readPayload(Buffer.from(text), { recordId: "r", time: 0 });
  if (payload.kind !== "lines") throw new Error(`a payload of ${payload.kind}`);
  return payload.batch;
}

describe("a packed batch of lines", () => {
  it("keeps its source", () => {
    expect(read(packLines(batch))).toEqual(batch);
    expect(read(packLines(selectLines(batch, [1])))).toEqual({ ...batch, ids: [5], lines: ["two"] });
  });

  it("has none unless it was given one of the right type", () => {
    const { source: _source, sourceLine: _line, ...rest } = batch;
    expect(read(packLines(rest))).toEqual(rest);
    const odd = { ...(JSON.parse(packLines(rest)) as object), source: 7, sourceLine: "9" };
    expect(read(JSON.stringify(odd))).toEqual(rest);
  });
});

describe("a packed Azure record", () => {
  const record = {
    ...packed([{ flow: 0, group: 0, first: 0, rule: "r", tuples: ["a", "b"] }]),
    source: SOURCE,
    sourceLine: 9,
  };
  const place = { source: SOURCE, sourceLine: 9 };

  it("keeps its source, whole or in part", () => {
    expect(parsePackedAzureRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(selectTuples(record, (tuple) => tuple === "b")).toMatchObject(place);
    expect(splitPackedAzureRecord(record)).toMatchObject([place, place]);
  });

  it.each([
    ["source", 7],
    ["sourceLine", "9"],
    ["sourceLine", -1],
  ])("is parked when its %s is %j", (key, value) => {
    expect(parsePackedAzureRecord({ ...record, [key]: value })).toMatchObject({
      reason: "bad-record",
      message: expect.stringContaining(key),
    });
  });
});
