import { type AclDecision, aclDecision, ipAddress, type RuleFacts } from "@tributary/context";
import { describe, expect, it } from "vitest";
import { anAcl, anEntry } from "./inventory-parts.js";

const facts = (parts: Partial<RuleFacts> = {}): RuleFacts => ({
  protocol: 6,
  port: 443,
  peer: ipAddress("198.51.100.7"),
  ...parts,
});
const decide = (entries: readonly ReturnType<typeof anEntry>[], parts?: Partial<RuleFacts>): AclDecision =>
  aclDecision(anAcl(entries), "ingress", facts(parts));

describe("aclDecision", () => {
  it("goes by the lowest number that matches, in whatever order entries stand", () => {
    const deny = anEntry({ number: 90, action: "deny", cidr: "198.51.100.0/24" });
    expect(decide([anEntry({ number: 100 }), deny])).toEqual({ allows: false, entry: deny, unknownType: false });
  });

  it("denies by no entry when none matches", () => {
    expect(decide([anEntry({ protocol: 17 })])).toEqual({ allows: false, entry: undefined, unknownType: false });
  });

  it("leaves out the entries of the other direction", () => {
    expect(decide([anEntry({ direction: "egress" })]).allows).toBe(false);
  });

  it("looks at the destination port of TCP and UDP", () => {
    const ephemeral = anEntry({ protocol: 6, fromPort: 1024, toPort: 65_535 });
    expect(decide([ephemeral], { port: 40_000 }).allows).toBe(true);
    expect(decide([ephemeral], { port: 443 }).allows).toBe(false);
    expect(decide([ephemeral], { port: undefined }).allows).toBe(false);
  });

  it("does not know ports of other protocols", () => {
    expect(decide([anEntry({ protocol: 47, fromPort: 1, toPort: 2 })], { protocol: 47, port: 0 }).allows).toBe(true);
  });

  it("passes over entries for one type of ICMP, and says so", () => {
    const echo = anEntry({ number: 90, protocol: 1, icmpType: 8, icmpCode: -1, action: "allow" });
    const rest = anEntry({ number: 32_767, action: "deny" });
    expect(decide([echo, rest], { protocol: 1, port: 0 })).toEqual({ allows: false, entry: rest, unknownType: true });
    expect(decide([echo], { protocol: 1, port: 0 })).toEqual({ allows: false, entry: undefined, unknownType: true });
  });

  it("takes entries for all types of ICMP", () => {
    expect(decide([anEntry({ protocol: 1, icmpType: -1 })], { protocol: 1, port: 0 }).allows).toBe(true);
  });

  it("keeps IPv4 and IPv6 apart", () => {
    const ipv6 = { peer: ipAddress("2001:db8::1") };
    expect(decide([anEntry()], ipv6).allows).toBe(false);
    expect(decide([anEntry(), anEntry({ number: 101, cidr: "::/0" })], ipv6).allows).toBe(true);
  });

  it("takes only entries for all protocols when the protocol is not known", () => {
    expect(decide([anEntry({ protocol: 6 })], { protocol: undefined }).allows).toBe(false);
    expect(decide([anEntry()], { protocol: undefined }).allows).toBe(true);
  });
});
