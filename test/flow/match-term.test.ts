import { FlowMatch, FormatError, matchTermText, parseMatchTerm } from "@tributary/flow";
import { describe, expect, it } from "vitest";

const textOf = (word: string): string => matchTermText(parseMatchTerm(word));

describe("a term to look for", () => {
  it.each([
    ["10.0.0.5", "10.0.0.5"],
    ["10.0.0.5/32", "10.0.0.5"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["255.255.255.255", "255.255.255.255"],
    ["2001:DB8::1", "2001:db8:0:0:0:0:0:1"],
    ["2001:db8::1/32", "2001:db8:0:0:0:0:0:0/32"],
    ["::ffff:10.0.0.5", "10.0.0.5"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
    ["src:10.0.0.5", "src:10.0.0.5"],
    ["DST:2001:db8::1", "dst:2001:db8:0:0:0:0:0:1"],
    ["address:10.0.0.5", "10.0.0.5"],
    ["443", "443"],
    ["0", "0"],
    ["1024-2048", "1024-2048"],
    ["80-80", "80"],
    ["src:443", "src:443"],
    ["dst:8000-9000", "dst:8000-9000"],
    ["port:47", "47"],
    ["tcp", "tcp"],
    ["ICMPv6", "ipv6-icmp"],
    ["protocol:47", "gre"],
    ["protocol:253", "protocol:253"],
    ["protocol:udp", "udp"],
    ["123456789012", "123456789012"],
    ["account:123456789012", "123456789012"],
    ["AAAA0A0A-bb1b-cc2c-dd3d-eeeeee4e4e4e", "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"],
    ["external_aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e", "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"],
    ["eni-0A1B2C3D", "eni-0a1b2c3d"],
    ["interface:eni-0a1b2c3d", "eni-0a1b2c3d"],
    ["00-22-48-0a-0b-0c", "0022480A0B0C"],
    ["00:22:48:0a:0b:0c", "0022480A0B0C"],
    ["mac:001122334455", "mac:001122334455"],
    ["accept", "accept"],
    ["Deny", "reject"],
  ])("%s is read as %s", (word, text) => {
    expect(textOf(word)).toBe(text);
    expect(textOf(text)).toBe(text);
  });

  it.each([
    "",
    "foo",
    "10.0.0.256",
    "10.0.0",
    "10.0.0.0/33",
    "2001:db8::/129",
    "65536",
    "2048-1024",
    "1-70000",
    "12345678901",
    "src:tcp",
    "src:eni-0a1b2c3d",
    "protocol:256",
    "port:tcp",
    "account:12",
    "eni-",
    "tcp 443",
  ])("%j is refused, quoted, with what may stand there", (word) => {
    expect(() => parseMatchTerm(word)).toThrow(FormatError);
    expect(() => parseMatchTerm(word)).toThrow(JSON.stringify(word));
    expect(() => parseMatchTerm(word)).toThrow(/an address \(10\.0\.0\.5.*src: or dst:/);
  });
});

describe("the text of a match", () => {
  it("is the same in any order, spelling and number of repetitions", () => {
    const one = FlowMatch.parse(["10.0.0.5, TCP", "443"]);
    const other = FlowMatch.parse(["port:443", "tcp,address:10.0.0.5/32,10.0.0.5", "443"]);
    expect(one.text).toBe("10.0.0.5,tcp and 443");
    expect(other.text).toBe(one.text);
  });

  it("tells or from and", () => {
    expect(FlowMatch.parse(["tcp,443"]).text).not.toBe(FlowMatch.parse(["tcp", "443"]).text);
  });

  it("is a hash for a long list, another one for another list", () => {
    const list = (from: number) => Array.from({ length: 50 }, (_, index) => `10.0.0.${from + index}`).join(",");
    const { text } = FlowMatch.parse([list(0)]);
    expect(text).toMatch(/^50 terms with SHA-256 [0-9a-f]{64}$/);
    expect(FlowMatch.parse([list(1)]).text).not.toBe(text);
    expect(FlowMatch.parse([list(0).split(",").reverse().join(",")]).text).toBe(text);
  });

  it.each([[[]], [[""]], [["tcp,"]]])("is refused when %j leaves nothing to look for", (texts) => {
    expect(() => FlowMatch.parse(texts)).toThrow(FormatError);
  });

  it("is refused for more conditions than fit", () => {
    const texts = Array.from({ length: 31 }, (_, index) => String(index));
    expect(() => FlowMatch.parse(texts)).toThrow(/31 conditions .* at most 30/);
    expect(FlowMatch.parse(texts.slice(1)).clauses).toHaveLength(30);
  });
});
