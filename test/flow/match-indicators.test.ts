import { serialize } from "node:v8";
import { FlowMatch, FormatError, matchTermText, parseIndicators } from "@tributary/flow";
import { describe, expect, it } from "vitest";

const textsOf = (content: string): readonly string[] =>
  parseIndicators(content, "list.txt")
    .flatMap((term) => matchTermText(term).split(","))
    .sort();

describe("a list of indicators", () => {
  it("has one a line, with comments, blank lines, CRLF and a byte order mark", () => {
    const content = "\uFEFF198.51.100.7\r\n\r\n# scanners\r\n  203.0.113.0/24  # seen in May\n2001:db8::/32\n";
    expect(textsOf(content)).toEqual(["198.51.100.7", "2001:db8:0:0:0:0:0:0/32", "203.0.113.0/24"]);
  });

  it("may be defanged", () => {
    const content = "198.51.100[.]7\n198[.]51[.]100[.]8/32\n198.51(.)100{.}9\n2001[:]db8::1\n203[dot]0[dot]113[dot]5\n";
    expect(textsOf(content)).toEqual([
      "198.51.100.7",
      "198.51.100.8",
      "198.51.100.9",
      "2001:db8:0:0:0:0:0:1",
      "203.0.113.5",
    ]);
  });

  it("has its indicators in the first column where lines have commas, below the columns' names", () => {
    expect(textsOf('ip_address,seen,notes\n198.51.100.7,2026-10-01,"a, b"\n"203.0.113.9",,\n')).toEqual([
      "198.51.100.7",
      "203.0.113.9",
    ]);
  });

  it("may hold other terms, ports by name", () => {
    expect(textsOf("eni-0a1b2c3d\nsrc:10.0.0.0/8\nport:4444\n123456789012\n")).toEqual([
      "123456789012",
      "4444",
      "eni-0a1b2c3d",
      "src:10.0.0.0/8",
    ]);
  });

  it("has each indicator once", () => {
    expect(textsOf("198.51.100.7\n198.51.100.7/32\nsrc:198.51.100.7\n198.51.100.0/24\n::1\n0::1\n")).toEqual([
      "0:0:0:0:0:0:0:1",
      "198.51.100.0/24",
      "198.51.100.7",
      "src:198.51.100.7",
    ]);
  });

  it("takes eight bytes for each IPv4 address, also on its way to a thread", () => {
    const addresses = Array.from({ length: 5000 }, (_, index) => `10.${index % 256}.${index >> 8}.9`);
    expect(serialize(parseIndicators(addresses.join("\n"), "list.txt")).length).toBeLessThan(5000 * 8 + 200);
  });

  it("means what its terms mean one by one, in any order", () => {
    const words = Array.from({ length: 40 }, (_, index) => `${index % 3 === 0 ? "dst:" : ""}255.0.${index}.128/25`);
    const { text } = FlowMatch.of([parseIndicators(words.toReversed().join("\n"), "list.txt")]);
    expect(text).toMatch(/^40 terms with SHA-256 /);
    expect(FlowMatch.parse([words.join(",")]).text).toBe(text);
    expect(FlowMatch.parse([words.join(",").replaceAll("dst:", "src:")]).text).not.toBe(text);
  });

  it.each([
    ["198.51.100.7\nexample\n", 'list.txt, line 2: "example" is no address'],
    ["# list\n\nhxxp://198.51.100.7/a\n", 'list.txt, line 3: "hxxp://198.51.100.7/a" is a link'],
    ["https[:]//198.51.100.7\n", 'line 1: "https[:]//198.51.100.7" is a link'],
    ["1,198.51.100.7\n", 'line 1: "1" is a bare number: write port:1 for a port'],
    ["198.51.100.7\naddress\n", 'line 2: "address" is no address'],
    ["198.51.100.300\n", "line 1"],
  ])("names the line that cannot be one: %j", (content, message) => {
    expect(() => parseIndicators(content, "list.txt")).toThrow(FormatError);
    expect(() => parseIndicators(content, "list.txt")).toThrow(message);
  });

  it.each(["", "\n\n", "# nothing\n", "ip,notes\n"])("is refused when it holds none: %j", (content) => {
    expect(() => parseIndicators(content, "list.txt")).toThrow(/list\.txt holds no indicator/);
  });

  it("may have a million lines, and no more", () => {
    expect(textsOf(`${"\n".repeat(999_999)}198.51.100.7\n`)).toEqual(["198.51.100.7"]);
    expect(() => parseIndicators("\n".repeat(1_000_001), "list.txt")).toThrow(/more than 1000000 lines/);
  });
});
