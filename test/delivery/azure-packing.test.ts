import { type AzurePacking, type AzurePackingLimits, packAzureRecord } from "@tributary/delivery";
import {
  type AzureFlowGroup,
  type PackedAzureRecord,
  Parked,
  parseAzureTuple,
  parsePackedAzureRecord,
} from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryGroups, identities, packed } from "../flow/packed-azure.js";

const MIDNIGHT = Date.UTC(2026, 3, 3);
const LIMITS: AzurePackingLimits = { responseBudgetBytes: 5_500_000, documentBytes: () => 1600 };

function tuple(time: number, port = 443): string {
  return `${time},10.20.0.4,198.51.100.7,50000,${port},6,O,E,NX,1,2,3,4`;
}

function group(tuples: readonly string[], rule = "r"): AzureFlowGroup {
  return { flow: 0, group: 0, first: 0, rule, tuples };
}

function pack(groups: readonly AzureFlowGroup[], limits: AzurePackingLimits = LIMITS): AzurePacking[] {
  const { blob, offset, header } = packed(groups);
  return [...packAzureRecord({ blob, offset, header, groups }, limits)];
}

function records(packings: readonly AzurePacking[]): { readonly data: string; readonly record: PackedAzureRecord }[] {
  return packings.map((packing) => {
    if (packing.kind === "parked") throw new Error(packing.parked.message);
    const record = parsePackedAzureRecord(JSON.parse(packing.data));
    if (record instanceof Parked) throw new Error(record.message);
    expect(identities(record.groups)).toHaveLength(packing.tuples);
    return { data: packing.data, record };
  });
}

function daysOf(record: PackedAzureRecord): ReadonlySet<number> {
  const tuples = record.groups.flatMap(({ tuples: texts }) =>
    texts.map((text) => parseAzureTuple(record.header.layout, text)),
  );
  return new Set(tuples.flatMap((one) => (one instanceof Parked ? [] : [Math.floor(one.time / 86_400_000)])));
}

describe("packAzureRecord", () => {
  it("gives every tuple once, in order and under its identity, in records of one day within all limits", () => {
    const text = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -3, max: 3 }).map((hours) => tuple(MIDNIGHT + hours * 3_600_000)) },
      { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
    );
    const budget = fc.integer({ min: 10_000, max: 6_000_000 });
    const documentBytes = fc.integer({ min: 300, max: 5000 });
    fc.assert(
      fc.property(arbitraryGroups(text), budget, documentBytes, (groups, responseBudgetBytes, bytes) => {
        const results = records(pack(groups, { responseBudgetBytes, documentBytes: () => bytes }));
        expect(results.flatMap(({ record }) => identities(record.groups))).toEqual(identities(groups));
        for (const { data, record } of results) {
          expect(daysOf(record).size).toBeLessThanOrEqual(1);
          const count = identities(record.groups).length;
          const output = Math.ceil((count * (bytes + 1)) / 3) * 4;
          if (count > 1) expect(output).toBeLessThanOrEqual(responseBudgetBytes * 0.04);
          expect(Buffer.byteLength(data)).toBeGreaterThanOrEqual(output * 0.04);
          expect(Buffer.byteLength(data)).toBeLessThanOrEqual(1000 * 1024);
        }
      }),
      { seed: 20260410, numRuns: 200 },
    );
  });

  it("writes the mark first, so that a reader knows the record by its first bytes", () => {
    const [first] = records(pack([group([tuple(MIDNIGHT)])]));
    expect(first?.data.startsWith('{"tributary":{"v":1,"kind":"azure"}')).toBe(true);
  });

  it("gives the same text as writing the record at once, but for padding", () => {
    const groups = [
      { ...group([tuple(MIDNIGHT), tuple(MIDNIGHT, 80)], 'quoted "größe"'), aclId: "a", mac: "0022480A0B0C" },
      { ...group([tuple(MIDNIGHT)]), flow: 1, first: 4 },
    ];
    const [only] = records(pack(groups));
    expect(only?.record).toEqual(packed(groups));
  });

  it("starts a new record at midnight UTC", () => {
    const results = records(pack([group([tuple(MIDNIGHT - 1), tuple(MIDNIGHT), tuple(MIDNIGHT + 1)])]));
    expect(results.map(({ record }) => record.groups.map(({ first, tuples }) => [first, tuples.length]))).toEqual([
      [[0, 1]],
      [[1, 2]],
    ]);
  });

  it("leaves tuples that cannot be parsed with the day before them", () => {
    const results = records(pack([group(["bad", tuple(MIDNIGHT - 1), "worse", tuple(MIDNIGHT)])]));
    expect(results.map(({ record }) => record.groups[0]?.tuples.length)).toEqual([3, 1]);
  });

  it("pads with spaces to 4 % of the expected output, and no further", () => {
    const [only] = records(pack([group([tuple(MIDNIGHT)])], { ...LIMITS, documentBytes: () => 100_000 }));
    expect(only?.data).toMatch(/\} +$/);
    expect(only?.data).toHaveLength(Math.ceil(Math.ceil(100_001 / 3) * 4 * 0.04));
  });

  it("lets any batch of 0.2 MB expand within the response budget", () => {
    const tuples = Array.from({ length: 5000 }, (_, index) => tuple(MIDNIGHT + index));
    let [input, output] = [0, 0];
    for (const { data, record } of records(pack([group(tuples)]))) {
      input += Buffer.byteLength(data);
      output += identities(record.groups).length * 1600 * (4 / 3);
    }
    expect((output / input) * 200_000).toBeLessThanOrEqual(LIMITS.responseBudgetBytes);
  });

  it("keeps a document that exceeds its share alone in a record", () => {
    const results = records(
      pack([group([tuple(MIDNIGHT), tuple(MIDNIGHT)])], { ...LIMITS, documentBytes: () => 1_000_000 }),
    );
    expect(results).toHaveLength(2);
  });

  it("splits long tuples below 1,000 KiB, counted in bytes", () => {
    const long = "ü".repeat(200_000);
    const results = records(
      pack([group([long, long, long, long])], { responseBudgetBytes: 1e9, documentBytes: () => 100 }),
    );
    expect(results.map(({ record }) => record.groups[0]?.tuples.length)).toEqual([2, 2]);
    for (const { data } of results) expect(Buffer.byteLength(data)).toBeLessThanOrEqual(1000 * 1024);
  });

  it("never pads above 1,000 KiB", () => {
    const [only] = records(pack([group([tuple(MIDNIGHT)])], { responseBudgetBytes: 1e12, documentBytes: () => 1e9 }));
    expect(Buffer.byteLength(only?.data ?? "")).toBe(1000 * 1024);
  });

  it("parks a tuple that no record can hold and packs its neighbours", () => {
    const results = pack([group([tuple(MIDNIGHT), "x".repeat(1_100_000), tuple(MIDNIGHT)])]);
    expect(results.map(({ kind, tuples }) => [kind, tuples])).toEqual([
      ["packed", 1],
      ["parked", 1],
      ["packed", 1],
    ]);
    expect(results[1]).toMatchObject({ parked: { reason: "too-large" } });
  });

  it("gives nothing for a record without tuples", () => {
    expect(pack([])).toEqual([]);
    expect(pack([group([])])).toEqual([]);
  });
});
