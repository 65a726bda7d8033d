import { FormatError, matchTermText, parseIndicators } from "@tributary/flow";
import { describe, expect, it } from "vitest";

const textsOf = (content: string): readonly string[] => parseIndicators(content, "list.txt").map(matchTermText);

describe("a list of indicators", () => {
  it("has one a line, with comments, blank lines, CRLF and a byte order mark", () => {
    const content = "\uFEFF198.51.100.7\r\n\r\n# scanners\r\n  203.0.113.0/24  # seen in May\n2001:db8::/32\n";
    expect(textsOf(content)).toEqual(["198.51.100.7", "203.0.113.0/24", "2001:db8:0:0:0:0:0:0/32"]);
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
      "eni-0a1b2c3d",
      "src:10.0.0.0/8",
      "4444",
      "123456789012",
    ]);
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

  it("is refused above a million lines", () => {
    expect(() => parseIndicators("\n".repeat(1_000_001), "list.txt")).toThrow(/more than 1000000 lines/);
  });
});
