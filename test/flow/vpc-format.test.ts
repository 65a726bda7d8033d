import {
  FIELDS_UP_TO_VERSION,
  FormatError,
  Parked,
  Skipped,
  VPC_FIELDS,
  VpcFlow,
  VpcFormat,
  vpcField,
} from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainFields } from "../support/plain-mapping.js";
import { randomLine } from "../support/vpc-arbitraries.js";

function flow(fields: string, line: string): VpcFlow {
  const result = VpcFormat.parse(fields).parse(line);
  if (!(result instanceof VpcFlow)) throw new Error(`no flow: ${JSON.stringify(result)}`);
  return result;
}

function parked(fields: string, line: string): Parked {
  const result = VpcFormat.parse(fields).parse(line);
  if (!(result instanceof Parked)) throw new Error("a line that should be parked was not");
  return result;
}

/** A parsed flow by canonical field name, as text. */
function asLogged(parsed: VpcFlow): Record<string, string> {
  const names: Record<string, unknown> = {};
  for (const field of VPC_FIELDS) {
    const property = field.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    names[field] = (parsed as unknown as Record<string, unknown>)[property];
  }
  for (let i = 0; i < (parsed.others?.length ?? 0); i += 2) names[parsed.others?.[i] ?? ""] = parsed.others?.[i + 1];
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

describe("VPC flow-log formats", () => {
  it("know the 54 fields of versions 2 to 11, and how many each version has", () => {
    expect(VPC_FIELDS).toHaveLength(54);
    expect(new Set(VPC_FIELDS).size).toBe(54);
    expect(FIELDS_UP_TO_VERSION).toEqual({ 2: 14, 3: 21, 4: 25, 5: 29, 7: 39, 8: 40, 9: 41, 10: 42, 11: 54 });
  });

  it("read every field in any order", () => {
    fc.assert(
      fc.property(randomLine, ({ fields, line }) => {
        const result = VpcFormat.of(fields).parse(line);
        if (result instanceof Parked) expect.fail(result.message);
        if (result instanceof Skipped) return;
        const expected: Record<string, string> = { ...plainFields(line, fields) };
        if (expected["account-id"] === "unknown") delete expected["account-id"];
        for (const name of Object.keys(expected).filter((field) => field.includes("-tag"))) {
          const value = expected[name] ?? "";
          expected[name] = value === "100%" ? value : decodeURIComponent(value);
        }
        expect(asLogged(result)).toEqual(expected);
        expect(result.line).toBe(line);
      }),
      { seed: 20260413, numRuns: 1000 },
    );
  });

  it.each(VPC_FIELDS)("know %s in all spellings", (field) => {
    const camel = field.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    for (const spelling of [field, field.replaceAll("-", "_"), field.toUpperCase(), camel, `\${${field}}`]) {
      expect(vpcField(spelling)).toBe(field);
    }
  });

  it("take names parted by spaces, commas or both", () => {
    expect(VpcFormat.parse(` srcaddr, dstaddr,\tpkt_srcaddr  \${bytes} `).fields).toEqual([
      "srcaddr",
      "dstaddr",
      "pkt-srcaddr",
      "bytes",
    ]);
  });

  it("keep a field that no version defines under its name", () => {
    const parsed = flow("srcaddr Flow_Label dstaddr", "10.0.0.1 0x1f 10.0.0.2");
    expect(parsed.others).toEqual(["flow-label", "0x1f"]);
    expect(parsed.format.unknownFields).toEqual(["flow-label"]);
  });

  it("leave out any field that says -", () => {
    const parsed = VpcFormat.of(VPC_FIELDS).parse(VPC_FIELDS.map(() => "-").join(" "));
    if (!(parsed instanceof VpcFlow)) throw new Error("no flow");
    expect(asLogged(parsed)).toEqual({});
  });

  it("part fields at runs of spaces, also around the line", () => {
    const parsed = flow("srcaddr dstaddr srcport", "  10.0.0.1   10.0.0.2  443 ");
    expect([parsed.srcaddr, parsed.dstaddr, parsed.srcport]).toEqual(["10.0.0.1", "10.0.0.2", 443]);
  });

  it("read a line out of a longer text", () => {
    const text = 'xx{"10.0.0.1 10.0.0.2 - 80"} 90';
    const result = VpcFormat.parse("srcaddr dstaddr srcport dstport").parse(text, 4, text.length - 5);
    expect(result).toMatchObject({
      srcaddr: "10.0.0.1",
      srcport: undefined,
      dstport: 80,
      line: "10.0.0.1 10.0.0.2 - 80",
    });
  });

  it("decode tag values after splitting, and keep what is no percent-encoding", () => {
    const parsed = flow(
      "srcaddr dstaddr instance-tag asg-tag-2 interface-tag",
      "10.0.0.1 10.0.0.2 Stra%C3%9Fe%201 50%25 100%",
    );
    expect(parsed.others).toEqual(["instance-tag", "Straße 1", "asg-tag-2", "50%", "interface-tag", "100%"]);
  });

  it("take `unknown` for an account that AWS does not name", () => {
    expect(flow("account-id srcaddr dstaddr", "unknown 10.0.0.1 10.0.0.2").accountId).toBeUndefined();
  });

  it("keep counters up to 2^53 - 1 exactly", () => {
    expect(flow("srcaddr dstaddr bytes", "10.0.0.1 10.0.0.2 9007199254740991").bytes).toBe(9_007_199_254_740_991);
  });
});

describe("a line that breaks its format", () => {
  const FIELDS = "account-id srcaddr dstaddr srcport";

  it.each([
    ["one field too few", "123456789012 10.0.0.1 10.0.0.2"],
    ["one field too many", "123456789012 10.0.0.1 10.0.0.2 443 6"],
    ["no field", ""],
    ["spaces alone", "   "],
  ])("is parked for its count when it has %s", (_, line) => {
    const { reason, message, raw } = parked(FIELDS, line);
    expect(reason).toBe("field-count");
    expect(message).toMatch(/^\d fields?, but the format has 4 /);
    expect(raw).toBe(line);
  });

  it("is parked for its count even when a field is wrong too", () => {
    expect(parked(FIELDS, "nonsense 10.0.0.1").reason).toBe("field-count");
  });

  it.each([
    ["version", "two"],
    ["version", "256"],
    ["account-id", "12345678901"],
    ["account-id", "1234567890123"],
    ["account-id", "12345678901x"],
    ["account-id", "unknowns"],
    ["srcaddr", "10.0.0"],
    ["srcaddr", "10.0.0.256"],
    ["dstaddr", "host.example"],
    ["pkt-srcaddr", "10.0.0.1:80"],
    ["pkt-dstaddr", "fe80::1%eth0"],
    ["srcport", "65536"],
    ["srcport", "-1"],
    ["dstport", "http"],
    ["dstport", "8e2"],
    ["dstport", "+80"],
    ["protocol", "256"],
    ["protocol", "TCP"],
    ["packets", "1.5"],
    ["packets", "9007199254740992"],
    ["bytes", "99999999999999999999"],
    ["bytes", "0x10"],
    ["start", "253402300800"],
    ["start", "1775154600.5"],
    ["end", "2026-04-02T18:30:00Z"],
    ["action", "ALLOW"],
    ["action", "accept"],
    ["action", "ACCEPTED"],
    ["log-status", "FINE"],
    ["log-status", "ok"],
    ["tcp-flags", "SYN"],
    ["tcp-flags", "65536"],
    ["flow-direction", "inward"],
    ["flow-direction", "INGRESS"],
    ["traffic-path", "eight"],
  ])("is parked for %s that is %s", (field, value) => {
    const line = `${value} 10.0.0.9`;
    const { reason, message, raw } = parked(`${field} ${field === "srcaddr" ? "dstaddr" : "srcaddr"}`, line);
    expect(reason).toBe("bad-field");
    expect(message).toContain(`${field} is ${JSON.stringify(value)}`);
    expect(raw).toBe(line);
  });

  it("quotes no more of a value than helps", () => {
    expect(parked("srcport srcaddr", `${"9".repeat(5000)} 10.0.0.9`).message.length).toBeLessThan(300);
  });
});

describe("intervals without traffic", () => {
  const FIELDS = "interface-id srcaddr dstaddr start end action log-status";

  it.each([
    ["NODATA", "nodata"],
    ["SKIPDATA", "skipdata"],
  ])("are skipped as %s", (status, reason) => {
    const result = VpcFormat.parse(FIELDS).parse(`eni-1 - - 1775154600 1775154660 - ${status}`);
    expect(result).toBeInstanceOf(Skipped);
    expect(result).toMatchObject({ reason });
  });

  it("are flows all the same when they name addresses", () => {
    expect(flow(FIELDS, "eni-1 10.0.0.1 10.0.0.2 1775154600 1775154660 ACCEPT NODATA")).toMatchObject({
      logStatus: "NODATA",
      srcaddr: "10.0.0.1",
    });
    expect(flow("pkt-srcaddr pkt-dstaddr log-status", "10.0.0.1 10.0.0.2 SKIPDATA").pktSrcaddr).toBe("10.0.0.1");
  });
});

describe("headers", () => {
  it("are told from records", () => {
    expect(VpcFormat.fromHeader("version account-id interface-id")?.fields).toEqual([
      "version",
      "account-id",
      "interface-id",
    ]);
    expect(VpcFormat.fromHeader("pkt_srcaddr pkt_dstaddr a_new_field")?.fields).toEqual([
      "pkt-srcaddr",
      "pkt-dstaddr",
      "a-new-field",
    ]);
    expect(VpcFormat.fromHeader("srcaddr")?.fields).toEqual(["srcaddr"]);
    expect(VpcFormat.fromHeader("2 123456789012 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 1 1 1 ACCEPT OK")).toBeUndefined();
    expect(VpcFormat.fromHeader("eni-1 ACCEPT OK")).toBeUndefined();
    expect(VpcFormat.fromHeader("hello dear world")).toBeUndefined();
    expect(VpcFormat.fromHeader("")).toBeUndefined();
  });

  it.each([
    ["of a transit gateway", "version resource-type account-id tgw-id tgw-attachment-id srcaddr", "transit-gateway"],
    ["that names a field twice", "srcaddr dstaddr src_addr", "repeated-field"],
    ["without a field", "  ", "empty-format"],
  ])("%s are refused by name", (_, text, code) => {
    expect(() => VpcFormat.parse(text)).toThrowError(FormatError);
    expect(() => VpcFormat.parse(text)).toThrowError(expect.objectContaining({ code }));
  });
});
