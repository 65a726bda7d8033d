import {
  COMMON_FORMATS,
  DEFAULT_FORMAT,
  FormatCandidates,
  Parked,
  SELECT_ALL_FORMAT,
  VpcFlow,
  VpcFormat,
} from "@tributary/flow";
import { describe, expect, it } from "vitest";

const formats = (...texts: readonly string[]): FormatCandidates =>
  new FormatCandidates(texts.map((text) => VpcFormat.parse(text)));
const DEFAULT_LINE = "2 123456789012 eni-1 10.0.0.1 10.0.0.2 50000 443 6 10 4242 1775154600 1775154659 ACCEPT OK";

function formatOf(candidates: FormatCandidates, line: string): readonly string[] {
  const result = candidates.parse(line);
  if (!(result instanceof VpcFlow)) throw new Error(JSON.stringify(result));
  return result.format.fields;
}

function reasonOf(candidates: FormatCandidates, line: string): Parked {
  const result = candidates.parse(line);
  if (!(result instanceof Parked)) throw new Error("a line that should be parked was not");
  return result;
}

describe("the candidates for lines without a header", () => {
  it("are chosen by field count", () => {
    const candidates = formats("srcaddr dstaddr", "srcaddr dstaddr srcport");
    expect(formatOf(candidates, "10.0.0.1 10.0.0.2")).toHaveLength(2);
    expect(formatOf(candidates, "10.0.0.1  10.0.0.2  443")).toHaveLength(3);
    expect(formatOf(candidates, "10.0.0.1 10.0.0.2")).toHaveLength(2);
  });

  it("are chosen by what each position may hold when the counts are equal", () => {
    const candidates = formats("srcaddr dstaddr action", "action srcaddr dstaddr", "srcaddr dstaddr bytes");
    expect(formatOf(candidates, "10.0.0.1 10.0.0.2 REJECT")[2]).toBe("action");
    expect(formatOf(candidates, "REJECT 10.0.0.1 10.0.0.2")[0]).toBe("action");
    expect(formatOf(candidates, "10.0.0.1 10.0.0.2 1500")[2]).toBe("bytes");
  });

  it("park a line that two of them take, also after lines that only one takes", () => {
    const candidates = formats("srcaddr dstaddr packets bytes", "srcaddr dstaddr srcport dstport");
    expect(formatOf(candidates, "10.0.0.1 10.0.0.2 70000 90000")).toContain("bytes");
    const { reason, message, raw } = reasonOf(candidates, "10.0.0.1 10.0.0.2 10 20");
    expect(reason).toBe("ambiguous-format");
    expect(message).toMatch(/^2 configured formats take this line/);
    expect(raw).toBe("10.0.0.1 10.0.0.2 10 20");
  });

  it("count the same format twice only once", () => {
    expect(formatOf(formats("srcaddr dstaddr", "src_addr dst_addr"), "10.0.0.1 10.0.0.2")).toHaveLength(2);
  });

  it("park a line that has none of their counts", () => {
    const { reason, message, raw } = reasonOf(formats("srcaddr dstaddr"), "10.0.0.1 10.0.0.2 443");
    expect(reason).toBe("no-format-fits");
    expect(message).toBe("3 fields, but the configured formats have 2: add this flow log's format");
    expect(raw).toBe("10.0.0.1 10.0.0.2 443");
  });

  it("park a line that no format of its count takes, with the field that is wrong", () => {
    const { reason, message } = reasonOf(formats("srcaddr dstaddr"), "10.0.0.1 there");
    expect(reason).toBe("bad-field");
    expect(message).toContain('dstaddr is "there"');
  });

  it.each([
    ["of a count of its own", DEFAULT_FORMAT.fields.length + 3],
    ["of a count that a format has", DEFAULT_FORMAT.fields.length],
  ])("refuse a transit gateway's line by name, %s", (_, count) => {
    const line = "6 TransitGateway 123456789012 tgw-0a1b tgw-attach-0a1b 123456789012".split(" ");
    while (line.length < count) line.push("-");
    expect(reasonOf(new FormatCandidates([DEFAULT_FORMAT]), line.join(" ")).reason).toBe("transit-gateway");
  });

  it("read a line out of a longer text, whichever format took the one before", () => {
    const candidates = formats("srcaddr dstaddr", "srcaddr dstaddr srcport");
    const text = "10.0.0.1 10.0.0.2|10.0.0.3 10.0.0.4 5|10.0.0.5 10.0.0.6";
    expect(candidates.parse(text, 0, 17)).toMatchObject({ srcaddr: "10.0.0.1" });
    expect(candidates.parse(text, 18, 37)).toMatchObject({ srcaddr: "10.0.0.3", line: "10.0.0.3 10.0.0.4 5" });
    expect(candidates.parse(text, 38, text.length)).toMatchObject({ srcaddr: "10.0.0.5" });
  });
});

describe("the common formats", () => {
  it("tell the default, the alphabetical and the full formats of each version apart", () => {
    const candidates = new FormatCandidates(COMMON_FORMATS);
    expect(formatOf(candidates, DEFAULT_LINE)).toEqual(DEFAULT_FORMAT.fields);
    const values: Readonly<Record<string, string>> = {
      version: "5",
      "account-id": "123456789012",
      action: "ACCEPT",
      srcaddr: "10.0.0.1",
      dstaddr: "10.0.0.2",
      start: "1775154600",
      "log-status": "OK",
    };
    for (const format of [...COMMON_FORMATS, SELECT_ALL_FORMAT]) {
      const line = format.fields.map((field) => values[field] ?? "-").join(" ");
      expect(formatOf(candidates, line)).toEqual(format.fields);
    }
  });
});
