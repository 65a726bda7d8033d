import { FlowMatch, type PackedAzureRecord, selectMatchingTuples } from "@tributary/flow";
import { describe, expect, it } from "vitest";

const SUBSCRIPTION = "12345678-90ab-cdef-1234-567890abcdef";
const NIC = `/subscriptions/${SUBSCRIPTION}/resourceGroups/web-rg/providers/Microsoft.Network/networkInterfaces/web-nic`;

const TUPLES = [
  "1790000000000,10.20.0.4,198.51.100.7,50000,443,6,O,B,NX,0,0,0,0",
  "1790000001000,10.20.0.4,198.51.100.7,50000,443,6,O,E,NX,2,264,1,136",
  "1790000002000,2001:db8::4,2001:db8::53,50000,53,17,O,E,NX,2,264,1,136",
  "1790000003000,203.0.113.9,10.20.0.4,50000,3389,6,I,D,NX,0,0,0,0",
  "a broken tuple",
];

const RECORD: PackedAzureRecord = {
  tributary: { v: 1, kind: "azure" },
  blob: `flowlogresourceid=/${SUBSCRIPTION}_networkwatcherrg/networkwatcher_northeurope_web/pt1h.json`,
  offset: 12,
  header: { layout: "vnet-v4", time: "2026-09-21T14:14:00Z", macAddress: "0022480A0B0C", targetResourceId: NIC },
  groups: [{ flow: 1, group: 2, first: 3, rule: "UserRule_web", tuples: TUPLES }],
};

/** Index of each kept tuple in its original group. */
function keptBy(...texts: readonly string[]): readonly number[] {
  const { record, notMatched } = selectMatchingTuples(RECORD, FlowMatch.parse(texts));
  const kept = (record?.groups ?? []).flatMap(({ first, tuples }) => tuples.map((_, at) => first + at));
  expect(kept.length + notMatched).toBe(TUPLES.length);
  return kept;
}

const BROKEN = 7;

describe("the tuples of an Azure record", () => {
  it.each([
    ["198.51.100.0/24", [3, 4]],
    ["dst:10.20.0.4", [6]],
    ["2001:DB8:0::53", [5]],
    ["443,53", [3, 4, 5]],
    ["udp", [5]],
    ["deny", [6]],
    ["accept", [3, 4, 5]],
    ["192.0.2.1", []],
  ])("match %s by what they say, with their indexes; a broken one goes on", (text, kept) => {
    expect(keptBy(text)).toEqual([...kept, BROKEN]);
  });

  it.each([SUBSCRIPTION, SUBSCRIPTION.toUpperCase(), "00-22-48-0a-0b-0c", "0022480A0B0C", NIC, NIC.toUpperCase()])(
    "match %s by what their record says",
    (text) => {
      expect(keptBy(text)).toEqual([3, 4, 5, 6, BROKEN]);
    },
  );

  it.each(["87654321-90ab-cdef-1234-567890abcdef", "00-22-48-0a-0b-0d", `${NIC}-2`, "eni-0a1b2c3d"])(
    "do not match %s of another record",
    (text) => {
      expect(keptBy(text)).toEqual([BROKEN]);
    },
  );

  it("match several conditions at once", () => {
    expect(keptBy("10.20.0.4", "tcp", "reject")).toEqual([6, BROKEN]);
  });

  it("match the MAC of their group where the record has none", () => {
    const { macAddress: _mac, ...header } = RECORD.header;
    const groups = RECORD.groups.map((group) => ({ ...group, mac: "0022480A0B0D" }));
    const match = FlowMatch.parse(["00:22:48:0a:0b:0d"]);
    expect(selectMatchingTuples({ ...RECORD, header, groups }, match).notMatched).toBe(0);
  });

  it("give no record when none is left", () => {
    const groups = [{ flow: 0, group: 0, first: 0, rule: "r", tuples: TUPLES.slice(0, 1) }];
    expect(selectMatchingTuples({ ...RECORD, groups }, FlowMatch.parse(["udp"]))).toEqual({
      record: undefined,
      notMatched: 1,
    });
  });
});
