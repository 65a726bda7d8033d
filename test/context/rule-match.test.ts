import { ipAddress, ipRange, type RuleFacts, type RuleWorld, ruleDoubts, ruleMatch } from "@tributary/context";
import { describe, expect, it } from "vitest";
import { aRule, cidr, group, prefixList } from "./inventory-parts.js";

const WORLD: RuleWorld = {
  prefixList: (id) =>
    id === "pl-known" ? [ipRange("198.51.100.0/24")].filter((block) => block !== undefined) : undefined,
  membership: (groupId) => (groupId === "sg-member" ? "yes" : groupId === "sg-unknown" ? "maybe" : "no"),
};
const facts = (parts: Partial<RuleFacts> = {}): RuleFacts => ({
  protocol: 6,
  port: 443,
  peer: ipAddress("198.51.100.7"),
  ...parts,
});
const match = (rule: ReturnType<typeof aRule>, parts?: Partial<RuleFacts>): string =>
  ruleMatch(rule, facts(parts), WORLD);
const doubts = (rule: ReturnType<typeof aRule>, parts?: Partial<RuleFacts>) => ruleDoubts(rule, facts(parts), WORLD);

describe("ruleMatch", () => {
  it("takes both ends of a range of ports", () => {
    const rule = aRule({ fromPort: 400, toPort: 443 });
    expect([399, 400, 443, 444].map((port) => match(rule, { port }))).toEqual(["no", "yes", "yes", "no"]);
  });

  it.each([
    ["no ports", {}],
    ["ports of -1", { fromPort: -1, toPort: -1 }],
  ])("takes %s for all ports", (_, ports) => {
    expect(match(aRule(ports), { port: undefined })).toBe("yes");
  });

  it("takes -1 for all protocols, and does not look at ports then", () => {
    expect(match(aRule({ protocol: -1, port: 22 }), { protocol: 132, port: undefined })).toBe("yes");
  });

  it("looks at the ports of TCP and UDP alone", () => {
    expect(match(aRule({ protocol: 132, port: 22 }), { protocol: 132 })).toBe("yes");
  });

  it.each([1, 58])("does not know the type of ICMP (protocol %i)", (protocol) => {
    const echo = aRule({ protocol, fromPort: 8, toPort: -1 });
    expect(match(echo, { protocol, port: 0 })).toBe("maybe");
    expect(doubts(echo, { protocol, port: 0 })).toEqual([{ kind: "icmp-type" }]);
    expect(match(aRule({ protocol, fromPort: -1, toPort: -1 }), { protocol, port: 0 })).toBe("yes");
  });

  it("follows prefix lists, and doubts one that is not known", () => {
    expect(match(aRule({ peer: prefixList("pl-known") }))).toBe("yes");
    expect(match(aRule({ peer: prefixList("pl-known") }), { peer: ipAddress("192.0.2.1") })).toBe("no");
    expect(match(aRule({ peer: prefixList("pl-other") }))).toBe("maybe");
    expect(doubts(aRule({ peer: prefixList("pl-other") }))).toEqual([
      { kind: "not-in-inventory", part: "prefix-list", id: "pl-other" },
    ]);
  });

  it("follows referenced groups, and doubts one of which nothing is known", () => {
    expect(match(aRule({ peer: group("sg-member") }))).toBe("yes");
    expect(match(aRule({ peer: group("sg-other") }))).toBe("no");
    expect(match(aRule({ peer: group("sg-unknown") }))).toBe("maybe");
    expect(doubts(aRule({ peer: group("sg-unknown") }))).toEqual([
      { kind: "not-in-inventory", part: "group-members", id: "sg-unknown" },
    ]);
  });

  it("never matches a stale rule, whatever is missing", () => {
    expect(match(aRule({ peer: group("sg-member", false) }), { peer: undefined })).toBe("no");
  });

  it("names every field whose lack leaves it in doubt", () => {
    const nothing = { protocol: undefined, port: undefined, peer: undefined };
    expect(match(aRule({ port: 443 }), nothing)).toBe("maybe");
    expect(doubts(aRule({ port: 443 }), nothing)).toEqual(
      ["protocol", "port", "address"].map((field) => ({ kind: "no-field", field })),
    );
  });

  it("says no when the port is another, whatever the protocol", () => {
    expect(match(aRule({ port: 22 }), { protocol: undefined })).toBe("no");
    expect(match(aRule({ port: 443 }), { protocol: undefined })).toBe("maybe");
    expect(match(aRule({ protocol: 1, fromPort: 8 }), { protocol: undefined })).toBe("maybe");
  });

  it("says no when one part does, whatever else is in doubt", () => {
    expect(match(aRule({ port: 22, peer: prefixList("pl-other") }))).toBe("no");
    expect(match(aRule({ port: 443, peer: cidr("192.0.2.0/24") }), { protocol: undefined })).toBe("no");
  });
});
