import { createHash } from "node:crypto";
import type { ExplainedFlow, FlowContext } from "@tributary/context";
import type { AzureFlowGroup, PackedAzureRecord } from "@tributary/flow";
import { plainContext } from "./plain-context.js";
import { plainScope } from "./plain-scope.js";

/**
 * The whole mapping once more, as plainly as it can be written: JSON.parse, split, one object literal, JSON.stringify. It shares no code
 * with the packages, so that tests can hold the fast writer against it and the benchmark can tell what the fast writer gains.
 * Undefined members are what JSON.stringify leaves out.
 */
export type PlainDocument = { readonly [name: string]: unknown };

/** What the delivery of a line adds to it. */
export interface PlainDelivery {
  readonly account?: string;
  readonly region?: string;
  /** ms since the epoch, for lines without start and end, and what it is. */
  readonly time?: number;
  readonly timeBasis?: string;
  /** `<key>#<id>`: identity of lines that have none of their own. */
  readonly position: string;
  readonly observables?: boolean;
  /** What explains the flows, if anything does. */
  readonly context?: FlowContext;
  /** The file or object, and the line in it, when documents name them. */
  readonly source?: string;
  readonly sourceLine?: number | string;
}

const PROTOCOLS: Readonly<Record<number, string>> = {
  0: "hopopt",
  1: "icmp",
  2: "igmp",
  4: "ipv4",
  6: "tcp",
  17: "udp",
  41: "ipv6",
  47: "gre",
  50: "esp",
  51: "ah",
  58: "ipv6-icmp",
  89: "ospfigp",
  103: "pim",
  112: "vrrp",
  115: "l2tp",
  132: "sctp",
  136: "udplite",
};

/** Protocols that the plain version has a name for, and some that IANA names not. */
export const PLAIN_PROTOCOLS: readonly number[] = [...Object.keys(PROTOCOLS).map(Number), 61, 63, 114, 200, 253, 255];

const BOUNDARIES = [
  "Same VPC",
  "Internet/VPC Gateway",
  "Virtual Private Gateway",
  "Intra-region VPC",
  "Inter-region VPC",
  "Local Gateway",
  "Gateway VPC",
  "Internet Gateway",
];

const HAVE_AN_ATTRIBUTE = new Set(
  (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status " +
    "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id pkt-src-aws-service " +
    "pkt-dst-aws-service flow-direction traffic-path"
  ).split(" "),
);
const IDENTITY = ["interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "start", "end"];

/** `metadata.uid` as documented: 16 bytes of SHA-256 in base64url. */
export function plainUid(identity: string): string {
  return createHash("sha256").update(identity).digest().subarray(0, 16).toString("base64url");
}

/** As UTF-8 holds it: half a surrogate pair becomes U+FFFD. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

const iso = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

function unlessEmpty(object: PlainDocument): PlainDocument | undefined {
  return Object.values(object).some((value) => value !== undefined) ? object : undefined;
}

function classification(activity: "Open" | "Close" | "Refuse" | "Traffic"): PlainDocument {
  const id = { Open: 1, Close: 2, Refuse: 5, Traffic: 6 }[activity];
  return {
    activity_id: id,
    activity_name: activity,
    category_uid: 4,
    category_name: "Network Activity",
    class_uid: 4001,
    class_name: "Network Activity",
    type_uid: 400_100 + id,
    type_name: `Network Activity: ${activity}`,
    severity_id: 1,
    severity: "Informational",
  };
}

function decision(allowed: boolean | undefined): PlainDocument {
  if (allowed === undefined) return { action_id: 0 };
  return allowed
    ? { action: "Allowed", action_id: 1, disposition: "Allowed", disposition_id: 1 }
    : { action: "Denied", action_id: 2, disposition: "Blocked", disposition_id: 2 };
}

function ipVersion(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  return name === "IPv4" ? 4 : name === "IPv6" ? 6 : 99;
}

function observable(name: string, value: string | undefined): PlainDocument[] {
  if (value === undefined) return [];
  return [
    {
      name,
      ...(name.endsWith(".ip") ? { type: "IP Address", type_id: 2 } : { type: "Resource UID", type_id: 10 }),
      value,
    },
  ];
}

/** The values of a line by field name, without those that are `-`. */
export function plainFields(line: string, fields: readonly string[]): Readonly<Record<string, string>> {
  const words = line.trim().split(/ +/);
  const values: Record<string, string> = {};
  fields.forEach((field, index) => {
    const word = words[index];
    if (word !== undefined && word !== "-") values[field] = word;
  });
  return values;
}

function decoded(name: string, value: string): string {
  if (!/^(?:instance|interface|asg)-tag(?:-2)?$/.test(name)) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** A VPC flow-log line as its document; `fields` in canonical spelling. Undefined when one end of the flow is not named. */
export function plainVpcDocument(
  line: string,
  fields: readonly string[],
  delivery: PlainDelivery,
): PlainDocument | undefined {
  const v: Record<string, string | undefined> = { ...plainFields(line, fields) };
  const number = (name: string): number | undefined => (v[name] === undefined ? undefined : Number(v[name]));
  const start = number("start");
  const end = number("end");
  const time = start !== undefined ? start * 1000 : end !== undefined ? end * 1000 : (delivery.time ?? Number.NaN);
  const explained = delivery.context?.explain(plainFacts(v), time);
  const filled = explained === undefined ? [] : fill(v, explained);
  const context = explained === undefined ? undefined : plainContext(explained);
  const direction = v["flow-direction"];
  const timeBasis = start !== undefined ? undefined : end !== undefined ? "end" : delivery.timeBasis;
  const account = v["account-id"] === "unknown" ? undefined : v["account-id"];
  const path = number("traffic-path");
  const knownPath = path !== undefined && path >= 1 && path <= 8;
  const src = v["pkt-srcaddr"] ?? v.srcaddr;
  const dst = v["pkt-dstaddr"] ?? v.dstaddr;
  const anyAddress = v.srcaddr ?? v.dstaddr ?? v["pkt-srcaddr"];
  const version = v.type ?? (anyAddress === undefined ? undefined : anyAddress.includes(":") ? "IPv6" : "IPv4");
  const recorder = {
    instance_uid: v["instance-id"],
    interface_uid: v["interface-id"],
    subnet_uid: v["subnet-id"],
    vpc_uid: v["vpc-id"],
  };
  const end_ = (side: "src" | "dst", local: boolean): PlainDocument | undefined => {
    const logged = v[`${side}addr`];
    const packet = v[`pkt-${side}addr`];
    const service = v[`pkt-${side}-aws-service`];
    if ((packet ?? logged ?? service ?? (local ? v["interface-id"] : undefined)) === undefined) return undefined;
    return {
      ip: packet ?? logged,
      port: number(`${side}port`),
      name: side === "src" ? context?.srcName : context?.dstName,
      svc_name: service,
      ...(local ? recorder : {}),
      intermediate_ips: packet !== undefined && logged !== undefined && packet !== logged ? [logged] : undefined,
    };
  };
  const srcEndpoint = end_("src", direction === "egress");
  const dstEndpoint = end_("dst", direction === "ingress");
  if (srcEndpoint === undefined || dstEndpoint === undefined) return undefined;

  const unmapped: Record<string, string | undefined> = {
    src_scope: src === undefined ? undefined : plainScope(src),
    dst_scope: dst === undefined ? undefined : plainScope(dst),
    time_basis: timeBasis,
    ...context?.unmapped,
    from_inventory: filled.length === 0 ? undefined : filled.join(","),
    source: delivery.source === undefined ? undefined : wellFormed(delivery.source),
    source_line: delivery.source === undefined ? undefined : String(delivery.sourceLine),
  };
  if (direction === undefined) {
    for (const name of ["interface-id", "instance-id", "subnet-id", "vpc-id"])
      unmapped[name.replaceAll("-", "_")] = v[name];
  }
  for (const [name, value] of Object.entries(v)) {
    if (!HAVE_AN_ATTRIBUTE.has(name) && value !== undefined) unmapped[name.replaceAll("-", "_")] = decoded(name, value);
  }
  const identified = IDENTITY.every((name) => v[name] !== undefined);
  const recordedOn = direction === "ingress" ? "dst_endpoint" : "src_endpoint";
  const observed =
    delivery.observables === true
      ? [
          ...observable("src_endpoint.ip", src),
          ...observable("dst_endpoint.ip", dst),
          ...observable(`${recordedOn}.instance_uid`, direction === undefined ? undefined : v["instance-id"]),
        ]
      : [];
  return {
    ...classification(v.action === "REJECT" ? "Refuse" : "Traffic"),
    status_code: v["log-status"],
    status_detail: context?.attributes.status_detail,
    time,
    time_dt: iso(time),
    start_time_dt: start === undefined ? undefined : iso(start * 1000),
    end_time_dt: end === undefined ? undefined : iso(end * 1000),
    metadata: {
      version: "1.1.0",
      uid: plainUid(identified ? oneSpaced(line) : `${oneSpaced(line)}\n${delivery.position}`),
      profiles: ["cloud", "datetime", "security_control"],
      product: { name: "Amazon VPC", vendor_name: "AWS", version: v.version, feature: { name: "Flowlogs" } },
    },
    cloud: {
      provider: "AWS",
      region: v.region ?? delivery.region,
      zone: v["az-id"],
      account: { uid: account ?? delivery.account },
    },
    ...decision(v.action === undefined ? undefined : v.action === "ACCEPT"),
    connection_info: {
      direction: direction === undefined ? undefined : direction === "ingress" ? "Inbound" : "Outbound",
      direction_id: direction === undefined ? 0 : direction === "ingress" ? 1 : 2,
      boundary: path === undefined ? undefined : knownPath ? BOUNDARIES[path - 1] : String(path),
      boundary_id: path === undefined ? undefined : knownPath ? path + 3 : 99,
      protocol_num: number("protocol"),
      protocol_name: PROTOCOLS[number("protocol") ?? -1],
      protocol_ver: version,
      protocol_ver_id: ipVersion(version),
      tcp_flags: number("tcp-flags"),
    },
    src_endpoint: srcEndpoint,
    dst_endpoint: dstEndpoint,
    traffic: unlessEmpty({ bytes: number("bytes"), packets: number("packets") }),
    firewall_rule: context?.attributes.firewall_rule,
    enrichments: context?.attributes.enrichments,
    observables: observed.length === 0 ? undefined : observed,
    unmapped: unlessEmpty(unmapped),
  };
}

type Fields = Record<string, string | undefined>;

function plainFacts(v: Fields): Parameters<FlowContext["explain"]>[0] {
  const number = (name: string): number | undefined => (v[name] === undefined ? undefined : Number(v[name]));
  return {
    interfaceId: v["interface-id"],
    srcaddr: v.srcaddr,
    dstaddr: v.dstaddr,
    pktSrcaddr: v["pkt-srcaddr"],
    pktDstaddr: v["pkt-dstaddr"],
    srcport: number("srcport"),
    dstport: number("dstport"),
    protocol: number("protocol"),
    action: v.action as "ACCEPT" | "REJECT" | undefined,
    tcpFlags: number("tcp-flags"),
    flowDirection: v["flow-direction"] as "ingress" | "egress" | undefined,
    others: Object.entries(v).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
  };
}

/** Gives the fields what the inventory knows and the line does not say, and names them. */
function fill(v: Fields, { explanation, recorder }: ExplainedFlow): readonly string[] {
  const known: Fields = {
    "flow-direction": explanation.direction,
    "vpc-id": recorder?.vpcId,
    "subnet-id": recorder?.subnetId,
    "instance-id": recorder?.instanceId,
  };
  return Object.entries(known).flatMap(([name, value]) => {
    if (v[name] !== undefined || value === undefined) return [];
    v[name] = value;
    return [name];
  });
}

/** A Firehose record as AWS delivers VPC flow logs (base64 of `{"message":"…"}`) to the base64 of its document and line end. */
export function plainVpcRecord(data: string, fields: readonly string[], delivery: PlainDelivery): string {
  const { message } = JSON.parse(Buffer.from(data, "base64").toString("utf8")) as { message: string };
  return Buffer.from(`${JSON.stringify(plainVpcDocument(message, fields, delivery))}\n`).toString("base64");
}

const AZURE_PRODUCTS = {
  "nsg-v1": ["1", "Network security group flow logs"],
  "nsg-v2": ["2", "Network security group flow logs"],
  "vnet-v4": ["4", "Virtual network flow logs"],
} as const;

const NSG =
  /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.network\/networksecuritygroups\/([^/]+)$/i;
const NSG_RULE = /^(\/subscriptions\/.+\/networksecuritygroups\/([^/]+))\/(?:default)?securityrules\/[^/]+$/i;
const VNET = /\/providers\/microsoft\.network\/virtualnetworks\/[^/]+$/i;
const SUBNET = /^(.+\/virtualnetworks\/[^/]+)\/subnets\/[^/]+$/i;
const NIC = /\/networkinterfaces\/[^/]+$/i;

function firstMatch(pattern: RegExp, ...texts: readonly (string | undefined)[]): string | undefined {
  for (const text of texts) {
    const found = text === undefined ? null : pattern.exec(text);
    if (found !== null) return (found[1] ?? found[2])?.toLowerCase();
  }
  return undefined;
}

function ruleAndPolicy(rule: string, acl: string | undefined): { rule?: PlainDocument; policy?: PlainDocument } {
  if (rule === "" || rule === "unspecified") return {};
  if (acl === undefined || !/^\/subscriptions\//i.test(acl)) {
    return { rule: { name: rule, type: rule === "PlatformRule" ? "Azure Platform Rule" : "Azure NSG Rule" } };
  }
  const group = NSG.exec(acl);
  if (group !== null) {
    const [, origin, name] = /^(DefaultRule|UserRule)_(.*)$/s.exec(rule) ?? [];
    const folder = origin === "DefaultRule" ? "defaultSecurityRules" : "securityRules";
    const uid = origin === undefined ? undefined : `${acl}/${folder}/${name}`;
    return { rule: { name: rule, uid, type: "Azure NSG Rule" }, policy: { uid: acl, name: group[1] } };
  }
  const own = NSG_RULE.exec(acl);
  if (own !== null) {
    return { rule: { name: rule, uid: acl, type: "Azure NSG Rule" }, policy: { uid: own[1], name: own[2] } };
  }
  const name = acl.slice(acl.lastIndexOf("/") + 1);
  return { rule: { name: rule, uid: acl, type: "Azure Security Admin Rule" }, policy: { uid: acl, name } };
}

const sum = (a: string | undefined, b: string | undefined): number => Number(BigInt(a ?? 0) + BigInt(b ?? 0));

/** One tuple of a packed Azure record as its document. */
export function plainAzureDocument(
  { header, blob, offset, source, sourceLine }: PackedAzureRecord,
  group: AzureFlowGroup,
  index: number,
  settings: { readonly region?: string; readonly observables?: boolean } = {},
): PlainDocument {
  const text = group.tuples[index] ?? "";
  const [epoch = "", src = "", dst = "", srcPort, dstPort, protocol = "", side, ...rest] = text.split(",");
  const vnet = header.layout === "vnet-v4";
  const [decisionLetter, state, encryption] = vnet ? ["", rest[0], rest[1]] : [rest[0], rest[1], undefined];
  const counters = rest.slice(2);
  const allowed = vnet ? state !== "D" : decisionLetter === "A";
  const loggedState = allowed || state === undefined ? state : "D";
  const counted = (loggedState === "C" || loggedState === "E") && counters[0] !== "";
  const activity = { B: "Open", C: "Traffic", E: "Close", D: "Refuse" } as const;
  const time = Number(epoch) < 1e11 ? Number(epoch) * 1000 : Number(epoch);
  const inbound = side === "I";
  const number = protocol === "T" ? 6 : protocol === "U" ? 17 : Number(protocol);
  const target = header.targetResourceId;
  const mac = group.mac ?? header.macAddress;
  const local = {
    mac: mac?.replace(/(..)(?!$)/g, "$1:"),
    interface_uid: target !== undefined && NIC.test(target) ? target : undefined,
    subnet_uid: target !== undefined && SUBNET.test(target) ? target : undefined,
    vpc_uid: target === undefined ? undefined : VNET.test(target) ? target : SUBNET.exec(target)?.[1],
  };
  const aclId = group.aclId ?? header.resourceId;
  const { rule, policy } = ruleAndPolicy(group.rule, aclId);
  const [productVersion, feature] = AZURE_PRODUCTS[header.layout];
  const version = src.includes(":") ? "IPv6" : "IPv4";
  return {
    ...classification(loggedState === undefined ? (allowed ? "Traffic" : "Refuse") : activity[loggedState as "B"]),
    time,
    time_dt: iso(time),
    metadata: {
      version: "1.1.0",
      uid: plainUid(`${blob}@${offset}/${group.flow}/${group.group}/${group.first + index} ${text}`),
      profiles: ["cloud", "datetime", "security_control"],
      product: {
        name: "Azure Network Watcher",
        vendor_name: "Microsoft",
        version: productVersion,
        feature: { name: feature },
      },
    },
    cloud: {
      provider: "Azure",
      region: firstMatch(/networkwatcher_([0-9a-z]+)/i, header.flowLogResourceId, blob) ?? settings.region,
      account: {
        uid: firstMatch(
          /subscriptions\/([^/]+)|\/([^/]+)_networkwatcherrg\//i,
          target,
          header.resourceId,
          header.flowLogResourceId,
          blob,
        ),
        type: "Azure Subscription",
        type_id: 99,
      },
    },
    ...decision(allowed),
    authorizations: policy === undefined ? undefined : [{ decision: allowed ? "Allowed" : "Denied", policy }],
    connection_info: {
      direction: inbound ? "Inbound" : "Outbound",
      direction_id: inbound ? 1 : 2,
      protocol_num: number,
      protocol_name: PROTOCOLS[number],
      protocol_ver: version,
      protocol_ver_id: ipVersion(version),
    },
    src_endpoint: { ip: src, port: Number(srcPort), ...(inbound ? {} : local) },
    dst_endpoint: { ip: dst, port: Number(dstPort), ...(inbound ? local : {}) },
    traffic: counted
      ? {
          bytes: sum(counters[1], counters[3]),
          bytes_in: Number(counters[3]),
          bytes_out: Number(counters[1]),
          packets: sum(counters[0], counters[2]),
          packets_in: Number(counters[2]),
          packets_out: Number(counters[0]),
        }
      : undefined,
    firewall_rule: rule === undefined ? undefined : { ...rule, category: inbound ? "inbound" : "outbound" },
    observables:
      settings.observables === true
        ? [...observable("src_endpoint.ip", src), ...observable("dst_endpoint.ip", dst)]
        : undefined,
    unmapped: {
      src_scope: plainScope(src),
      dst_scope: plainScope(dst),
      flow_encryption: encryption,
      flow_state: loggedState,
      acl_id: group.aclId !== undefined && !/^\/subscriptions\//i.test(group.aclId) ? group.aclId : undefined,
      flow_log_guid: header.flowLogGuid,
      target_resource_id:
        target === undefined || NIC.test(target) || SUBNET.test(target) || VNET.test(target) ? undefined : target,
      ...(source === undefined
        ? {}
        : {
            source: wellFormed(source),
            ...(sourceLine === undefined ? { source_byte: String(offset) } : { source_line: String(sourceLine) }),
            source_tuple: `${group.flow}/${group.group}/${group.first + index}`,
          }),
    },
  };
}

/** A packed Azure record (base64 of its JSON) to the base64 of its documents, one a line. */
export function plainAzureRecord(data: string): string {
  const record = JSON.parse(Buffer.from(data, "base64").toString("utf8")) as PackedAzureRecord;
  const documents = record.groups.flatMap((group) =>
    group.tuples.map((_, index) => `${JSON.stringify(plainAzureDocument(record, group, index))}\n`),
  );
  return Buffer.from(documents.join("")).toString("base64");
}

function oneSpaced(line: string): string {
  return line.split(" ").filter(Boolean).join(" ");
}
