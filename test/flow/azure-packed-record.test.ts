import { parsePackedAzureRecord, selectTuples, splitPackedAzureRecord, tupleCount } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryGroups, identities, packed } from "./packed-azure.js";

const FULL = {
  ...packed([{ flow: 1, group: 2, first: 3, rule: "r", aclId: "a", mac: "0022480A0B0C", tuples: ["t"] }]),
  tributary: { v: 1, kind: "azure", origin: "reput", attempt: 2 },
};

/** The full record with one value replaced, by a path of keys. */
function withValue(path: string, value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(FULL));
  const keys = path.split(".");
  let node = copy as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) node = node[key] as Record<string, unknown>;
  node[keys.at(-1) ?? ""] = value;
  return copy;
}

describe("parsePackedAzureRecord", () => {
  it("reads what was written and leaves out unknown keys", () => {
    expect(parsePackedAzureRecord(JSON.parse(JSON.stringify(FULL)))).toEqual(FULL);
    expect(parsePackedAzureRecord(withValue("groups.0.extra", 1))).toEqual(FULL);
    expect(parsePackedAzureRecord(withValue("header.extra", 1))).toEqual(FULL);
  });

  it.each([
    ["tributary", 1],
    ["tributary.v", 2],
    ["tributary.kind", "vpc"],
    ["tributary.origin", "elsewhere"],
    ["tributary.attempt", -1],
    ["tributary.attempt", "2"],
    ["blob", null],
    ["offset", 1.5],
    ["offset", -1],
    ["header", []],
    ["header.layout", "vnet-v5"],
    ["header.time", 0],
    ["header.macAddress", 0],
    ["header.resourceId", {}],
    ["groups", {}],
    ["groups.0", null],
    ["groups.0.flow", "0"],
    ["groups.0.first", 2 ** 53],
    ["groups.0.rule", undefined],
    ["groups.0.aclId", 7],
    ["groups.0.tuples", "t"],
    ["groups.0.tuples.0", 7],
  ])("parks a record whose %s is %j and names the field", (path, value) => {
    const field = path.split(".").at(path.endsWith(".0") ? -2 : -1);
    expect(parsePackedAzureRecord(withValue(path, value))).toMatchObject({
      reason: "bad-record",
      message: expect.stringContaining(field ?? ""),
    });
  });

  it.each([null, undefined, 1, "text", [[]], [{}]])("parks %j", (value) => {
    expect(parsePackedAzureRecord(value)).toMatchObject({ reason: "bad-record" });
  });
});

describe("splitPackedAzureRecord", () => {
  it("gives halves that hold every tuple once, in order and under its identity", () => {
    fc.assert(
      fc.property(arbitraryGroups(fc.string()), (groups) => {
        const record = packed(groups);
        const halves = splitPackedAzureRecord(record);
        if (tupleCount(record) < 2) {
          expect(halves).toBeUndefined();
          return;
        }
        const [left, right] = halves ?? [record, record];
        expect([...identities(left.groups), ...identities(right.groups)]).toEqual(identities(groups));
        expect(tupleCount(left) - tupleCount(right)).toBeLessThanOrEqual(1);
        expect(tupleCount(right)).toBeGreaterThan(0);
        expect({ ...right, groups: [] }).toEqual({ ...record, groups: [] });
      }),
      { seed: 20260408 },
    );
  });

  it("comes down to single tuples", () => {
    const record = packed([{ flow: 0, group: 0, first: 7, rule: "r", tuples: ["a", "b", "c"] }]);
    const [left, right] = splitPackedAzureRecord(record) ?? [];
    expect(left?.groups).toMatchObject([{ first: 7, tuples: ["a", "b"] }]);
    expect(right?.groups).toMatchObject([{ first: 9, tuples: ["c"] }]);
    expect(right && splitPackedAzureRecord(right)).toBeUndefined();
  });
});

describe("selectTuples", () => {
  it("parts the tuples by a predicate and keeps the identity of each", () => {
    const picks = fc.array(fc.boolean(), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(arbitraryGroups(fc.string()), picks, (groups, pattern) => {
        const all = identities(groups);
        const select = (wanted: boolean): string[] => {
          let asked = 0;
          const selected = selectTuples(packed(groups), () => pattern[asked++] === wanted);
          expect(selected?.groups.every(({ tuples }) => tuples.length > 0)).not.toBe(false);
          return identities(selected?.groups ?? []);
        };
        expect(select(true)).toEqual(all.filter((_, index) => pattern[index]));
        expect(select(false)).toEqual(all.filter((_, index) => !pattern[index]));
      }),
      { seed: 20260409 },
    );
  });

  it("tells the predicate each tuple's index in its original group", () => {
    const record = packed([{ flow: 4, group: 0, first: 7, rule: "r", tuples: ["a", "b"] }]);
    const asked: unknown[] = [];
    selectTuples(record, (tuple, index, group) => asked.push([tuple, index, group.flow]) > 0);
    expect(asked).toEqual([
      ["a", 7, 4],
      ["b", 8, 4],
    ]);
  });

  it("gives nothing when no tuple is picked", () => {
    expect(
      selectTuples(packed([{ flow: 0, group: 0, first: 0, rule: "r", tuples: ["a"] }]), () => false),
    ).toBeUndefined();
  });
});
