import { type AzureRecord, Parked, parseAzureRecord, parseAzureRecords } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const TIME = "2026-04-02T18:31:50.1234567Z";
const V1_TUPLE = "1709632840,10.20.0.4,10.20.0.5,50000,443,U,I,A";
const V2_TUPLE = `${V1_TUPLE},B,,,,`;

function nsg(version: unknown, ...tuples: readonly unknown[]): Record<string, unknown> {
  const flows = [{ rule: "r", flows: [{ mac: "0022480A0B0C", flowTuples: tuples }] }];
  return { time: TIME, resourceId: "/SUBSCRIPTIONS/S", properties: { Version: version, flows } };
}

function vnet(flowRecords: unknown): Record<string, unknown> {
  return { time: TIME, macAddress: "0022480A0B0C", flowRecords };
}

function read(value: unknown): AzureRecord {
  const record = parseAzureRecord(value);
  if (record instanceof Parked) throw new Error(record.message);
  return record;
}

describe("parseAzureRecord", () => {
  it("tells the layout by shape, not by category or version number", () => {
    const disguised = { ...vnet({ flows: [] }), category: "NetworkSecurityGroupFlowEvent", flowLogVersion: 2 };
    expect(read(disguised).header.layout).toBe("vnet-v4");
    expect(read({ ...nsg(2, V2_TUPLE), category: "FlowLogFlowEvent", flowLogVersion: 4 }).header.layout).toBe("nsg-v2");
  });

  it("follows properties.Version even when a cut-off tuple looks like version 1", () => {
    expect(read(nsg(2, V1_TUPLE, V2_TUPLE)).header.layout).toBe("nsg-v2");
    expect(read(nsg(1, V1_TUPLE, V2_TUPLE)).header.layout).toBe("nsg-v1");
  });

  it("counts tuple fields when the version is missing or fits no tuple", () => {
    expect(read(nsg(undefined, V1_TUPLE)).header.layout).toBe("nsg-v1");
    expect(read(nsg(undefined, V2_TUPLE)).header.layout).toBe("nsg-v2");
    expect(read(nsg(1, V2_TUPLE)).header.layout).toBe("nsg-v2");
    expect(read(nsg(2, V1_TUPLE)).header.layout).toBe("nsg-v1");
    expect(read(nsg(2)).header.layout).toBe("nsg-v2");
  });

  it.each(["00:22:48:0a:0b:0c", "00-22-48-0A-0B-0C", "0022.480a.0b0c", "0022480A0B0C"])(
    "normalises MAC %s",
    (macAddress) => {
      expect(read({ ...vnet({ flows: [] }), macAddress }).header.macAddress).toBe("0022480A0B0C");
    },
  );

  it.each(["", "0022480A0B", "0022480A0B0CFF", "zz22480A0B0C", 42, null])("leaves out MAC %s", (macAddress) => {
    expect(read({ ...vnet({ flows: [] }), macAddress }).header).not.toHaveProperty("macAddress");
  });

  it("keeps the index of every tuple around one that is no text", () => {
    const record = read(nsg(1, V1_TUPLE, null, 7, V1_TUPLE, V1_TUPLE));
    expect(record.groups.map(({ first, tuples }) => [first, tuples.length])).toEqual([
      [0, 1],
      [3, 2],
    ]);
    expect(record.parked.map(({ reason, raw }) => [reason, raw])).toEqual([
      ["bad-tuple", "null"],
      ["bad-tuple", "7"],
    ]);
  });

  it("refuses a time without zone, which would depend on the machine", () => {
    expect(parseAzureRecord({ ...vnet({ flows: [] }), time: "2026-04-02T18:31:50" })).toBeInstanceOf(Parked);
  });

  it("keeps the text it was given as raw text", () => {
    expect(parseAzureRecord({}, '{ "kept": "as written" }')).toMatchObject({ raw: '{ "kept": "as written" }' });
  });

  it.each([
    [null],
    [undefined],
    [7],
    ["text"],
    [[]],
    [{}],
    [{ properties: null }],
    [{ flowRecords: [] }],
    [{ flowRecords: { flows: {} } }],
  ])("parks %j as a whole", (value) => {
    expect(parseAzureRecord(value)).toMatchObject({ reason: "bad-record" });
  });

  it("takes keys named __proto__ and constructor for data", () => {
    const text = `{"time":"${TIME}","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"flowRecords":{"__proto__":{"flows":[]},"flows":[{"__proto__":[],"aclID":"a","flowGroups":[]}]}}`;
    const record = read(JSON.parse(text));
    expect(record.groups).toEqual([]);
    expect(Object.hasOwn(record.header, "__proto__")).toBe(false);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("takes no flows from a __proto__ key", () => {
    expect(parseAzureRecord(JSON.parse(`{"time":"${TIME}","__proto__":{"flowRecords":{"flows":[]}}}`))).toBeInstanceOf(
      Parked,
    );
  });

  it("parks JSON nested too deep to be written again", () => {
    const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
    expect(parseAzureRecord({ time: TIME, properties: deep })).toMatchObject({ reason: "bad-record" });
    expect(read(vnet({ flows: [{ aclID: "a", flowGroups: deep }] })).parked).toHaveLength(1);
  });

  it("reads a group of a hundred thousand tuples", () => {
    expect(read(nsg(1, ...new Array<string>(100_000).fill(V1_TUPLE))).groups[0]?.tuples).toHaveLength(100_000);
  });

  it("never throws, whatever the JSON", () => {
    const key = fc.constantFrom(
      "time",
      "properties",
      "flowRecords",
      "flows",
      "Version",
      "records",
      "flowGroups",
      "rule",
      "flowTuples",
      "aclID",
      "mac",
      "__proto__",
    );
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>(null, true, 1, TIME, V1_TUPLE, "x"),
        fc.array(tie("node"), { maxLength: 4 }),
        fc.dictionary(key, tie("node"), { maxKeys: 6 }),
      ),
    })).node;
    fc.assert(
      fc.property(value, (json) => {
        const parsed = parseAzureRecord(json);
        const all = parseAzureRecords(json);
        if (!(parsed instanceof Parked)) expect(parsed.groups.every(({ tuples }) => tuples.length > 0)).toBe(true);
        expect(Array.isArray(all)).toBe(true);
      }),
      { seed: 20260404, numRuns: 500 },
    );
  });
});

describe("parseAzureRecords", () => {
  it("flattens records nested in a record and counts their flows on", () => {
    const nested = { ...nsg(1, V1_TUPLE), records: [nsg(1, V1_TUPLE), { records: [nsg(2, V2_TUPLE)] }] };
    const records = parseAzureRecords(nested).map((record) => {
      if (record instanceof Parked) throw new Error(record.message);
      return [record.header.layout, record.groups[0]?.flow];
    });
    expect(records).toEqual([
      ["nsg-v1", 0],
      ["nsg-v1", 1],
      ["nsg-v2", 2],
    ]);
  });

  it("gives a plain record as it is", () => {
    expect(parseAzureRecords(nsg(1, V1_TUPLE))).toEqual([parseAzureRecord(nsg(1, V1_TUPLE))]);
  });

  it("parks records that nest deeper than any blob does", () => {
    let nested: unknown = nsg(1, V1_TUPLE);
    for (let depth = 0; depth < 5000; depth++) nested = { records: [nested] };
    expect(parseAzureRecords(nested)).toMatchObject([{ reason: "bad-record" }]);
  });
});
