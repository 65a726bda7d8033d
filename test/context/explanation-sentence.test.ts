import { type Caveat, type Explanation, explanationSentence } from "@tributary/context";
import { describe, expect, it } from "vitest";
import { explanation, group, rule } from "../support/explanations.js";

const web = group({ id: "sg-1", name: "web" });
const base = group({ id: "sg-2", name: "base" });
const matched = (...ids: readonly string[]) =>
  ids.map((id, index) => ({ group: index === 0 ? web : base, rule: rule({ id }) }));
const say = (overrides: Partial<Explanation>): string =>
  explanationSentence(explanation({ groups: [web], rules: matched("sgr-1"), ...overrides }));

describe("explanationSentence", () => {
  it.each<[string, Partial<Explanation>]>([
    ["Allowed by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0.", {}],
    ["Allowed by 2 rules: sgr-1 of web and sgr-2 of base.", { rules: matched("sgr-1", "sgr-2") }],
    [
      "Allowed by 4 rules: sgr-1 of web, sgr-2 of base and 2 more.",
      { rules: matched("sgr-1", "sgr-2", "sgr-3", "sgr-4") },
    ],
    [
      "Likely allowed by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. Rules in both directions fit, so the lower port was taken for the service.",
      { likely: true },
    ],
    [
      "Likely allowed by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. The log has no tcp-flags, so the lower port was taken for the service.",
      { likely: true, caveats: [{ kind: "no-field", field: "tcp-flags" }] },
    ],
    [
      "Likely allowed by rule sgr-1 of web (sg-1): icmp from 0.0.0.0/0. Rules in both directions fit, and nothing tells that it is a reply.",
      { likely: true, rules: [{ group: web, rule: rule({ id: "sgr-1", protocol: 1, fromPort: -1, toPort: -1 }) }] },
    ],
    [
      "Likely a reply to a connection let in by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. Rules in both directions fit, so the lower port was taken for the service.",
      { verdict: "return-traffic", likely: true, direction: "egress", asReply: true },
    ],
    [
      "Likely a reply to a connection let in by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. Its ports look like those of a first packet, though.",
      {
        verdict: "return-traffic",
        likely: true,
        direction: "egress",
        asReply: true,
        caveats: [{ kind: "ports-of-a-first-packet" }],
      },
    ],
    [
      "Likely a reply to a connection let in by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. An outbound rule may fit as well, so the lower port was taken for the service. The inventory lacks the members of sg-9.",
      {
        verdict: "return-traffic",
        likely: true,
        direction: "egress",
        asReply: true,
        caveats: [{ kind: "not-in-inventory", part: "group-members", id: "sg-9" }],
      },
    ],
    [
      "Likely a reply to a connection let in by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. The log has no tcp-flags, so the lower port was taken for the service. The inventory lacks the members of sg-9.",
      {
        verdict: "return-traffic",
        likely: true,
        direction: "egress",
        asReply: true,
        caveats: [
          { kind: "no-field", field: "tcp-flags" },
          { kind: "not-in-inventory", part: "group-members", id: "sg-9" },
        ],
      },
    ],
    [
      "Likely a reply to a connection let in by rule sgr-1 of web (sg-1): tcp 443 from sg-9. The inventory lacks the members of sg-9.",
      {
        verdict: "return-traffic",
        likely: true,
        direction: "egress",
        asReply: true,
        rules: [{ group: web, rule: rule({ id: "sgr-1", peer: { kind: "group", groupId: "sg-9", active: true } }) }],
        caveats: [{ kind: "not-in-inventory", part: "group-members", id: "sg-9" }],
      },
    ],
    [
      "Reply to a connection let out by rule sgr-9 of web (sg-1): all traffic to 0.0.0.0/0.",
      {
        verdict: "return-traffic",
        asReply: true,
        rules: [{ group: web, rule: rule({ id: "sgr-9", direction: "egress", protocol: -1 }) }],
      },
    ],
    [
      "Reply to a connection let in by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0.",
      { verdict: "return-traffic", direction: "egress", asReply: true },
    ],
    [
      "None of the 7 inbound rules of web (sg-1) and base (sg-2) lets it in.",
      { verdict: "no-rule-matches", rules: [], rulesConsidered: 7, groups: [web, base] },
    ],
    [
      "Likely none of the 2 inbound rules of web (sg-1) lets it in. The inventory lacks the entries of prefix list pl-1.",
      {
        verdict: "no-rule-matches",
        likely: true,
        rules: [],
        rulesConsidered: 2,
        caveats: [{ kind: "not-in-inventory", part: "prefix-list", id: "pl-1" }],
      },
    ],
    [
      "The only inbound rule of web (sg-1) likely does not let it in. VPC flow logs hold no ICMP type, which a rule asks for.",
      { verdict: "no-rule-matches", likely: true, rules: [], caveats: [{ kind: "icmp-type" }] },
    ],
    ["web (sg-1) has no inbound rules.", { verdict: "no-rule-matches", rules: [], rulesConsidered: 0 }],
    [
      "Stopped by entry 90 of network ACL public (acl-1), deny all traffic from 198.51.100.192/27. The groups allow it, by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0.",
      {
        verdict: "blocked-by-network-acl",
        acl: {
          acl: { id: "acl-1", name: "public", subnetIds: [], entries: [], asOf: 0 },
          entry: { number: 90, direction: "ingress", protocol: -1, cidr: "198.51.100.192/27", action: "deny" },
        },
      },
    ],
    [
      "No outbound entry of network ACL acl-1 lets it pass. The groups allow it as a reply, by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0.",
      {
        verdict: "blocked-by-network-acl",
        direction: "egress",
        asReply: true,
        acl: { acl: { id: "acl-1", subnetIds: [], entries: [], asOf: 0 }, entry: undefined },
      },
    ],
    [
      "No inbound entry of network ACL acl-1 lets it pass. The groups allow it as a reply, by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. Its ports look like those of a reply.",
      {
        verdict: "blocked-by-network-acl",
        likely: true,
        asReply: true,
        acl: { acl: { id: "acl-1", subnetIds: [], entries: [], asOf: 0 }, entry: undefined },
      },
    ],
    [
      "No inbound entry of network ACL acl-1 lets it pass. VPC flow logs hold no ICMP type, which an entry asks for.",
      {
        verdict: "blocked-by-network-acl",
        rules: [],
        acl: { acl: { id: "acl-1", subnetIds: [], entries: [], asOf: 0 }, entry: undefined },
        caveats: [{ kind: "icmp-type" }],
      },
    ],
    [
      "The groups allow it, by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. The network ACL does not stop it, so something else did: a connection already closed, Block Public Access or encryption controls.",
      { verdict: "blocked-elsewhere" },
    ],
    [
      "The groups allow it as a reply, by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. The network ACL does not stop it, so something else did: a connection already closed, Block Public Access or encryption controls. Its ports look like those of a reply.",
      { verdict: "blocked-elsewhere", likely: true, asReply: true },
    ],
    [
      "The groups allow it, by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. Something else stopped it: perhaps the network ACL, a connection already closed, Block Public Access or encryption controls. The log lacks a port.",
      { verdict: "blocked-elsewhere", likely: true, caveats: [{ kind: "no-field", field: "port" }] },
    ],
    [
      "The groups allow it as a reply, by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. The network ACL does not stop it, so something else did: a connection already closed, Block Public Access or encryption controls. The log has no tcp-flags, so the lower port was taken for the service.",
      {
        verdict: "blocked-elsewhere",
        likely: true,
        asReply: true,
        caveats: [{ kind: "no-field", field: "tcp-flags" }],
      },
    ],
    [
      "The groups allow it, by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. The log names what stopped it: VPC Block Public Access (BPA).",
      { verdict: "blocked-elsewhere", rejectReason: "BPA" },
    ],
    [
      "The interface (nat gateway) has no security groups.",
      { verdict: "no-security-groups", interfaceType: "nat_gateway", groups: [], rules: [] },
    ],
    [
      "The interface has no security groups. The log names what stopped it: VPC Block Public Access (BPA).",
      { verdict: "no-security-groups", groups: [], rules: [], rejectReason: "BPA" },
    ],
    [
      "The interface has no security groups, and it is not known what the network ACL did. The log lacks a port.",
      {
        verdict: "no-security-groups",
        groups: [],
        rules: [],
        caveats: [{ kind: "no-field", field: "port" }],
      },
    ],
    [
      "It cannot be explained. The log has no action.",
      { verdict: "unexplained", rules: [], caveats: [{ kind: "no-field", field: "action" }] },
    ],
    [
      "What is known of web (sg-1) does not explain it. The inventory lacks the rules of sg-1.",
      { verdict: "unexplained", rules: [], caveats: [{ kind: "not-in-inventory", part: "rules", id: "sg-1" }] },
    ],
    [
      "It is not known which interface recorded it. The log has no interface-id.",
      {
        verdict: "unknown-interface",
        basis: undefined,
        groups: [],
        rules: [],
        caveats: [{ kind: "no-field", field: "interface-id" }],
      },
    ],
    [
      "No rule of web (sg-1) lets it in, and it is no reply to anything that they allow: perhaps a connection that outlived its rule.",
      { verdict: "unexplained", rules: [] },
    ],
    ["The interface is in no inventory.", { verdict: "unknown-interface", basis: undefined, groups: [], rules: [] }],
    [
      "Allowed by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. This is known only since 2026-04-01T00:00:00Z, after the flow: the first known state was taken.",
      { basis: "later" },
    ],
    [
      "Allowed by rule sgr-1 of web (sg-1): tcp 443 from 0.0.0.0/0. The interface is gone by now: what was known of it then was taken.",
      { basis: "tombstone" },
    ],
  ])("says: %s", (sentence, overrides) => {
    expect(say(overrides)).toBe(sentence);
  });

  it.each<[string, Caveat]>([
    ["The log has no flow-direction, and the addresses do not tell it.", { kind: "no-field", field: "flow-direction" }],
    ["The log has no action.", { kind: "no-field", field: "action" }],
    ["The log lacks a port.", { kind: "no-field", field: "port" }],
    ["VPC flow logs hold no ICMP type, which a rule asks for.", { kind: "icmp-type" }],
    [
      "The inventory lacks the entries of prefix list pl-1.",
      { kind: "not-in-inventory", part: "prefix-list", id: "pl-1" },
    ],
    ["The inventory lacks the members of sg-9.", { kind: "not-in-inventory", part: "group-members", id: "sg-9" }],
    ["The inventory lacks the rules of sg-1.", { kind: "not-in-inventory", part: "rules", id: "sg-1" }],
    ["The inventory lacks the network ACL of the subnet.", { kind: "not-in-inventory", part: "network-acls" }],
  ])("names what is missing: %s", (sentence, caveat) => {
    expect(say({ verdict: "unexplained", rules: [], caveats: [caveat] })).toMatch(
      new RegExp(`${sentence.replaceAll(".", "\\.")}$`),
    );
  });

  it("cuts long names", () => {
    expect(say({ groups: [group({ id: "sg-1", name: "x".repeat(255) })], verdict: "no-rule-matches", rules: [] })).toBe(
      `The only inbound rule of ${"x".repeat(39)}… (sg-1) does not let it in.`,
    );
  });
});
