import { ipAddress, type RuleWorld, ruleMatch, type SecurityGroupRule } from "@tributary/context";
import { describe, expect, it } from "vitest";
import { AddressOwners } from "../../packages/context/src/address-owners.js";
import { Peer } from "../../packages/context/src/peer.js";
import { RuleBits } from "../../packages/context/src/rule-bits.js";
import { RulePool } from "../../packages/context/src/rule-pool.js";
import { matchRules, RuleTable, serviceKey } from "../../packages/context/src/rule-table.js";
import { Timeline } from "../../packages/context/src/timeline.js";
import { anInterface, aRule, BEGIN, cidr, group, prefixList } from "./inventory-parts.js";

const MEMBER = anInterface({ id: "eni-2", addresses: ["10.0.0.9"], groups: ["sg-a"] });
const RECORDER = anInterface({ id: "eni-1", addresses: ["10.0.0.5"] });
const NUMBERS = ["sg-a", "sg-b"];
const owners = new AddressOwners([new Timeline([MEMBER])], (id) => NUMBERS.indexOf(id));

/** Indexes of the rules that match, and of those that may. */
function found(rules: readonly SecurityGroupRule[], protocol: number, port: number, address: string) {
  const pool = new RulePool();
  const references = {
    prefixList: () => undefined,
    groupNumber: (id: string) => NUMBERS.indexOf(id),
    knowsGroup: (id: string) => NUMBERS.includes(id),
  };
  // Another table stands before it in the pool.
  const tables = [new RuleTable([aRule()], references, pool), new RuleTable(rules, references, pool)];
  const owned = owners.lookup(address) ?? expect.fail(`${address} is an address`);
  const peer = new Peer();
  peer.fill(owned.ip, owned.claims, RECORDER, BEGIN);
  const [sure, doubtful] = [new RuleBits(), new RuleBits()];
  const service = serviceKey(protocol, port) ?? expect.fail("there is a port");
  matchRules(pool.data, tables[1]?.at ?? 0, tables, 1, service, peer, 0, sure, doubtful);
  return { sure: indexesOf(sure), doubtful: indexesOf(doubtful) };
}

function indexesOf({ pairs, length }: RuleBits): number[] {
  const indexes: number[] = [];
  for (let i = 0; i < length; i += 2) {
    for (let bit = 0; bit < 32; bit++) {
      if (((pairs[i + 1] ?? 0) >>> bit) & 1) indexes.push((pairs[i] ?? 0) * 32 + bit);
    }
  }
  return indexes;
}

describe("RuleTable", () => {
  it("finds all rules that overlap", () => {
    const rules = [
      aRule({ port: 443 }),
      aRule({ port: 443, peer: cidr("198.51.100.0/24") }),
      aRule({ protocol: -1, peer: cidr("198.51.0.0/16") }),
      aRule({ fromPort: 0, toPort: 1023, peer: cidr("192.0.2.0/24") }),
    ];
    expect(found(rules, 6, 443, "198.51.100.7")).toEqual({ sure: [0, 1, 2], doubtful: [] });
    expect(found(rules, 17, 443, "198.51.100.7")).toEqual({ sure: [2], doubtful: [] });
    expect(found(rules, 6, 22, "192.0.2.255")).toEqual({ sure: [3], doubtful: [] });
  });

  it.each([
    ["the lowest address", "0.0.0.0"],
    ["the middle of the numbers", "128.0.0.0"],
    ["the highest address", "255.255.255.255"],
    ["the lowest IPv6 address", "::"],
    ["the highest IPv6 address", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ])("reaches %s", (_, address) => {
    const rules = [aRule({ peer: cidr("0.0.0.0/0") }), aRule({ peer: cidr("::/0") }), aRule({ peer: cidr(address) })];
    expect(found(rules, 6, 1, address).sure).toEqual(address.includes(":") ? [1, 2] : [0, 2]);
  });

  it.each([0, 1, 1023, 1024, 32_767, 32_768, 65_535])("reaches port %i and not the next ones", (port) => {
    expect(found([aRule({ port })], 6, port, "192.0.2.1").sure).toEqual([0]);
    if (port > 0) expect(found([aRule({ port })], 6, port - 1, "192.0.2.1").sure).toEqual([]);
    if (port < 65_535) expect(found([aRule({ port })], 6, port + 1, "192.0.2.1").sure).toEqual([]);
  });

  it("finds rules beyond the first 32", () => {
    const rules = Array.from({ length: 100 }, (_, i) => aRule({ port: 8000 + (i % 50) }));
    expect(found(rules, 6, 8049, "192.0.2.1").sure).toEqual([49, 99]);
  });

  it("finds rules for a group by the private addresses of its members", () => {
    const rules = [
      aRule({ peer: group("sg-a") }),
      aRule({ peer: group("sg-b") }),
      aRule({ peer: group("sg-a", false) }),
    ];
    expect(found(rules, 6, 443, "10.0.0.9").sure).toEqual([0]);
    expect(found(rules, 6, 443, "10.0.0.10").sure).toEqual([]);
  });

  it("sets rules apart that only may match", () => {
    const rules = [
      aRule({ peer: prefixList("pl-1") }),
      aRule({ peer: group("sg-nobody-knows") }),
      aRule({ protocol: 1, fromPort: 8, toPort: -1 }),
    ];
    expect(found(rules, 6, 443, "198.51.100.7")).toEqual({ sure: [], doubtful: [0, 1] });
    expect(found(rules, 1, 0, "198.51.100.7")).toEqual({ sure: [], doubtful: [2] });
    expect(found(rules, 6, 443, "10.0.0.9"), "a known address of the VPC is of no unknown group").toEqual({
      sure: [],
      doubtful: [0],
    });
  });

  it("has nothing to find without rules", () => {
    expect(found([], 6, 443, "192.0.2.1")).toEqual({ sure: [], doubtful: [] });
  });

  it("agrees with rules tried one by one on every pair of a port and an address", () => {
    const blocks = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "128.0.0.0/1"];
    const rules = blocks.flatMap((block, i) => [
      aRule({ fromPort: i * 10, toPort: i * 25, peer: cidr(block) }),
      aRule({ protocol: 17, fromPort: i, toPort: 90, peer: cidr(block) }),
    ]);
    const world: RuleWorld = { prefixList: () => undefined, membership: () => "no" };
    for (const address of ["9.255.255.255", "10.0.0.0", "10.1.2.3", "10.1.2.4", "10.2.0.0", "200.0.0.1"]) {
      for (let port = 0; port <= 101; port++) {
        for (const protocol of [6, 17, 47]) {
          const facts = { protocol, port, peer: ipAddress(address) };
          const tried = rules.flatMap((rule, i) => (ruleMatch(rule, facts, world) === "yes" ? [i] : []));
          expect(found(rules, protocol, port, address).sure).toEqual(tried);
        }
      }
    }
  });
});

describe("serviceKey", () => {
  it("leaves out ports of protocols that have none", () => {
    expect(serviceKey(1, 8)).toBe(serviceKey(1, undefined));
    expect(serviceKey(6, 8)).not.toBe(serviceKey(6, 9));
    expect(serviceKey(6, 53)).not.toBe(serviceKey(17, 53));
  });

  it.each([
    [undefined, 443],
    [6, undefined],
    [17, undefined],
    [6, 65_536],
    [256, 1],
  ])("is undefined for protocol %s and port %s", (protocol, port) => {
    expect(serviceKey(protocol, port)).toBeUndefined();
  });
});
