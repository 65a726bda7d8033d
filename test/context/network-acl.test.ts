import {
  type AclDecision,
  aclDecision,
  ipAddress,
  NO_ADDRESS,
  NO_PORT,
  NO_PROTOCOL,
  type RuleFacts,
} from "@tributary/context";
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

const effect = (...args: Parameters<typeof decide>): AclDecision["effect"] => decide(...args).effect;
const denied = (parts: Partial<AclDecision> = {}): AclDecision => ({
  effect: "denies",
  entry: undefined,
  unknownType: false,
  missing: 0,
  ...parts,
});
const DENY_SSH = anEntry({ number: 90, protocol: 6, fromPort: 22, toPort: 22, action: "deny" });
const ALLOW_WEB = anEntry({ number: 91, protocol: 6, fromPort: 80, toPort: 443 });

describe("aclDecision", () => {
  it("goes by the lowest number that matches, in whatever order entries stand", () => {
    const deny = anEntry({ number: 90, action: "deny", cidr: "198.51.100.0/24" });
    expect(decide([anEntry({ number: 100 }), deny])).toEqual(denied({ entry: deny }));
  });

  it("denies by no entry when none matches", () => {
    expect(decide([anEntry({ protocol: 17 })])).toEqual(denied());
  });

  it.each([32_767, 32_768])("takes entry %i for the end of the list", (number) => {
    expect(decide([anEntry({ number, action: "deny" })])).toEqual(denied());
    expect(decide([anEntry({ number, action: "allow" })])).toEqual(denied());
  });

  it("leaves out the entries of the other direction", () => {
    expect(effect([anEntry({ direction: "egress" })])).toBe("denies");
  });

  it("looks at the destination port of TCP and UDP", () => {
    const ephemeral = anEntry({ protocol: 6, fromPort: 1024, toPort: 65_535 });
    expect(effect([ephemeral], { port: 40_000 })).toBe("allows");
    expect(effect([ephemeral], { port: 443 })).toBe("denies");
  });

  it("does not know ports of other protocols", () => {
    expect(effect([anEntry({ protocol: 47, fromPort: 1, toPort: 2 })], { protocol: 47, port: 0 })).toBe("allows");
  });

  it("passes over entries for one type of ICMP, and says so", () => {
    const echo = anEntry({ number: 90, protocol: 1, icmpType: 8, icmpCode: -1, action: "allow" });
    const rest = anEntry({ number: 100, action: "deny" });
    expect(decide([echo, rest], { protocol: 1, port: 0 })).toEqual(denied({ entry: rest, unknownType: true }));
    expect(decide([echo], { protocol: 1, port: 0 })).toEqual(denied({ unknownType: true }));
  });

  it("takes entries for all types of ICMP", () => {
    expect(effect([anEntry({ protocol: 1, icmpType: -1 })], { protocol: 1, port: 0 })).toBe("allows");
  });

  it("keeps IPv4 and IPv6 apart", () => {
    const ipv6 = { peer: ipAddress("2001:db8::1") };
    expect(effect([anEntry()], ipv6)).toBe("denies");
    expect(effect([anEntry(), anEntry({ number: 101, cidr: "::/0" })], ipv6)).toBe("allows");
  });
});

describe("aclDecision without a field", () => {
  const unknown = (...missing: readonly number[]): AclDecision =>
    denied({ effect: "unknown", missing: missing.reduce((all, field) => all | field, 0) });

  it("is sure where entries before the one that matches do not need it", () => {
    expect(
      effect([anEntry({ number: 90, cidr: "192.0.2.0/24", action: "deny" }), anEntry()], { port: undefined }),
    ).toBe("allows");
    expect(effect([anEntry({ action: "deny" }), ALLOW_WEB], { protocol: undefined })).toBe("unknown");
    expect(effect([anEntry({ action: "deny" })], { protocol: undefined })).toBe("denies");
  });

  it("allows when every entry does that may decide", () => {
    expect(decide([ALLOW_WEB, anEntry()], { port: undefined })).toEqual({ ...denied(), effect: "allows" });
  });

  it("is not known when one that only may match denies", () => {
    expect(decide([DENY_SSH, anEntry()], { port: undefined })).toEqual(unknown(NO_PORT));
    expect(decide([DENY_SSH, anEntry()], { protocol: undefined, port: undefined })).toEqual(
      unknown(NO_PROTOCOL, NO_PORT),
    );
  });

  it("is not known when nothing surely matches, since the end of the list denies", () => {
    expect(decide([ALLOW_WEB], { protocol: undefined })).toEqual(unknown(NO_PROTOCOL));
    expect(decide([anEntry()], { peer: undefined })).toEqual(unknown(NO_ADDRESS));
  });

  it("denies when nothing may match", () => {
    expect(decide([DENY_SSH], { protocol: undefined, port: 443 })).toEqual(denied());
    expect(decide([anEntry({ protocol: 17 })], { port: undefined, peer: undefined })).toEqual(denied());
    expect(decide([], { protocol: undefined, port: undefined, peer: undefined })).toEqual(denied());
  });
});
