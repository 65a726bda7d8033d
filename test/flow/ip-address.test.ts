import { isIP } from "node:net";
import { addressInfo, isIpAddress, parseIpv4 } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainScope } from "../support/plain-scope.js";

/** What `node:net` says, but for the two things that no flow log holds: a zone, and forms longer than OCSF's 40 characters. */
function expectedVersion(text: string): number {
  return text.includes("%") || text.length > 40 ? 0 : isIP(text);
}

const hexGroup = fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEFg"), maxLength: 5 });
const nearIpv6 = fc
  .tuple(fc.array(hexGroup, { maxLength: 9 }), fc.constantFrom("", "::", ":", "1.2.3.4", ":1.2.3.4", "::1.2.3.4", ".1"))
  .map(([groups, tail]) => groups.join(":") + tail);
const nearIpv4 = fc
  .array(fc.oneof(fc.integer({ min: -1, max: 300 }).map(String), fc.constantFrom("", "00", "01", "1e1", "٣", " 1")), {
    maxLength: 5,
  })
  .map((octets) => octets.join("."));

describe("address literals", () => {
  it("are exactly what node:net takes for one", () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      nearIpv4,
      nearIpv6,
      fc.string({ unit: fc.constantFrom(..."0123456789abf:.") }),
    );
    fc.assert(
      fc.property(text, (literal) => {
        expect(addressInfo(literal)?.version ?? 0).toBe(expectedVersion(literal));
        expect(isIpAddress(literal)).toBe(expectedVersion(literal) !== 0);
      }),
      { seed: 20260411, numRuns: 5000 },
    );
  });

  it.each([
    "::",
    "::1",
    "1::",
    "1:2:3:4:5:6:7::",
    "::2:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4",
    "::ffff:255.255.255.255",
    "ABCD:EF01:2345:6789:abcd:ef01:2345:6789",
  ])("takes %s", (text) => {
    expect(addressInfo(text)?.version).toBe(6);
  });

  it.each([
    "",
    ":",
    ":::",
    "1:2:3:4:5:6:7:8::",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "12345::",
    "1:",
    ":1::",
    "1.2.3.4::",
    "::1.2.3",
    "fe80::1%eth0",
    "10.0.0.0/8",
    "1.2.3.4.",
    "1.2.3.4 ",
    "256.1.1.1",
    "1.2.3.04",
    "0x1.2.3.4",
    "unknown",
    "-",
  ])("refuses %j", (text) => {
    expect(addressInfo(text)).toBeUndefined();
  });

  it("values IPv4 as an unsigned number", () => {
    expect(parseIpv4("255.255.255.255")).toBe(4_294_967_295);
    expect(parseIpv4("0.0.0.0")).toBe(0);
    expect(parseIpv4("xx10.0.0.1", 2)).toBe(167_772_161);
    expect(parseIpv4("xx10.0.0.1")).toBe(-1);
  });
});

describe("address scopes", () => {
  it.each([
    ["10.0.0.0", "internal"],
    ["10.255.255.255", "internal"],
    ["11.0.0.0", "internet"],
    ["172.15.255.255", "internet"],
    ["172.16.0.0", "internal"],
    ["172.31.255.255", "internal"],
    ["172.32.0.0", "internet"],
    ["192.168.0.0", "internal"],
    ["192.169.0.0", "internet"],
    ["100.63.255.255", "internet"],
    ["100.64.0.0", "shared"],
    ["100.127.255.255", "shared"],
    ["100.128.0.0", "internet"],
    ["127.0.0.1", "loopback"],
    ["169.254.169.254", "link-local"],
    ["224.0.0.1", "multicast"],
    ["239.255.255.255", "multicast"],
    ["240.0.0.1", "reserved"],
    ["255.255.255.255", "broadcast"],
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "reserved"],
    ["198.18.0.1", "reserved"],
    ["198.51.100.7", "internet"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::2", "reserved"],
    ["fe80::1", "link-local"],
    ["febf::1", "link-local"],
    ["fec0::1", "reserved"],
    ["fc00::1", "internal"],
    ["fd12:3456::1", "internal"],
    ["ff02::1", "multicast"],
    ["2001:db8::1", "internet"],
    ["2600:1f18::1", "internet"],
    ["4000::1", "reserved"],
    ["::ffff:10.0.0.1", "internal"],
    ["::ffff:8.8.8.8", "internet"],
    ["64:ff9b::10.0.0.1", "internal"],
    ["64:ff9b::808:808", "internet"],
    ["64:ff9b:1::808:808", "reserved"],
  ])("puts %s in %s", (text, scope) => {
    expect(addressInfo(text)?.scope).toBe(scope);
  });

  it("agree with node:net's block lists for any address", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        fc.pre(text.length <= 40);
        expect(addressInfo(text)?.scope).toBe(plainScope(text));
      }),
      { seed: 20260412, numRuns: 2000 },
    );
  });

  it("stay right for more addresses than are remembered", () => {
    const text = (index: number): string =>
      `${index % 2 === 0 ? 10 : 8}.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 20_000; index++) {
        if (addressInfo(text(index))?.scope !== (index % 2 === 0 ? "internal" : "internet")) {
          expect.fail(`${text(index)} in round ${round}`);
        }
      }
    }
  });
});
