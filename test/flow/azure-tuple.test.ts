import { Parked, parseAzureTuple } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const V4 = "1775154652000,10.20.0.4,10.20.0.5,50000,443,6,O,E,NX,1,2,3,4";
const V2 = "1709632840,10.20.0.4,10.20.0.5,50000,443,T,O,A,E,1,2,3,4";
const V1 = "1709632840,10.20.0.4,10.20.0.5,50000,443,U,I,A";

/** The tuple with one field replaced. */
function withField(tuple: string, index: number, value: string): string {
  const fields = tuple.split(",");
  fields[index] = value;
  return fields.join(",");
}

describe("parseAzureTuple", () => {
  it("reads the eight fields of NSG version 1", () => {
    expect(parseAzureTuple("nsg-v1", V1)).toEqual({
      time: 1709632840000,
      srcIp: "10.20.0.4",
      dstIp: "10.20.0.5",
      srcPort: 50000,
      dstPort: 443,
      protocol: 17,
      direction: "I",
      allowed: true,
    });
  });

  it("takes epochs below 1e11 for seconds and others for milliseconds", () => {
    expect(parseAzureTuple("vnet-v4", withField(V4, 0, "99999999999"))).toMatchObject({ time: 99999999999000 });
    expect(parseAzureTuple("vnet-v4", withField(V4, 0, "100000000000"))).toMatchObject({ time: 100000000000 });
    expect(parseAzureTuple("nsg-v2", withField(V2, 0, "1709632840123"))).toMatchObject({ time: 1709632840123 });
  });

  it("takes protocols as letters and as numbers in every layout", () => {
    expect(parseAzureTuple("vnet-v4", withField(V4, 5, "T"))).toMatchObject({ protocol: 6 });
    expect(parseAzureTuple("nsg-v1", withField(V1, 5, "255"))).toMatchObject({ protocol: 255 });
  });

  it("has no counters on B and D, whether Azure wrote zeros or nothing", () => {
    for (const state of ["B", "D"]) {
      for (const counts of [",,,", "0,0,0,0", "1,60,0,0"]) {
        const tuple = `${withField(V4, 7, state).split(",").slice(0, 9).join(",")},${counts}`;
        expect(parseAzureTuple("vnet-v4", tuple)).not.toHaveProperty("counters");
        expect(parseAzureTuple("vnet-v4", tuple)).toMatchObject({ state, allowed: state === "B" });
      }
    }
  });

  it("reads D,B of NSG version 2 as a denied flow", () => {
    const tuple = parseAzureTuple("nsg-v2", "1709632840,192.0.2.1,10.20.0.5,50000,23,T,I,D,B,,,,");
    expect(tuple).toMatchObject({ allowed: false, state: "D" });
    expect(tuple).not.toHaveProperty("counters");
  });

  it("keeps zero counts of C and E, which were counted", () => {
    expect(parseAzureTuple("vnet-v4", "1775154652,::1,::2,0,0,6,O,C,NX,0,0,0,0")).toMatchObject({
      counters: { packetsOut: 0, bytesOut: 0, packetsIn: 0, bytesIn: 0 },
    });
  });

  it("takes NSG version 2 reports that Azure did not count, and refuses them in VNet version 4", () => {
    const uncounted = parseAzureTuple("nsg-v2", "1709632840,10.20.0.4,10.20.0.5,50000,443,T,O,A,C,,,,");
    expect(uncounted).toMatchObject({ state: "C" });
    expect(uncounted).not.toHaveProperty("counters");
    expect(parseAzureTuple("vnet-v4", "1775154652,10.20.0.4,10.20.0.5,50000,443,6,O,C,NX,,,,")).toBeInstanceOf(Parked);
  });

  it("takes encryption values that are not listed yet", () => {
    expect(parseAzureTuple("vnet-v4", withField(V4, 8, "NX_NEW_2"))).toMatchObject({ encryption: "NX_NEW_2" });
  });

  const broken: readonly (readonly [layout: "nsg-v1" | "nsg-v2" | "vnet-v4", tuple: string, message: string])[] = [
    ["nsg-v1", V2, "fields"],
    ["nsg-v2", V1, "has 8, expected the 13"],
    ["vnet-v4", "", "fields"],
    ["vnet-v4", ",".repeat(5000), "fields"],
    ["vnet-v4", withField(V4, 0, "-1"), 'time is "-1"'],
    ["vnet-v4", withField(V4, 0, "1775154652.5"), "time is"],
    ["vnet-v4", withField(V4, 0, "253402300800000"), "time is"],
    ["vnet-v4", withField(V4, 0, " 1775154652"), "time is"],
    ["vnet-v4", withField(V4, 1, "10.20.0.256"), 'source address is "10.20.0.256"'],
    ["vnet-v4", withField(V4, 2, "fe80::1%eth0"), "destination address is"],
    ["vnet-v4", withField(V4, 3, "65536"), 'source port is "65536"'],
    ["vnet-v4", withField(V4, 4, ""), 'destination port is ""'],
    ["vnet-v4", withField(V4, 4, "0x50"), "destination port is"],
    ["vnet-v4", withField(V4, 5, "TCP"), 'protocol is "TCP"'],
    ["vnet-v4", withField(V4, 6, "IN"), 'direction is "IN"'],
    ["vnet-v4", withField(V4, 7, "A"), "flow state is"],
    ["vnet-v4", withField(V4, 8, "nx"), "flow encryption is"],
    ["vnet-v4", withField(V4, 9, "9007199254740992"), "packets sent is"],
    ["vnet-v4", withField(V4, 12, ""), "bytes received is"],
    ["vnet-v4", withField(withField(V4, 7, "B"), 11, "x"), "packets received is"],
    ["nsg-v1", withField(V1, 7, "E"), 'decision is "E"'],
    ["nsg-v2", withField(V2, 8, "D"), 'flow state is "D"'],
    ["nsg-v2", withField(V2, 10, "1e3"), 'bytes sent is "1e3"'],
  ];
  for (const [layout, tuple, message] of broken) {
    it(`parks ${layout} ${JSON.stringify(tuple.slice(0, 90))}: ${message}`, () => {
      const parked = parseAzureTuple(layout, tuple);
      expect(parked).toBeInstanceOf(Parked);
      expect(parked).toMatchObject({ reason: "bad-tuple", raw: tuple, message: expect.stringContaining(message) });
    });
  }

  it("gives back every field of a well-formed VNet tuple", () => {
    const port = fc.integer({ min: 0, max: 65535 });
    const count = fc.maxSafeNat();
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const fields = fc.tuple(
      fc.integer({ min: 1e11, max: 253_402_300_799_999 }),
      address,
      address,
      port,
      port,
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom("I", "O"),
      fc.constantFrom("C", "E"),
      fc.constantFrom("X", "NX", "NX_SW_NOT_READY"),
      count,
      count,
      count,
      count,
    );
    fc.assert(
      fc.property(fields, (values) => {
        const tuple = parseAzureTuple("vnet-v4", values.join(","));
        if (tuple instanceof Parked) throw new Error(tuple.message);
        const { time, srcIp, dstIp, srcPort, dstPort, protocol, direction, state, encryption, counters } = tuple;
        const { packetsOut, bytesOut, packetsIn, bytesIn } = counters ?? {};
        const head = [time, srcIp, dstIp, srcPort, dstPort, protocol, direction, state, encryption];
        expect([...head, packetsOut, bytesOut, packetsIn, bytesIn]).toEqual(values);
      }),
      { seed: 20260402 },
    );
  });

  it("parks or parses any text, and parks it whole", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom("", "1", "10.0.0.1", "I", "B", "é"), { maxLength: 15 }).map((parts) => parts.join(",")),
    );
    fc.assert(
      fc.property(fc.constantFrom("nsg-v1" as const, "nsg-v2" as const, "vnet-v4" as const), text, (layout, tuple) => {
        const result = parseAzureTuple(layout, tuple);
        if (result instanceof Parked) expect(result.raw).toBe(tuple);
      }),
      { seed: 20260403 },
    );
  });
});
