import { VpcFlow, VpcFormat } from "@tributary/flow";
import { PROTOCOL_NAMES, vpcDocument } from "@tributary/ocsf";
import { describe, expect, it } from "vitest";
import { START } from "../support/transform-event.js";

type Json = Readonly<Record<string, unknown>>;

const USUAL: Readonly<Record<string, string>> = {
  version: "5",
  "account-id": "123456789012",
  "interface-id": "eni-1",
  srcaddr: "10.0.1.5",
  dstaddr: "198.51.100.7",
  srcport: "50000",
  dstport: "443",
  protocol: "6",
  packets: "10",
  bytes: "4242",
  start: String(START),
  end: String(START + 59),
  action: "ACCEPT",
  "log-status": "OK",
};

/** The document of a usual flow in which the given fields differ; `undefined` takes a field out of the format. */
function documentOf(changes: Readonly<Record<string, string | undefined>> = {}, observables = false): Json {
  const entries = Object.entries({ ...USUAL, ...changes }).filter(([, value]) => value !== undefined);
  const flow = VpcFormat.of(entries.map(([name]) => name)).parse(entries.map(([, value]) => value).join(" "));
  if (!(flow instanceof VpcFlow)) throw new Error(JSON.stringify(flow));
  const event = {
    flow,
    account: "123456789012",
    region: flow.region,
    time: START * 1000,
    timeBasis: undefined,
    uid: "u",
  };
  return JSON.parse(vpcDocument(event, observables)) as Json;
}

/** The value at a dotted path, undefined where there is none. */
function at(document: Json, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (value as Json | undefined)?.[name], document);
}

describe("every VPC flow", () => {
  it.each([
    ["category_uid", 4],
    ["category_name", "Network Activity"],
    ["class_uid", 4001],
    ["class_name", "Network Activity"],
    ["severity_id", 1],
    ["severity", "Informational"],
    ["cloud.provider", "AWS"],
    ["metadata.version", "1.1.0"],
    ["metadata.uid", "u"],
    ["metadata.product.name", "Amazon VPC"],
    ["metadata.product.vendor_name", "AWS"],
    ["metadata.product.feature.name", "Flowlogs"],
  ])("says %s %s", (path, value) => {
    expect(at(documentOf(), path)).toBe(value);
  });

  it("declares its profiles", () => {
    expect(at(documentOf(), "metadata.profiles")).toEqual(["cloud", "datetime", "security_control"]);
  });
});

describe("the fields of a VPC flow", () => {
  it.each([
    [
      "action",
      "ACCEPT",
      { activity_id: 6, activity_name: "Traffic", type_uid: 400106, type_name: "Network Activity: Traffic" },
    ],
    ["action", "ACCEPT", { action: "Allowed", action_id: 1, disposition: "Allowed", disposition_id: 1 }],
    [
      "action",
      "REJECT",
      { activity_id: 5, activity_name: "Refuse", type_uid: 400105, type_name: "Network Activity: Refuse" },
    ],
    ["action", "REJECT", { action: "Denied", action_id: 2, disposition: "Blocked", disposition_id: 2 }],
    ["log-status", "OK", { status_code: "OK" }],
    ["log-status", "NODATA", { status_code: "NODATA" }],
    [
      "start",
      "1775154600",
      { time: 1_775_154_600_000, time_dt: "2026-04-02T18:30:00Z", start_time_dt: "2026-04-02T18:30:00Z" },
    ],
    ["end", "1775154661", { end_time_dt: "2026-04-02T18:31:01Z" }],
    ["version", "10", { metadata: { product: { version: "10" } } }],
    ["region", "eu-west-1", { cloud: { region: "eu-west-1" } }],
    ["az-id", "euw1-az3", { cloud: { zone: "euw1-az3" } }],
    ["account-id", "123456789012", { cloud: { account: { uid: "123456789012" } } }],
    ["protocol", "17", { connection_info: { protocol_num: 17, protocol_name: "udp" } }],
    ["protocol", "0", { connection_info: { protocol_num: 0, protocol_name: "hopopt" } }],
    ["type", "IPv4", { connection_info: { protocol_ver: "IPv4", protocol_ver_id: 4 } }],
    ["type", "IPv6", { connection_info: { protocol_ver: "IPv6", protocol_ver_id: 6 } }],
    ["type", "EFA", { connection_info: { protocol_ver: "EFA", protocol_ver_id: 99 } }],
    ["type", "toString", { connection_info: { protocol_ver: "toString", protocol_ver_id: 99 } }],
    ["tcp-flags", "19", { connection_info: { tcp_flags: 19 } }],
    ["tcp-flags", "0", { connection_info: { tcp_flags: 0 } }],
    ["flow-direction", "ingress", { connection_info: { direction: "Inbound", direction_id: 1 } }],
    ["flow-direction", "egress", { connection_info: { direction: "Outbound", direction_id: 2 } }],
    ["srcaddr", "10.9.9.9", { src_endpoint: { ip: "10.9.9.9" } }],
    ["dstaddr", "2001:db8::9", { dst_endpoint: { ip: "2001:db8::9" } }],
    ["srcport", "0", { src_endpoint: { port: 0 } }],
    ["dstport", "65535", { dst_endpoint: { port: 65_535 } }],
    ["pkt-srcaddr", "10.0.1.5", { src_endpoint: { ip: "10.0.1.5" } }],
    ["pkt-srcaddr", "10.7.7.7", { src_endpoint: { ip: "10.7.7.7", intermediate_ips: ["10.0.1.5"] } }],
    ["pkt-dstaddr", "10.8.8.8", { dst_endpoint: { ip: "10.8.8.8", intermediate_ips: ["198.51.100.7"] } }],
    ["pkt-src-aws-service", "EC2", { src_endpoint: { svc_name: "EC2" } }],
    ["pkt-dst-aws-service", "S3", { dst_endpoint: { svc_name: "S3" } }],
    ["packets", "0", { traffic: { packets: 0, bytes: 4242 } }],
    ["bytes", "9007199254740991", { traffic: { bytes: 9_007_199_254_740_991 } }],
    ["sublocation-type", "outpost", { unmapped: { sublocation_type: "outpost" } }],
    ["sublocation-id", "op-1", { unmapped: { sublocation_id: "op-1" } }],
    ["ecs-cluster-name", "shop", { unmapped: { ecs_cluster_name: "shop" } }],
    ["reject-reason", "BPA", { unmapped: { reject_reason: "BPA" } }],
    ["resource-id", "nat-1", { unmapped: { resource_id: "nat-1" } }],
    ["encryption-status", "3", { unmapped: { encryption_status: "3" } }],
    ["instance-tag", "a%20b", { unmapped: { instance_tag: "a b" } }],
    ["next-hop-vpc-id", "vpc-9", { unmapped: { next_hop_vpc_id: "vpc-9" } }],
    ["Later-Field", "X", { unmapped: { later_field: "X" } }],
  ])("map %s %s", (field, value, expected) => {
    expect(documentOf({ [field]: value })).toMatchObject(expected);
  });

  it.each([
    [1, 4, "Same VPC"],
    [2, 5, "Internet/VPC Gateway"],
    [3, 6, "Virtual Private Gateway"],
    [4, 7, "Intra-region VPC"],
    [5, 8, "Inter-region VPC"],
    [6, 9, "Local Gateway"],
    [7, 10, "Gateway VPC"],
    [8, 11, "Internet Gateway"],
    [9, 99, "9"],
    [0, 99, "0"],
    [700, 99, "700"],
  ])("map traffic path %d to boundary %d", (path, id, caption) => {
    expect(documentOf({ "traffic-path": String(path) })).toMatchObject({
      connection_info: { boundary_id: id, boundary: caption },
    });
  });

  const RECORDER = { "interface-id": "eni-1", "vpc-id": "vpc-1", "subnet-id": "subnet-1", "instance-id": "i-1" };
  const UIDS = { interface_uid: "eni-1", vpc_uid: "vpc-1", subnet_uid: "subnet-1", instance_uid: "i-1" };

  it("put interface, VPC, subnet and instance on the side that recorded the flow", () => {
    const inbound = documentOf({ ...RECORDER, "flow-direction": "ingress" });
    expect(inbound.dst_endpoint).toMatchObject(UIDS);
    expect(inbound.src_endpoint).toEqual({ ip: "10.0.1.5", port: 50_000 });
    const outbound = documentOf({ ...RECORDER, "flow-direction": "egress" });
    expect(outbound.src_endpoint).toMatchObject(UIDS);
    expect(outbound.dst_endpoint).toEqual({ ip: "198.51.100.7", port: 443 });
  });

  it("keep them in unmapped without a direction, since no side can be named", () => {
    const document = documentOf(RECORDER);
    expect(document.unmapped).toMatchObject({
      interface_id: "eni-1",
      vpc_id: "vpc-1",
      subnet_id: "subnet-1",
      instance_id: "i-1",
    });
    expect([document.src_endpoint, document.dst_endpoint]).toEqual([
      { ip: "10.0.1.5", port: 50_000 },
      { ip: "198.51.100.7", port: 443 },
    ]);
  });

  it("name the scope of the packet's own addresses", () => {
    expect(documentOf().unmapped).toMatchObject({ src_scope: "internal", dst_scope: "internet" });
    expect(documentOf({ "pkt-dstaddr": "100.64.0.1" }).unmapped).toMatchObject({ dst_scope: "shared" });
  });

  it("tell the version of the protocol from the address where no type is logged", () => {
    expect(documentOf()).toMatchObject({ connection_info: { protocol_ver: "IPv4", protocol_ver_id: 4 } });
    expect(documentOf({ srcaddr: "::1", dstaddr: "::1" })).toMatchObject({
      connection_info: { protocol_ver: "IPv6", protocol_ver_id: 6 },
    });
  });
});

describe("what a VPC flow lacks", () => {
  it.each([
    ["log-status", "status_code"],
    ["end", "end_time_dt"],
    ["start", "start_time_dt"],
    ["version", "metadata.product.version"],
    ["region", "cloud.region"],
    ["az-id", "cloud.zone"],
    ["protocol", "connection_info.protocol_num"],
    ["protocol", "connection_info.protocol_name"],
    ["tcp-flags", "connection_info.tcp_flags"],
    ["flow-direction", "connection_info.direction"],
    ["traffic-path", "connection_info.boundary"],
    ["traffic-path", "connection_info.boundary_id"],
    ["srcport", "src_endpoint.port"],
    ["dstport", "dst_endpoint.port"],
    ["pkt-src-aws-service", "src_endpoint.svc_name"],
    ["packets", "traffic.packets"],
    ["bytes", "traffic.bytes"],
    ["action", "action"],
    ["action", "disposition"],
    ["action", "disposition_id"],
  ])("is absent: without %s no %s", (field, path) => {
    for (const value of ["-", undefined]) expect(at(documentOf({ [field]: value }), path)).toBeUndefined();
  });

  it("has its required ids all the same, as not known", () => {
    const document = documentOf({ action: "-" });
    expect(document).toMatchObject({ action_id: 0, activity_id: 6, connection_info: { direction_id: 0 } });
  });

  it("leaves no empty object behind", () => {
    const document = documentOf({ packets: "-", bytes: "-" });
    expect(document).not.toHaveProperty("traffic");
  });

  it("never says unknown", () => {
    const bare = documentOf(
      Object.fromEntries(Object.keys(USUAL).map((name) => [name, name.endsWith("addr") ? USUAL[name] : "-"])),
    );
    expect(JSON.stringify(bare)).not.toMatch(/unknown|"-"|null/i);
  });
});

describe("observables", () => {
  const fields = { "pkt-srcaddr": "10.7.7.7", "instance-id": "i-1", "flow-direction": "egress" };

  it("are left out unless asked for", () => {
    expect(documentOf(fields)).not.toHaveProperty("observables");
  });

  it("name addresses and the instance by their attribute paths", () => {
    expect(documentOf(fields, true).observables).toEqual([
      { name: "src_endpoint.ip", type: "IP Address", type_id: 2, value: "10.7.7.7" },
      { name: "dst_endpoint.ip", type: "IP Address", type_id: 2, value: "198.51.100.7" },
      { name: "src_endpoint.instance_uid", type: "Resource UID", type_id: 10, value: "i-1" },
    ]);
  });
});

describe("protocol names", () => {
  it.each([
    [1, "icmp"],
    [6, "tcp"],
    [17, "udp"],
    [47, "gre"],
    [50, "esp"],
    [58, "ipv6-icmp"],
    [88, "eigrp"],
    [89, "ospfigp"],
    [112, "vrrp"],
    [132, "sctp"],
    [137, "mpls-in-ip"],
    [142, "rohc"],
    [145, "nsh"],
    [61, undefined],
    [63, undefined],
    [68, undefined],
    [99, undefined],
    [114, undefined],
    [255, undefined],
  ])("follow IANA: %d is %s", (number, name) => {
    expect(PROTOCOL_NAMES[number]).toBe(name);
  });
});
