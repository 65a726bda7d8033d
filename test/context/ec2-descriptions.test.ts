import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Ec2Descriptions, inventoriesOf, inventoryOf, readDescriptions } from "@tributary/context";
import { FormatError } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const FIXTURES = join(import.meta.dirname, "../fixtures/context");
const AT = Date.UTC(2026, 3, 1);

function files(folder: string, chosen: (name: string) => boolean = () => true) {
  return readdirSync(join(FIXTURES, folder))
    .filter(chosen)
    .sort()
    .map((name) => ({ name, text: readFileSync(join(FIXTURES, folder, name), "utf8") }));
}

const network = (chosen?: (name: string) => boolean, tags: readonly string[] = []) =>
  inventoryOf(readDescriptions(files("describe", chosen)), { collectedAt: AT, tags });

const byId = <T extends { readonly id: string }>(things: readonly T[], id: string): T => {
  const found = things.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};

describe("an inventory of described interfaces", () => {
  it("takes account and region from the records", () => {
    expect(network()).toMatchObject({
      accountId: "111122223333",
      region: "eu-central-1",
      collectedAt: AT,
      missing: [],
    });
  });

  it("has all addresses, the primary one first", () => {
    const [first, second] = network().interfaces;
    expect(first).toMatchObject({
      addresses: ["10.0.1.10", "10.0.1.11", "10.0.1.12", "2001:db8:1::a", "2001:db8:1::b"],
      publicAddresses: ["203.0.113.10", "203.0.113.11"],
    });
    expect(second?.addresses).toEqual(["10.0.2.20", "10.0.2.21"]);
  });

  it("puts the primary address first where the list alone tells it", () => {
    const { interfaces } = inventoryOf(
      {
        networkInterfaces: [
          {
            NetworkInterfaceId: "eni-0a1b2c3d4e5f60001",
            PrivateIpAddresses: [{ PrivateIpAddress: "10.0.0.2" }, { PrivateIpAddress: "10.0.0.1", Primary: true }],
          },
        ],
      },
      { accountId: "111122223333", region: "eu-west-1", collectedAt: AT },
    );
    expect(interfaces[0]?.addresses).toEqual(["10.0.0.1", "10.0.0.2"]);
  });

  it("has prefixes and carrier addresses", () => {
    expect(byId(network().interfaces, "eni-0a1b2c3d4e5f60004")).toMatchObject({
      prefixes: ["10.0.1.64/28", "2001:db8:1:0:1::/80"],
      publicAddresses: ["198.51.100.4"],
    });
  });

  it("takes names from the interface's tag, else from its instance", () => {
    const { interfaces } = network();
    expect(interfaces.map(({ name }) => name)).toEqual(["web-1", "orders-db", undefined, undefined, undefined]);
  });

  it("takes names of instances from describe-tags too", () => {
    const descriptions: Ec2Descriptions = {
      ...readDescriptions(files("describe", (name) => name === "network-interfaces.json")),
      instanceTags: [
        { ResourceId: "i-0a1b2c3d4e5f60001", ResourceType: "instance", Key: "Name", Value: "web-1" },
        { ResourceId: "i-0a1b2c3d4e5f60001", ResourceType: "instance", Key: "team", Value: "shop" },
      ],
    };
    expect(inventoryOf(descriptions, { collectedAt: AT }).interfaces[0]?.name).toBe("web-1");
  });

  it("keeps the tags that were asked for, and no others", () => {
    const { interfaces } = network(undefined, ["env", "team", "owner"]);
    expect(interfaces[0]?.tags).toEqual({ team: "shop", env: "prod" });
    expect(network().interfaces[0]?.tags).toEqual({});
  });

  it("keeps a tag named like a built-in property apart from it", () => {
    const TagSet = [{ Key: "__proto__", Value: "x" }];
    const { interfaces } = inventoryOf(
      { networkInterfaces: [{ NetworkInterfaceId: "eni-0a1b2c3d4e5f60001", TagSet }] },
      { accountId: "111122223333", region: "eu-west-1", collectedAt: AT, tags: ["__proto__", "toString"] },
    );
    expect(Object.entries(interfaces[0]?.tags ?? {})).toEqual([["__proto__", "x"]]);
  });

  it("says type, description, instance, owner, VPC, subnet and groups", () => {
    const { interfaces } = network();
    expect(interfaces[0]).toMatchObject({
      accountId: "111122223333",
      vpcId: "vpc-0a1b2c3d4e5f60001",
      subnetId: "subnet-0a1b2c3d4e5f60001",
      instanceId: "i-0a1b2c3d4e5f60001",
      groups: ["sg-0a1b2c3d4e5f60001", "sg-0a1b2c3d4e5f60002"],
      asOf: AT,
    });
    expect(interfaces[2]).toMatchObject({
      type: "nat_gateway",
      groups: [],
      description: "Interface for NAT Gateway nat-0a1b2c3d4e5f60001",
    });
    expect(interfaces[4]).not.toHaveProperty("description");
  });
});

describe("an inventory of described groups", () => {
  it("has the rules that describe-security-group-rules lists", () => {
    const { groups } = network();
    expect(byId(groups, "sg-0a1b2c3d4e5f60001").rules).toEqual([
      {
        id: "sgr-0a1b2c3d4e5f60001",
        direction: "ingress",
        protocol: 6,
        fromPort: 443,
        toPort: 443,
        peer: { kind: "cidr", cidr: "0.0.0.0/0" },
        description: "HTTPS from anywhere",
      },
      {
        id: "sgr-0a1b2c3d4e5f60002",
        direction: "ingress",
        protocol: 6,
        fromPort: 443,
        toPort: 443,
        peer: { kind: "cidr", cidr: "::/0" },
      },
      {
        id: "sgr-0a1b2c3d4e5f60003",
        direction: "ingress",
        protocol: 6,
        fromPort: 22,
        toPort: 22,
        peer: { kind: "prefix-list", prefixListId: "pl-0a1b2c3d4e5f60001" },
        description: "Offices",
      },
      {
        id: "sgr-0a1b2c3d4e5f60004",
        direction: "ingress",
        protocol: 1,
        fromPort: 8,
        toPort: -1,
        peer: { kind: "cidr", cidr: "10.0.0.0/8" },
      },
      {
        id: "sgr-0a1b2c3d4e5f60005",
        direction: "egress",
        protocol: -1,
        peer: { kind: "cidr", cidr: "0.0.0.0/0" },
      },
    ]);
  });

  it("knows a group of a deleted peering as stale", () => {
    const rules = byId(network().groups, "sg-0a1b2c3d4e5f60002").rules ?? [];
    expect(rules.map(({ peer }) => peer)).toEqual([
      { kind: "group", groupId: "sg-0a1b2c3d4e5f60001", accountId: "111122223333", active: true },
      {
        kind: "group",
        groupId: "sg-0a1b2c3d4e5f60009",
        vpcId: "vpc-0a1b2c3d4e5f60009",
        accountId: "444455556666",
        active: false,
      },
      { kind: "cidr", cidr: "10.9.0.0/16" },
      { kind: "prefix-list", prefixListId: "pl-6ea54007" },
    ]);
    expect(rules[2]).toMatchObject({ protocol: 47 });
    expect(rules[2]).not.toHaveProperty("fromPort");
  });

  it("names rules by what they say when only the groups' own permissions are given", () => {
    const snapshot = network((name) => name !== "security-group-rules.json");
    const ids = snapshot.groups.flatMap(({ rules = [] }) => rules.map(({ id }) => id));
    expect(ids).toEqual([
      "sg-0a1b2c3d4e5f60001/ingress/tcp/443/0.0.0.0/0",
      "sg-0a1b2c3d4e5f60001/ingress/tcp/443/::/0",
      "sg-0a1b2c3d4e5f60001/ingress/tcp/22/pl-0a1b2c3d4e5f60001",
      "sg-0a1b2c3d4e5f60001/ingress/icmp/8/10.0.0.0/8",
      "sg-0a1b2c3d4e5f60001/egress/all/0.0.0.0/0",
      "sg-0a1b2c3d4e5f60002/ingress/tcp/5432-5433/sg-0a1b2c3d4e5f60001",
      "sg-0a1b2c3d4e5f60002/ingress/tcp/5432-5433/sg-0a1b2c3d4e5f60009",
      "sg-0a1b2c3d4e5f60002/ingress/47/10.9.0.0/16",
      "sg-0a1b2c3d4e5f60002/egress/tcp/443/pl-6ea54007",
    ]);
    expect(snapshot.missing).toEqual([]);
  });

  it("finds the same rules either way", () => {
    const conditions = (chosen: (name: string) => boolean) =>
      network(chosen).groups.flatMap(({ rules = [] }) => rules.map(({ id: _, ...condition }) => condition));
    expect(conditions((name) => name !== "security-group-rules.json")).toEqual(conditions(() => true));
  });

  it("makes groups of rules alone, and says that the groups are missing", () => {
    const snapshot = network((name) => name !== "security-groups.json");
    expect(snapshot.groups.map(({ id, rules }) => [id, rules?.length])).toEqual([
      ["sg-0a1b2c3d4e5f60001", 5],
      ["sg-0a1b2c3d4e5f60002", 4],
    ]);
    expect(snapshot.missing).toEqual(["groups"]);
  });

  it("does not take a group without permissions or rules for one with none", () => {
    const about = { accountId: "111122223333", region: "eu-west-1", collectedAt: AT };
    const securityGroups = [{ GroupId: "sg-0a1b2c3d4e5f60001" }];
    const unknown = inventoryOf({ securityGroups }, about);
    expect(unknown.groups[0]).not.toHaveProperty("rules");
    expect(unknown.missing).toContain("rules");
    const none = inventoryOf({ securityGroups, securityGroupRules: [] }, about);
    expect(none.groups[0]?.rules).toEqual([]);
    expect(none.missing).not.toContain("rules");
  });
});

describe("prefix lists and network ACLs", () => {
  it("gives each prefix list its entries, by file name or wrapping", () => {
    expect(network().prefixLists).toEqual([
      { id: "pl-0a1b2c3d4e5f60001", name: "offices", cidrs: ["192.0.2.0/24", "198.51.100.0/25"], asOf: AT },
      { id: "pl-6ea54007", name: "com.amazonaws.eu-central-1.s3", cidrs: ["203.0.113.128/25"], asOf: AT },
    ]);
  });

  it("takes the CIDRs that the older describe-prefix-lists prints", () => {
    const text = JSON.stringify({
      PrefixLists: [{ PrefixListId: "pl-6ea54007", PrefixListName: "s3", Cidrs: ["192.0.2.0/24"] }],
    });
    const about = { accountId: "111122223333", region: "eu-west-1", collectedAt: AT };
    expect(inventoryOf(readDescriptions([{ name: "a.json", text }]), about).prefixLists[0]?.cidrs).toEqual([
      "192.0.2.0/24",
    ]);
  });

  it("says that prefix lists are missing while a rule names one without entries", () => {
    const { missing, prefixLists } = network((name) => name !== "entries-of-s3.json");
    expect(missing).toEqual(["prefix-lists"]);
    expect(prefixLists[1]).not.toHaveProperty("cidrs");
  });

  it("reads the entries of network ACLs with ports, ICMP types and IPv6", () => {
    expect(network().networkAcls).toEqual([
      {
        id: "acl-0a1b2c3d4e5f60001",
        accountId: "111122223333",
        vpcId: "vpc-0a1b2c3d4e5f60001",
        name: "shop",
        subnetIds: ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"],
        entries: [
          { number: 100, direction: "egress", protocol: -1, cidr: "0.0.0.0/0", action: "allow" },
          {
            number: 90,
            direction: "ingress",
            protocol: 6,
            fromPort: 22,
            toPort: 22,
            cidr: "198.51.100.0/24",
            action: "deny",
          },
          {
            number: 95,
            direction: "ingress",
            protocol: 1,
            icmpType: 8,
            icmpCode: -1,
            cidr: "0.0.0.0/0",
            action: "deny",
          },
          { number: 101, direction: "ingress", protocol: -1, cidr: "::/0", action: "allow" },
          { number: 110, direction: "ingress", protocol: -1, cidr: "0.0.0.0/0", action: "allow" },
        ],
        asOf: AT,
      },
    ]);
  });
});

describe("whose inventory it is", () => {
  const all = () => readDescriptions([...files("describe"), ...files("enricher").map(renamed)]);
  const renamed = ({ name, text }: { name: string; text: string }) => ({ name: `other/${name}`, text });

  it("makes one inventory of each account and region", () => {
    const homes = inventoriesOf(all(), { collectedAt: AT }).map((each) => [each.accountId, each.region]);
    expect(homes).toEqual([
      ["111122223333", "eu-central-1"],
      ["123456789012", "eu-west-1"],
    ]);
  });

  it("keeps things, and what is missing, apart", () => {
    const [shop, example] = inventoriesOf(all(), { collectedAt: AT });
    expect(shop?.interfaces).toHaveLength(5);
    expect(shop?.missing).toEqual([]);
    expect(example?.interfaces.map(({ id }) => id)).toEqual(["eni-059b5231b3a62b05a", "eni-0b0d5ccd83421d08d"]);
    expect(example?.missing).toEqual(["network-acls"]);
    expect(example?.prefixLists).toEqual([]);
  });

  it("refuses to make one inventory of several accounts", () => {
    expect(() => inventoryOf(all(), { collectedAt: AT })).toThrow(
      expect.objectContaining({ code: "several-inventories", message: expect.stringContaining("123456789012") }),
    );
  });

  it("makes one all the same when told whose, as in a shared VPC", () => {
    const about = { accountId: "111122223333", region: "eu-central-1", collectedAt: AT };
    const { accountId, interfaces } = inventoryOf(all(), about);
    expect(accountId).toBe("111122223333");
    expect(new Set(interfaces.map((each) => each.accountId))).toEqual(new Set(["111122223333", "123456789012"]));
  });

  it("takes the region of a network ACL from its VPC", () => {
    const chosen = (name: string) => name === "network-acls.json" || name === "network-interfaces.json";
    const [shop] = inventoriesOf(readDescriptions(files("describe", chosen)), { collectedAt: AT, region: "eu-west-1" });
    expect(shop).toMatchObject({ region: "eu-central-1" });
    expect(shop?.networkAcls).toHaveLength(1);
  });

  it("knows the region of local and wavelength zones", () => {
    const regionOf = (zone: string) =>
      inventoryOf(
        { networkInterfaces: [{ NetworkInterfaceId: "eni-0a1b2c3d4e5f60001", AvailabilityZone: zone }] },
        { accountId: "111122223333", collectedAt: AT },
      ).region;
    const zones = ["us-west-2-lax-1a", "us-east-1-wl1-bos-wlz-1", "us-gov-west-1a", "eusc-de-east-1a"];
    expect(zones.map(regionOf)).toEqual(["us-west-2", "us-east-1", "us-gov-west-1", "eusc-de-east-1"]);
  });

  it("asks for account and region when nothing tells them", () => {
    const alone = { networkAcls: [{ NetworkAclId: "acl-0a1b2c3d4e5f60001" }] };
    expect(() => inventoryOf(alone, { collectedAt: AT })).toThrow(expect.objectContaining({ code: "no-account" }));
    expect(() => inventoriesOf(alone, { accountId: "111122223333", collectedAt: AT })).toThrow(
      expect.objectContaining({ code: "no-region" }),
    );
  });

  it.each([
    ["account", { accountId: "../../etc", region: "eu-west-1" }],
    ["region", { accountId: "111122223333", region: "../../etc" }],
  ])("takes no %s that is none, since files are named by it", (kind, home) => {
    const nothing = { networkInterfaces: [], securityGroups: [] };
    const refusal = expect.objectContaining({
      code: `bad-${kind}`,
      message: expect.stringContaining("../../etc") as string,
    });
    expect(() => inventoryOf(nothing, { ...home, collectedAt: AT })).toThrow(refusal);
    expect(() => inventoriesOf(nothing, { ...home, collectedAt: AT })).toThrow(refusal);
  });

  it("gives an empty inventory of an empty account", () => {
    const about = { accountId: "111122223333", region: "eu-west-1", collectedAt: AT };
    const nothing = { networkInterfaces: [], securityGroups: [] };
    expect(inventoriesOf(nothing, about)).toEqual([inventoryOf(nothing, about)]);
    expect(inventoryOf(nothing, about)).toMatchObject({ interfaces: [], groups: [] });
  });
});

describe("the enricher's example", () => {
  const example = () => inventoryOf(readDescriptions(files("enricher")), { collectedAt: AT });

  it("has its interfaces, groups and rules", () => {
    const { interfaces, groups } = example();
    expect(interfaces.map(({ id, groups: own, addresses }) => [id, own, addresses])).toEqual([
      ["eni-059b5231b3a62b05a", ["sg-06b386ec17eb82e3d"], ["10.0.150.9"]],
      ["eni-0b0d5ccd83421d08d", ["sg-076a6898553409f2e"], ["10.0.2.219"]],
    ]);
    expect(groups.map(({ rules = [] }) => rules.map(({ id }) => id))).toEqual([
      ["sgr-00b06fe3bdcc26c35", "sgr-09c9a1735de2a080a"],
      [],
    ]);
  });
});

describe("records that cannot be read", () => {
  const about = { accountId: "111122223333", region: "eu-west-1", collectedAt: AT };
  const read = (content: object) =>
    inventoryOf(readDescriptions([{ name: "some.json", text: JSON.stringify(content) }]), about);
  const messageOf = (content: object): string => {
    try {
      read(content);
    } catch (error) {
      if (error instanceof FormatError && error.code === "malformed-description") return error.message;
      throw error;
    }
    throw new Error("it was read");
  };

  it("are named by file, place, id, key and value", () => {
    const PrivateIpAddresses = [{ PrivateIpAddress: "10.0.0.1" }, { PrivateIpAddress: "10.0.0.256" }];
    const NetworkInterfaces = [{ NetworkInterfaceId: "eni-1" }, { NetworkInterfaceId: "eni-2", PrivateIpAddresses }];
    expect(messageOf({ NetworkInterfaces })).toBe(
      'some.json: NetworkInterfaces[1] (eni-2): PrivateIpAddresses[1]: PrivateIpAddress is "10.0.0.256", not an IP address: describe it again, with --output json and without --query',
    );
  });

  const rule = { SecurityGroupRuleId: "sgr-1", GroupId: "sg-1", IsEgress: false, IpProtocol: "tcp", CidrIpv4: "::/0" };
  const entry = { RuleNumber: 1, Protocol: "-1", RuleAction: "allow", Egress: false, CidrBlock: "0.0.0.0/0" };
  const acl = (change: object) => ({ NetworkAcls: [{ NetworkAclId: "acl-1", Entries: [{ ...entry, ...change }] }] });
  it.each([
    [{ NetworkInterfaces: [{}] }, "NetworkInterfaces[0]: NetworkInterfaceId is absent"],
    [{ NetworkInterfaces: [7] }, "NetworkInterfaces[0] is 7, not an object"],
    [{ NetworkInterfaces: {} }, "NetworkInterfaces is {}, not an array"],
    [{ NetworkInterfaces: [{ NetworkInterfaceId: 5 }] }, "NetworkInterfaceId is 5, not text"],
    [
      { NetworkInterfaces: [{ NetworkInterfaceId: "eni-1", OwnerId: "../../x" }] },
      'OwnerId is "../../x", not an account',
    ],
    [{ NetworkInterfaces: [{ NetworkInterfaceId: "eni-1", Groups: [{}] }] }, "Groups[0]: GroupId is absent"],
    [
      { NetworkInterfaces: [{ NetworkInterfaceId: "eni-1", Ipv4Prefixes: [{ Ipv4Prefix: "10.0.0.0" }] }] },
      'Ipv4Prefix is "10.0.0.0", not an address range',
    ],
    [{ SecurityGroupRules: [{ ...rule, IsEgress: undefined }] }, "(sgr-1): IsEgress is absent"],
    [{ SecurityGroupRules: [{ ...rule, IpProtocol: "sctp" }] }, 'IpProtocol is "sctp"'],
    [{ SecurityGroupRules: [{ ...rule, FromPort: 65536 }] }, "FromPort is 65536, not a port"],
    [{ SecurityGroupRules: [{ ...rule, FromPort: "22" }] }, 'FromPort is "22", not a whole number'],
    [{ SecurityGroupRules: [{ ...rule, CidrIpv4: "0.0.0.0/33" }] }, 'CidrIpv4 is "0.0.0.0/33"'],
    [{ SecurityGroupRules: [{ ...rule, CidrIpv4: undefined }] }, "CidrIpv4 is absent"],
    [{ SecurityGroups: [{ GroupId: "sg-1", IpPermissions: [{}] }] }, "IpPermissions[0]: IpProtocol is absent"],
    [{ PrefixLists: [{ PrefixListName: "x" }] }, "PrefixLists[0]: PrefixListId is absent"],
    [{ PrefixListId: "pl-1", Entries: [{ Cidr: "here" }] }, 'Cidr is "here"'],
    [acl({ RuleAction: "maybe" }), 'RuleAction is "maybe", not allow or deny'],
    [acl({ Egress: "no" }), 'Egress is "no", not true or false'],
    [acl({ CidrBlock: undefined }), "CidrBlock is absent"],
    [acl({ RuleNumber: 1.5 }), "RuleNumber is 1.5, not a whole number"],
    [acl({ Protocol: "256" }), 'Protocol is "256"'],
  ])("%j: %s", (content, expected) => {
    const message = messageOf(content);
    expect(message).toContain(expected);
    expect(message).toMatch(/^some\.json/);
  });

  it("may come from EC2 itself", () => {
    expect(() => inventoryOf({ networkInterfaces: [{ OwnerId: "x" }] }, about)).toThrow(
      "NetworkInterfaces[0] of EC2's answer",
    );
  });

  it("are the only reason to fail: unknown keys, null and empty text are passed over", () => {
    const NetworkInterfaces = [
      { NetworkInterfaceId: "eni-1", Description: "", VpcId: null, Operator: { Managed: false }, constructor: 1 },
    ];
    expect(read({ NetworkInterfaces }).interfaces).toEqual([
      {
        id: "eni-1",
        addresses: [],
        publicAddresses: [],
        prefixes: [],
        groups: [],
        type: "interface",
        tags: {},
        asOf: AT,
      },
    ]);
  });

  it("never crash: any JSON is read or refused by name", () => {
    const ids = ["NetworkInterfaceId", "GroupId", "SecurityGroupRuleId", "PrefixListId", "NetworkAclId", "InstanceId"];
    const keys = [...ids, "OwnerId", "IpProtocol", "IsEgress", "Groups", "Entries", "PrivateIpAddresses", "TagSet"];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom("eni-1", "10.0.0.1", "10.0.0.0/8", "", "-1", "111122223333", null, true, 7, 1e300),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys, "__proto__", "Association", "IpRanges"), tie("any"), { maxKeys: 5 }),
      ),
    })).any;
    const top = ["NetworkInterfaces", "SecurityGroups", "SecurityGroupRules", "PrefixLists", "Entries", "NetworkAcls"];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...top, "Reservations", "Tags"), value, { minKeys: 1 }), (content) => {
        try {
          read(content);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 500, seed: 20260401 },
    );
  });
});

describe("things that are described twice", () => {
  const interfaces = (change: object) =>
    files("describe").map(({ name, text }) => {
      if (name !== "network-interfaces.json") return { name, text };
      const [first] = JSON.parse(text).NetworkInterfaces;
      return { name: `more-${name}`, text: JSON.stringify({ NetworkInterfaces: [{ ...first, ...change }] }) };
    });
  const twice = (change: object) =>
    inventoryOf(
      readDescriptions([...files("describe", (name) => name === "network-interfaces.json"), ...interfaces(change)]),
      { collectedAt: AT, tags: ["team"] },
    );

  it("are taken once", () => {
    expect(twice({}).interfaces).toHaveLength(5);
  });

  it("are taken with the tags that only their owner sees", () => {
    expect(twice({ TagSet: [] }).interfaces[0]?.tags).toEqual({ team: "shop" });
  });

  it("are refused if they contradict each other", () => {
    expect(() => twice({ SubnetId: "subnet-0a1b2c3d4e5f60009" })).toThrow(
      expect.objectContaining({ code: "contradicting-descriptions" }),
    );
  });
});
