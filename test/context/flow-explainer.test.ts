import { FlowExplainer, type InventorySnapshot } from "@tributary/context";
import { describe, expect, it } from "vitest";
import {
  aFlow,
  aGroup,
  anAcl,
  anEntry,
  anInterface,
  aPrefixList,
  aRule,
  aSnapshot,
  BEGIN,
  cidr,
  group,
  prefixList,
} from "./inventory-parts.js";

const AT = BEGIN + 60_000;
const HTTPS = aRule({ id: "sgr-https", port: 443 });
const EGRESS = aRule({ id: "sgr-egress", direction: "egress", protocol: -1 });
const WEB = aGroup("sg-web", [HTTPS, EGRESS]);
const SERVER = anInterface({
  id: "eni-1",
  addresses: ["10.0.0.5"],
  groups: ["sg-web"],
  name: "web",
  instanceId: "i-1",
});
const ACL = anAcl([anEntry(), anEntry({ direction: "egress" })]);

const explainerOf = (...parts: Partial<InventorySnapshot>[]): FlowExplainer =>
  new FlowExplainer(parts.map((part) => aSnapshot(part)));
const server = (): FlowExplainer => explainerOf({ interfaces: [SERVER], groups: [WEB], networkAcls: [ACL] });

describe("explanations", () => {
  it("name the rules that match, with their groups", () => {
    const { explanation, recorder } = server().explain(aFlow(), AT);
    expect(explanation).toMatchObject({
      verdict: "allowed-by-rule",
      likely: false,
      direction: "ingress",
      basis: "exact",
    });
    expect(explanation.rules).toEqual([{ group: WEB, rule: HTTPS }]);
    expect(explanation.groups).toEqual([WEB]);
    expect(explanation.rulesConsidered).toBe(1);
    expect(recorder).toBe(SERVER);
  });

  it("are frozen", () => {
    const { explanation } = server().explain(aFlow(), AT);
    expect([explanation, explanation.rules, explanation.caveats].every(Object.isFrozen)).toBe(true);
  });

  it("are the same object for equal causes, whichever interface, address and port", () => {
    const other = anInterface({ id: "eni-2", addresses: ["10.0.0.6"], groups: ["sg-web"], subnetId: "subnet-2" });
    const explainer = explainerOf({ interfaces: [SERVER, other], groups: [WEB], networkAcls: [ACL] });
    const { explanation } = explainer.explain(aFlow(), AT);
    const flows = [
      aFlow({ srcaddr: "203.0.113.1", srcport: 50_001 }),
      aFlow({ interfaceId: "eni-2", dstaddr: "10.0.0.6" }),
      aFlow({ tcpFlags: 3 }),
    ];
    for (const flow of flows) expect(explainer.explain(flow, AT + 1).explanation).toBe(explanation);
  });

  it("are the same object for rejects that lack different rules in doubt of one kind", () => {
    const ping = aRule({ id: "sgr-ping", protocol: 1, fromPort: 8, toPort: -1, peer: cidr("198.51.100.0/24") });
    const time = aRule({ id: "sgr-time", protocol: 1, fromPort: 13, toPort: -1, peer: cidr("203.0.113.0/24") });
    const explainer = explainerOf({ interfaces: [SERVER], groups: [aGroup("sg-web", [ping, time])] });
    const icmp = { protocol: 1, srcport: 0, dstport: 0, tcpFlags: 0, action: "REJECT" } as const;
    const { explanation } = explainer.explain(aFlow({ ...icmp, srcaddr: "198.51.100.1" }), AT);
    expect(explanation).toMatchObject({ verdict: "no-rule-matches", likely: true, caveats: [{ kind: "icmp-type" }] });
    expect(explainer.explain(aFlow({ ...icmp, srcaddr: "203.0.113.1" }), AT).explanation).toBe(explanation);
  });

  it("differ by what the log says of the reason", () => {
    const explainer = server();
    const rejected = (...others: string[]) =>
      explainer.explain(aFlow({ action: "REJECT", others }), AT).explanation.rejectReason;
    expect(rejected("reject-reason", "BPA")).toBe("BPA");
    expect(rejected("reject-reason", "EC")).toBe("EC");
    expect(rejected("traffic-path", "1")).toBeUndefined();
    expect(rejected("reject-reason", "-")).toBeUndefined();
  });

  it("stay right however many reasons there are", () => {
    const explainer = server();
    for (let i = 0; i < 200; i++) {
      const flow = aFlow({ action: "REJECT", others: ["reject-reason", `reason ${i}`] });
      expect(explainer.explain(flow, AT).explanation.rejectReason).toBe(`reason ${i}`);
    }
  });
});

describe("direction", () => {
  const direction = (parts: Parameters<typeof aFlow>[0], own = SERVER) =>
    explainerOf({ interfaces: [own], groups: [WEB] }).explain(aFlow({ flowDirection: undefined, ...parts }), AT)
      .explanation.direction;

  it("comes from the interface's own addresses where the log does not say it", () => {
    expect(direction({})).toBe("ingress");
    expect(direction({ srcaddr: "10.0.0.5", dstaddr: "198.51.100.7" })).toBe("egress");
  });

  it("comes from packet addresses where the log has no others", () => {
    expect(direction({ srcaddr: undefined, dstaddr: undefined, pktDstaddr: "10.0.0.5" })).toBe("ingress");
  });

  it("comes from public addresses and prefixes as well, in any spelling", () => {
    const own = { ...SERVER, addresses: ["2001:db8::5"], publicAddresses: ["203.0.113.5"], prefixes: ["10.0.1.0/28"] };
    expect(direction({ dstaddr: "203.0.113.5" }, own)).toBe("ingress");
    expect(direction({ dstaddr: "10.0.1.15" }, own)).toBe("ingress");
    expect(direction({ dstaddr: "10.0.1.16" }, own)).toBeUndefined();
    expect(direction({ srcaddr: "2001:db8:0:0:0:0:0:5", dstaddr: "2001:db8::9" }, own)).toBe("egress");
  });

  it("is not known when both ends are the interface's own, or neither", () => {
    expect(direction({ srcaddr: "10.0.0.5" })).toBeUndefined();
    expect(direction({ dstaddr: "10.0.0.99" })).toBeUndefined();
  });

  it("leaves a flow unexplained when it is not known", () => {
    const flow = aFlow({ flowDirection: undefined, dstaddr: "10.0.0.99" });
    expect(server().explain(flow, AT).explanation).toMatchObject({
      verdict: "unexplained",
      caveats: [{ kind: "no-field", field: "flow-direction" }],
    });
  });
});

describe("the far end", () => {
  it("is the packet's, behind a NAT or transit gateway", () => {
    const rule = aRule({ id: "sgr-client", port: 443, peer: cidr("192.0.2.8/32") });
    const explainer = explainerOf({ interfaces: [SERVER], groups: [aGroup("sg-web", [rule])] });
    expect(explainer.explain(aFlow({ pktSrcaddr: "192.0.2.8" }), AT).explanation.verdict).toBe("allowed-by-rule");
    expect(explainer.explain(aFlow({ srcaddr: "192.0.2.8", pktSrcaddr: "192.0.2.9" }), AT).explanation.verdict).toBe(
      "unexplained",
    );
  });

  it("is in a group by its private address, not by its public one", () => {
    const client = anInterface({
      id: "eni-2",
      addresses: ["10.0.0.9"],
      publicAddresses: ["203.0.113.9"],
      groups: ["sg-app"],
    });
    const rule = aRule({ port: 443, peer: group("sg-app") });
    const explainer = explainerOf({
      interfaces: [SERVER, client],
      groups: [aGroup("sg-web", [rule]), aGroup("sg-app", [])],
    });
    expect(explainer.explain(aFlow({ srcaddr: "10.0.0.9" }), AT).explanation.verdict).toBe("allowed-by-rule");
    expect(explainer.explain(aFlow({ srcaddr: "203.0.113.9" }), AT).explanation.verdict).toBe("unexplained");
  });

  it("leaves its groups at the time it leaves them", () => {
    const before = anInterface({ id: "eni-2", addresses: ["10.0.0.9"], groups: ["sg-app"], until: AT });
    const after = { ...anInterface({ id: "eni-2", addresses: ["10.0.0.9"], groups: [] }), asOf: AT };
    const rule = aRule({ port: 443, peer: group("sg-app") });
    const explainer = explainerOf({ interfaces: [SERVER, before, after], groups: [aGroup("sg-web", [rule])] });
    const verdictAt = (time: number) => explainer.explain(aFlow({ srcaddr: "10.0.0.9" }), time).explanation.verdict;
    expect([verdictAt(AT - 1), verdictAt(AT), verdictAt(AT - 1)]).toEqual([
      "allowed-by-rule",
      "unexplained",
      "allowed-by-rule",
    ]);
  });

  it("may be in a group of an account that no inventory has", () => {
    const rule = aRule({ port: 443, peer: group("sg-peered") });
    const neighbour = anInterface({ id: "eni-2", addresses: ["10.0.0.9"] });
    const explainer = explainerOf({ interfaces: [SERVER, neighbour], groups: [aGroup("sg-web", [rule])] });
    expect(explainer.explain(aFlow({ srcaddr: "10.9.0.9" }), AT).explanation).toMatchObject({
      verdict: "allowed-by-rule",
      likely: true,
      caveats: [{ kind: "not-in-inventory", part: "group-members", id: "sg-peered" }],
    });
    expect(explainer.explain(aFlow({ srcaddr: "10.0.0.9" }), AT).explanation.verdict).toBe("unexplained");
  });
});

describe("network ACLs", () => {
  const denying = anAcl([anEntry({ number: 90, cidr: "198.51.100.0/24", action: "deny" }), anEntry()]);
  const rejected = aFlow({ action: "REJECT" });

  it("are named with the entry that denies", () => {
    const explainer = explainerOf({ interfaces: [SERVER], groups: [WEB], networkAcls: [denying] });
    const { explanation } = explainer.explain(rejected, AT);
    expect(explanation).toMatchObject({ verdict: "blocked-by-network-acl", likely: false });
    expect(explanation.acl).toEqual({ acl: denying, entry: denying.entries[0] });
    expect(explainer.explain(rejected, AT).explanation).toBe(explanation);
  });

  it("do not stand within a subnet", () => {
    const neighbour = anInterface({ id: "eni-2", addresses: ["198.51.100.7"] });
    const explainer = explainerOf({ interfaces: [SERVER, neighbour], groups: [WEB], networkAcls: [denying] });
    expect(explainer.explain(rejected, AT).explanation.verdict).toBe("blocked-elsewhere");
  });

  it("are the one that was in force, not the subnet's next one", () => {
    const { asOf: _, ...entries } = denying;
    const next = { ...entries, id: "acl-2", asOf: AT };
    const until = { ...ACL, until: AT };
    const explainer = explainerOf({ interfaces: [SERVER], groups: [WEB], networkAcls: [next, until] });
    expect(explainer.explain(rejected, AT - 1).explanation.verdict).toBe("blocked-elsewhere");
    expect(explainer.explain(rejected, AT).explanation.verdict).toBe("blocked-by-network-acl");
  });
});

describe("time", () => {
  it("takes the rules of the flow's time", () => {
    const closed = aGroup("sg-web", [EGRESS], { asOf: AT });
    const explainer = explainerOf({ interfaces: [SERVER], groups: [{ ...WEB, until: AT }, closed] });
    const flow = aFlow({ action: "REJECT", tcpFlags: 2 });
    expect(explainer.explain(flow, AT - 1).explanation).toMatchObject({ verdict: "blocked-elsewhere", asOf: BEGIN });
    expect(explainer.explain(flow, AT).explanation).toMatchObject({ verdict: "no-rule-matches", asOf: AT });
  });

  it("says when the inventory begins after the flow", () => {
    expect(server().explain(aFlow(), BEGIN - 1).explanation.basis).toBe("later");
  });

  it("says so as well when only a prefix list that rules name begins later", () => {
    const rule = aRule({ port: 443, peer: prefixList("pl-1") });
    const list = { ...aPrefixList("pl-1", ["198.51.100.0/24"]), asOf: AT };
    const explainer = explainerOf({ interfaces: [SERVER], groups: [aGroup("sg-web", [rule])], prefixLists: [list] });
    const { explanation } = explainer.explain(aFlow(), AT - 1);
    expect(explanation).toMatchObject({ verdict: "allowed-by-rule", basis: "later", asOf: AT });
    expect(explainer.explain(aFlow(), AT).explanation.basis).toBe("exact");
  });

  it("takes the last state of an interface that is gone", () => {
    const explainer = explainerOf({ interfaces: [{ ...SERVER, until: AT }], groups: [WEB] });
    for (const time of [AT - 1, AT, AT + 86_400_000]) {
      expect(explainer.explain(aFlow(), time).explanation).toMatchObject({
        verdict: "allowed-by-rule",
        basis: "tombstone",
      });
    }
  });
});

describe("names", () => {
  const client = anInterface({
    id: "eni-2",
    addresses: ["10.0.0.9"],
    publicAddresses: ["203.0.113.9"],
    name: "client",
  });
  const namesOf = (explainer: FlowExplainer, parts: Parameters<typeof aFlow>[0], time = AT) => {
    const { srcName, dstName } = explainer.explain(aFlow(parts), time);
    return [srcName, dstName];
  };

  it("are those of both interfaces, by private or public address", () => {
    const explainer = explainerOf({ interfaces: [SERVER, client], groups: [WEB] });
    expect(namesOf(explainer, { srcaddr: "10.0.0.9" })).toEqual(["client", "web"]);
    expect(namesOf(explainer, { srcaddr: "203.0.113.9" })).toEqual(["client", "web"]);
    const out = { flowDirection: "egress", srcaddr: "10.0.0.5", dstaddr: "10.0.0.9" } as const;
    expect(namesOf(explainer, out)).toEqual(["web", "client"]);
    expect(namesOf(explainer, {})).toEqual([undefined, "web"]);
  });

  it("are those of the recorder's VPC where VPCs overlap", () => {
    const twin = { ...client, id: "eni-3", vpcId: "vpc-2", name: "twin" };
    const explainer = explainerOf({ interfaces: [twin, SERVER, client], groups: [WEB] });
    expect(namesOf(explainer, { srcaddr: "10.0.0.9" })).toEqual(["client", "web"]);
  });

  it("of other VPCs count only when one interface has the address", () => {
    const far = { ...client, vpcId: "vpc-2" };
    const farther = { ...client, id: "eni-3", vpcId: "vpc-3", name: "farther" };
    expect(namesOf(explainerOf({ interfaces: [SERVER, far] }), { srcaddr: "10.0.0.9" })).toEqual(["client", "web"]);
    const shared = explainerOf({ interfaces: [SERVER, far, farther] });
    expect(namesOf(shared, { srcaddr: "10.0.0.9" })).toEqual([undefined, "web"]);
  });

  it("follow an address from one interface to the next", () => {
    const next = { ...anInterface({ id: "eni-3", addresses: ["10.0.0.9"], name: "next" }), asOf: AT };
    const explainer = explainerOf({ interfaces: [SERVER, next, { ...client, until: AT }] });
    expect(namesOf(explainer, { srcaddr: "10.0.0.9" }, AT - 1)).toEqual(["client", "web"]);
    expect(namesOf(explainer, { srcaddr: "10.0.0.9" }, AT)).toEqual(["next", "web"]);
  });

  it("are known of interfaces that are gone, and of flows of unknown interfaces", () => {
    const explainer = explainerOf({ interfaces: [SERVER, { ...client, until: BEGIN + 1 }] });
    expect(namesOf(explainer, { srcaddr: "10.0.0.9" })).toEqual(["client", "web"]);
    expect(namesOf(explainer, { srcaddr: "10.0.0.9", interfaceId: "eni-9" })).toEqual(["client", "web"]);
  });

  it("are found in delegated prefixes", () => {
    const host = anInterface({ id: "eni-2", prefixes: ["10.0.1.16/28", "2001:db8:1::/80"], name: "node" });
    const explainer = explainerOf({ interfaces: [SERVER, host] });
    expect(namesOf(explainer, { srcaddr: "10.0.1.31" })[0]).toBe("node");
    expect(namesOf(explainer, { srcaddr: "10.0.1.32" })[0]).toBeUndefined();
    expect(namesOf(explainer, { srcaddr: "2001:db8:1::ffff" })[0]).toBe("node");
  });
});

describe("unknown interfaces", () => {
  it("are said to be unknown", () => {
    const { explanation, recorder } = server().explain(aFlow({ interfaceId: "eni-9" }), AT);
    expect(explanation).toMatchObject({ verdict: "unknown-interface", basis: undefined, caveats: [] });
    expect(recorder).toBeUndefined();
  });

  it("have one explanation", () => {
    const explainer = server();
    const { explanation } = explainer.explain(aFlow({ interfaceId: "eni-8" }), AT);
    expect(explainer.explain(aFlow({ interfaceId: "eni-9", srcport: 1 }), AT).explanation).toBe(explanation);
  });

  it("are told from a log without the field", () => {
    expect(server().explain(aFlow({ interfaceId: undefined }), AT).explanation).toMatchObject({
      verdict: "unknown-interface",
      caveats: [{ kind: "no-field", field: "interface-id" }],
    });
  });
});

describe("several inventories", () => {
  it("are taken together, the newest one first", () => {
    const moved = { ...SERVER, name: "renamed" };
    const explainer = explainerOf(
      { interfaces: [moved], collectedAt: AT, region: "eu-west-1" },
      { interfaces: [SERVER], groups: [WEB], collectedAt: BEGIN },
    );
    const { explanation, recorder } = explainer.explain(aFlow(), AT);
    expect(explanation).toMatchObject({ verdict: "allowed-by-rule", collectedAt: AT });
    expect(recorder?.name).toBe("renamed");
    expect(explainer.snapshots).toHaveLength(2);
  });

  it("may be none", () => {
    expect(new FlowExplainer([]).explain(aFlow(), AT).explanation.verdict).toBe("unknown-interface");
  });
});

describe("stateOf", () => {
  it("gives the interface with groups and network ACL of the time", () => {
    expect(server().stateOf("eni-1", AT)).toEqual({
      interface: SERVER,
      groups: [WEB],
      acl: ACL,
      basis: "exact",
      asOf: BEGIN,
      collectedAt: BEGIN,
    });
    expect(server().stateOf("eni-9", AT)).toBeUndefined();
  });

  it("has groups without rules for those that no inventory has", () => {
    expect(explainerOf({ interfaces: [SERVER] }).stateOf("eni-1", AT)?.groups).toEqual([{ id: "sg-web", asOf: BEGIN }]);
  });
});

describe("find", () => {
  const other = anInterface({
    id: "eni-2",
    addresses: ["10.0.0.6", "2001:db8::6"],
    publicAddresses: ["203.0.113.6"],
    prefixes: ["10.0.1.0/28"],
    instanceId: "i-1",
    name: "other",
  });
  const explainer = explainerOf({ interfaces: [SERVER, other] });

  it.each([
    ["eni-2", ["eni-2"]],
    ["i-1", ["eni-1", "eni-2"]],
    ["10.0.0.5", ["eni-1"]],
    ["203.0.113.6", ["eni-2"]],
    ["2001:db8:0:0::6", ["eni-2"]],
    ["10.0.1.9", ["eni-2"]],
    ["web", ["eni-1"]],
    ["192.0.2.1", []],
    ["nobody", []],
  ])("finds %s", (target, ids) => {
    expect(explainer.find(target).map(({ id }) => id)).toEqual(ids);
  });

  it("gives the last state of each that fits", () => {
    const first = { ...SERVER, until: AT };
    const second = { ...SERVER, addresses: ["10.0.0.50"], asOf: AT };
    const changed = explainerOf({ interfaces: [first, second] });
    expect(changed.find("eni-1")).toEqual([second]);
    expect(changed.find("10.0.0.5")).toEqual([first]);
  });
});
