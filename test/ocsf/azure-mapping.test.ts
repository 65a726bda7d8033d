import { type AzureFlowGroup, type AzureRecordHeader, Parked, parseAzureTuple } from "@tributary/flow";
import { AzureDocumentWriter, documentBytes } from "@tributary/ocsf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packedAzureRecord } from "../support/azure-arbitraries.js";
import { plainAzureDocument } from "../support/plain-mapping.js";
import { START } from "../support/transform-event.js";

type Json = Readonly<Record<string, unknown>>;

const SUBSCRIPTION = "12345678-90ab-cdef-1234-567890abcdef";
const NETWORK = `/subscriptions/${SUBSCRIPTION}/resourceGroups/web-rg/providers/Microsoft.Network`;
const NSG = `${NETWORK}/networkSecurityGroups/web-nsg`;
const HEADER: AzureRecordHeader = { layout: "vnet-v4", time: "2026-04-02T18:31:50Z", macAddress: "0022480A0B0C" };
const GROUP: AzureFlowGroup = { flow: 0, group: 0, first: 0, rule: "UserRule_https", aclId: NSG, tuples: [] };
const ENDS = "10.20.0.4,198.51.100.7,50000,443,6";
const VNET = `${START * 1000},${ENDS},O,E,NX,10,4242,7,9000`;

function textOf(tuple: string, header: Partial<AzureRecordHeader> = {}, group: Partial<AzureFlowGroup> = {}): string {
  const whole = { ...HEADER, ...header };
  const parsed = parseAzureTuple(whole.layout, tuple);
  if (parsed instanceof Parked) throw new Error(parsed.message);
  const owner = { subscription: SUBSCRIPTION, region: "northeurope" };
  return new AzureDocumentWriter(whole, { ...GROUP, ...group }, owner, false).document(parsed, "u");
}

function documentOf(...of: Parameters<typeof textOf>): Json {
  return JSON.parse(textOf(...of)) as Json;
}

describe("every Azure flow", () => {
  it("names Azure, its subscription and region, and its log", () => {
    expect(documentOf(VNET)).toMatchObject({
      class_uid: 4001,
      cloud: {
        provider: "Azure",
        region: "northeurope",
        account: { uid: SUBSCRIPTION, type: "Azure Subscription", type_id: 99 },
      },
      metadata: {
        version: "1.1.0",
        uid: "u",
        profiles: ["cloud", "datetime", "security_control"],
        product: {
          name: "Azure Network Watcher",
          vendor_name: "Microsoft",
          version: "4",
          feature: { name: "Virtual network flow logs" },
        },
      },
    });
  });

  it.each([
    ["nsg-v1", `${START},10.20.0.4,198.51.100.7,50000,443,T,O,A`, "1"],
    ["nsg-v2", `${START},10.20.0.4,198.51.100.7,50000,443,T,O,A,B,,,,`, "2"],
  ] as const)("names the log of layout %s", (layout, tuple, version) => {
    expect(documentOf(tuple, { layout })).toMatchObject({
      metadata: { product: { version, feature: { name: "Network security group flow logs" } } },
      time: START * 1000,
      time_dt: "2026-04-02T18:30:00Z",
    });
  });
});

const OPEN = { activity_id: 1, activity_name: "Open", type_uid: 400101 };
const CLOSE = { activity_id: 2, activity_name: "Close", type_uid: 400102 };
const REFUSE = { activity_id: 5, activity_name: "Refuse", type_uid: 400105 };
const TRAFFIC = { activity_id: 6, activity_name: "Traffic", type_uid: 400106 };
const ALLOWED = { action: "Allowed", action_id: 1, disposition: "Allowed", disposition_id: 1 };
const DENIED = { action: "Denied", action_id: 2, disposition: "Blocked", disposition_id: 2 };

describe("states and decisions", () => {
  it.each([
    ["B", { ...OPEN, ...ALLOWED, unmapped: { flow_state: "B" } }],
    ["C", { ...TRAFFIC, ...ALLOWED, unmapped: { flow_state: "C" } }],
    ["E", { ...CLOSE, ...ALLOWED, unmapped: { flow_state: "E" } }],
    ["D", { ...REFUSE, ...DENIED, unmapped: { flow_state: "D" } }],
  ])("map VNet state %s", (state, expected) => {
    expect(documentOf(`${START * 1000},${ENDS},I,${state},X,1,2,3,4`)).toMatchObject(expected);
  });

  it.each([
    ["A,B,,,,", { ...OPEN, ...ALLOWED }],
    ["A,C,1,2,3,4", { ...TRAFFIC, ...ALLOWED }],
    ["A,E,1,2,3,4", { ...CLOSE, ...ALLOWED }],
    ["D,B,,,,", { ...REFUSE, ...DENIED, unmapped: { flow_state: "D" } }],
  ])("map NSG version 2 %s", (tail, expected) => {
    expect(documentOf(`${START},10.20.0.4,198.51.100.7,50000,443,U,I,${tail}`, { layout: "nsg-v2" })).toMatchObject(
      expected,
    );
  });

  it.each([
    ["A", { ...TRAFFIC, ...ALLOWED }],
    ["D", { ...REFUSE, ...DENIED }],
  ])("map NSG version 1 %s, which knows no state", (decision, expected) => {
    const document = documentOf(`${START},10.20.0.4,198.51.100.7,50000,443,U,I,${decision}`, { layout: "nsg-v1" });
    expect(document).toMatchObject(expected);
    expect(document.unmapped).not.toHaveProperty("flow_state");
    expect(document).not.toHaveProperty("traffic");
  });
});

describe("counters", () => {
  it("go by direction of the tuple, with their totals", () => {
    for (const state of ["C", "E"]) {
      expect(documentOf(`${START * 1000},${ENDS},I,${state},NX,10,4242,7,9000`).traffic).toEqual({
        bytes: 13_242,
        bytes_in: 9000,
        bytes_out: 4242,
        packets: 17,
        packets_in: 7,
        packets_out: 10,
      });
    }
  });

  it.each(["B", "D"])("are absent on %s, which reports no traffic", (state) => {
    for (const counts of ["0,0,0,0", ",,,"]) {
      expect(documentOf(`${START * 1000},${ENDS},I,${state},NX,${counts}`)).not.toHaveProperty("traffic");
    }
  });

  it("are absent where Azure did not count, and zero where it counted nothing", () => {
    const nsg = `${START},10.20.0.4,198.51.100.7,50000,443,T,I,A,E`;
    expect(documentOf(`${nsg},,,,`, { layout: "nsg-v2" })).not.toHaveProperty("traffic");
    expect(documentOf(`${nsg},0,0,0,0`, { layout: "nsg-v2" })).toMatchObject({ traffic: { bytes: 0, packets_in: 0 } });
  });

  it("have exact totals above 2^53", () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(textOf(`${START * 1000},${ENDS},I,E,NX,${most},${most},2,${most - 1}`)).toContain(
      '"traffic":{"bytes":18014398509481981,"bytes_in":9007199254740990,"bytes_out":9007199254740991,"packets":9007199254740993,',
    );
  });
});

describe("rules and policies", () => {
  const of = (rule: string, aclId: string | undefined, tuple = VNET): Json =>
    documentOf(tuple, {}, { rule, ...(aclId === undefined ? {} : { aclId }) });
  const POLICY = [{ decision: "Allowed", policy: { uid: NSG, name: "web-nsg" } }];

  it("name a user's rule of a security group, with ids of both", () => {
    expect(of("UserRule_https", NSG)).toMatchObject({
      firewall_rule: {
        name: "UserRule_https",
        uid: `${NSG}/securityRules/https`,
        type: "Azure NSG Rule",
        category: "outbound",
      },
      authorizations: POLICY,
    });
  });

  it("name a default rule of a security group, and the denial", () => {
    const document = of("DefaultRule_DenyAllInBound", NSG, `${START * 1000},${ENDS},I,D,NX,0,0,0,0`);
    expect(document).toMatchObject({
      firewall_rule: { uid: `${NSG}/defaultSecurityRules/DenyAllInBound`, category: "inbound" },
      authorizations: [{ decision: "Denied", policy: { uid: NSG } }],
    });
  });

  it("give no id to a rule of a security group whose origin its name does not say", () => {
    expect(of("odd", NSG).firewall_rule).toEqual({ name: "odd", type: "Azure NSG Rule", category: "outbound" });
  });

  it.each(["securityRules", "defaultSecurityRules"])("take the policy from an ACL id that is one of %s", (folder) => {
    expect(of("UserRule_https", `${NSG}/${folder}/https`)).toMatchObject({
      firewall_rule: { uid: `${NSG}/${folder}/https`, type: "Azure NSG Rule" },
      authorizations: POLICY,
    });
  });

  it("keep the spelling of the log", () => {
    expect(of("UserRule_https", NSG.toUpperCase())).toMatchObject({
      authorizations: [{ policy: { uid: NSG.toUpperCase(), name: "WEB-NSG" } }],
    });
  });

  it("name a security admin rule by its own id", () => {
    const id = `${NETWORK}/networkManagers/estate/securityAdminConfigurations/base/ruleCollections/all/rules/block-high-risk`;
    expect(of("BlockHighRiskPorts", id)).toMatchObject({
      firewall_rule: { name: "BlockHighRiskPorts", uid: id, type: "Azure Security Admin Rule" },
      authorizations: [{ policy: { uid: id, name: "block-high-risk" } }],
    });
  });

  it("name the platform's rule without policy, and keep the GUID beside it", () => {
    const document = of("PlatformRule", "00000000-0000-0000-0000-000000000000");
    expect(document.firewall_rule).toEqual({ name: "PlatformRule", type: "Azure Platform Rule", category: "outbound" });
    expect(document).not.toHaveProperty("authorizations");
    expect(document.unmapped).toMatchObject({ acl_id: "00000000-0000-0000-0000-000000000000" });
  });

  it("name a rule of a GUID without ids", () => {
    const document = of("UserRule_https", "fedcba98-7654-4321-8fed-cba987654321");
    expect(document.firewall_rule).toEqual({ name: "UserRule_https", type: "Azure NSG Rule", category: "outbound" });
    expect(document).not.toHaveProperty("authorizations");
  });

  it("name none for a flow denied for its encryption", () => {
    const document = of("unspecified", "unspecified", `${START * 1000},${ENDS},O,D,NX_NOT_ACCEPTED,0,0,0,0`);
    expect(document).not.toHaveProperty("firewall_rule");
    expect(document).not.toHaveProperty("authorizations");
    expect(document).toMatchObject({
      activity_id: 5,
      unmapped: { acl_id: "unspecified", flow_encryption: "NX_NOT_ACCEPTED" },
    });
  });

  it("take the group of an NSG record from its resource", () => {
    const tuple = `${START},10.20.0.4,198.51.100.7,50000,443,T,O,A`;
    const { aclId: _, ...group } = GROUP;
    const writer = new AzureDocumentWriter(
      { layout: "nsg-v1", time: HEADER.time, resourceId: NSG },
      group,
      { subscription: SUBSCRIPTION, region: undefined },
      false,
    );
    const parsed = parseAzureTuple("nsg-v1", tuple);
    if (parsed instanceof Parked) throw new Error(parsed.message);
    const document = JSON.parse(writer.document(parsed, "u")) as Json;
    expect(document).toMatchObject({ authorizations: POLICY, firewall_rule: { uid: `${NSG}/securityRules/https` } });
    expect(document.cloud).not.toHaveProperty("region");
  });
});

describe("the side that recorded an Azure flow", () => {
  const vnet = `${NETWORK}/virtualNetworks/web-vnet`;
  const subnet = `${vnet}/subnets/front`;
  const nic = `${NETWORK}/networkInterfaces/web-nic`;
  const MAC = "00:22:48:0A:0B:0C";

  it.each([
    ["a virtual network", vnet, { vpc_uid: vnet }],
    ["a subnet", subnet, { subnet_uid: subnet, vpc_uid: vnet }],
    ["an interface", nic, { interface_uid: nic }],
  ])("is named when the log is of %s", (_, targetResourceId, expected) => {
    const outbound = documentOf(VNET, { targetResourceId });
    expect(outbound.src_endpoint).toEqual({ ip: "10.20.0.4", port: 50_000, mac: MAC, ...expected });
    expect(outbound.dst_endpoint).toEqual({ ip: "198.51.100.7", port: 443 });
    const inbound = documentOf(VNET.replace(",O,", ",I,"), { targetResourceId });
    expect(inbound.dst_endpoint).toEqual({ ip: "198.51.100.7", port: 443, mac: MAC, ...expected });
    expect(inbound.src_endpoint).toEqual({ ip: "10.20.0.4", port: 50_000 });
    expect(inbound.unmapped).not.toHaveProperty("target_resource_id");
  });

  it("stays in unmapped when the log is of another resource", () => {
    const targetResourceId = `${vnet.slice(0, vnet.indexOf("/providers/"))}/providers/Microsoft.Network/bastionHosts/b`;
    const document = documentOf(VNET, { targetResourceId });
    expect(document.unmapped).toMatchObject({ target_resource_id: targetResourceId });
  });

  it("has the MAC of its group before that of its record, and none rather than an empty one", () => {
    expect(documentOf(VNET, {}, { mac: "000D3AF8A0B1" }).src_endpoint).toMatchObject({ mac: "00:0D:3A:F8:A0:B1" });
    const { macAddress: _, ...header } = HEADER;
    const parsed = parseAzureTuple("vnet-v4", VNET);
    if (parsed instanceof Parked) throw new Error(parsed.message);
    const owner = { subscription: SUBSCRIPTION, region: undefined };
    expect(new AzureDocumentWriter(header, GROUP, owner, false).document(parsed, "u")).not.toContain('"mac"');
  });

  it("decides inbound and outbound", () => {
    expect(documentOf(VNET)).toMatchObject({ connection_info: { direction: "Outbound", direction_id: 2 } });
    expect(documentOf(VNET.replace(",O,", ",I,"))).toMatchObject({
      connection_info: { direction: "Inbound", direction_id: 1 },
    });
  });
});

describe("other fields of an Azure flow", () => {
  it("keep protocol numbers of all kinds and the address family", () => {
    const v6 = `${START * 1000},2001:db8::4,2001:db8::5,0,0,58,O,B,NX,0,0,0,0`;
    expect(documentOf(v6)).toMatchObject({
      connection_info: { protocol_num: 58, protocol_name: "ipv6-icmp", protocol_ver: "IPv6", protocol_ver_id: 6 },
    });
    expect(documentOf(VNET)).toMatchObject({ connection_info: { protocol_num: 6, protocol_ver: "IPv4" } });
  });

  it("keep encryption, flow log and scopes", () => {
    expect(documentOf(VNET, { flowLogGuid: "g" }).unmapped).toMatchObject({
      src_scope: "internal",
      dst_scope: "internet",
      flow_encryption: "NX",
      flow_log_guid: "g",
    });
  });
});

describe("documentBytes", () => {
  it("is never less than a document takes", () => {
    fc.assert(
      fc.property(packedAzureRecord, ({ groups, ...record }) => {
        for (const group of groups) {
          // A rule's letters are counted as ASCII: Azure allows no others.
          fc.pre(/^[\w-]*$/.test(group.rule));
          group.tuples.forEach((_, index) => {
            const text = JSON.stringify(plainAzureDocument({ ...record, groups }, group, index));
            expect(text.length).toBeLessThanOrEqual(documentBytes(record.header, group));
          });
        }
      }),
      { seed: 20260480, numRuns: 500 },
    );
  });
});
