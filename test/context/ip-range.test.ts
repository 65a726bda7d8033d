import { type IpAddress, type IpRange, ipAddress, ipRange, rangeContains } from "@tributary/context";
import { describe, expect, it } from "vitest";

const address = (text: string): IpAddress => ipAddress(text) ?? expect.fail(`${text} is an address`);
const range = (cidr: string): IpRange => ipRange(cidr) ?? expect.fail(`${cidr} is a block`);
const contains = (cidr: string, text: string): boolean => rangeContains(range(cidr), address(text));

describe("ipAddress", () => {
  it("reads IPv4 as an unsigned number", () => {
    expect(ipAddress("255.0.0.1")).toEqual({ version: 4, value: 0xff000001 });
  });

  it("reads every spelling of an IPv6 address as the same digits", () => {
    expect(ipAddress("2001:DB8::A")).toEqual({ version: 6, digits: "20010db800000000000000000000000a" });
    expect(ipAddress("2001:db8:0:0:0:0:0:a")).toEqual(ipAddress("2001:db8::a"));
  });

  it("keeps IPv4-mapped addresses in IPv6", () => {
    expect(ipAddress("::ffff:192.0.2.1")?.version).toBe(6);
  });

  it.each(["", "-", "10.0.0", "10.0.0.256", "10.0.0.1/32", "host", "1::2::3"])("is undefined for %j", (text) => {
    expect(ipAddress(text)).toBeUndefined();
  });
});

describe("ipRange", () => {
  it.each([
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["192.0.2.128/25", "192.0.2.127", false],
    ["192.0.2.128/25", "192.0.2.128", true],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["203.0.113.9/32", "203.0.113.9", true],
    ["203.0.113.9/32", "203.0.113.10", false],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::", false],
    ["2001:db8::/61", "2001:db8:0:7::1", true],
    ["2001:db8::/61", "2001:db8:0:8::1", false],
    ["2001:db8::1/128", "2001:db8::1", true],
    ["::/0", "ffff::1", true],
  ])("%s holds %s: %s", (cidr, text, expected) => {
    expect(contains(cidr, text)).toBe(expected);
  });

  it("ignores host bits", () => {
    expect(ipRange("10.1.2.3/16")).toEqual(ipRange("10.1.0.0/16"));
    expect(ipRange("2001:db8::ffff/112")).toEqual(ipRange("2001:db8::/112"));
  });

  it("takes an address alone as a block of one", () => {
    expect(ipRange("192.0.2.1")).toEqual(ipRange("192.0.2.1/32"));
  });

  it("keeps the versions apart", () => {
    expect(contains("0.0.0.0/0", "2001:db8::1")).toBe(false);
    expect(contains("::/0", "192.0.2.1")).toBe(false);
    expect(contains("0.0.0.0/0", "::ffff:192.0.2.1")).toBe(false);
  });

  it.each(["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "10.0.0.0/8/8", "any"])(
    "is undefined for %j",
    (cidr) => {
      expect(ipRange(cidr)).toBeUndefined();
    },
  );
});
