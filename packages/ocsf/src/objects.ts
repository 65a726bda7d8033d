import {
  datetime,
  hostname,
  integer,
  ip,
  json,
  list,
  long,
  mac,
  type ObjectDefinition,
  object,
  port,
  recommended,
  required,
  string,
  timestamp,
} from "./definition.js";

/** The OCSF 1.1.0 objects that our classes use, with the attributes that we keep as columns. */

const feature: ObjectDefinition = {
  name: "feature",
  atLeastOne: ["name", "uid"],
  attributes: { name: recommended(string()), uid: recommended(string()), version: recommended(string()) },
};

const product: ObjectDefinition = {
  name: "product",
  atLeastOne: ["name", "uid"],
  attributes: {
    name: recommended(string()),
    uid: recommended(string()),
    vendor_name: required(string()),
    version: recommended(string()),
    feature: object(feature),
  },
};

export const metadata: ObjectDefinition = {
  name: "metadata",
  attributes: {
    version: required(string()),
    uid: string(),
    correlation_uid: string(),
    event_code: string(),
    log_name: recommended(string()),
    log_provider: recommended(string()),
    log_version: string(),
    original_time: recommended(string()),
    logged_time: timestamp(),
    logged_time_dt: datetime(),
    processed_time: timestamp(),
    processed_time_dt: datetime(),
    labels: list(string()),
    profiles: list(string()),
    tenant_uid: recommended(string()),
    product: required(object(product)),
  },
};

const account: ObjectDefinition = {
  name: "account",
  atLeastOne: ["name", "uid"],
  attributes: {
    uid: recommended(string()),
    name: recommended(string()),
    type: string(),
    type_id: recommended(
      integer({
        0: "Unknown",
        1: "LDAP Account",
        2: "Windows Account",
        3: "AWS IAM User",
        4: "AWS IAM Role",
        5: "GCP Account",
        6: "Azure AD Account",
        7: "Mac OS Account",
        8: "Apple Account",
        9: "Linux Account",
        10: "AWS Account",
        99: "Other",
      }),
    ),
  },
};

const organization: ObjectDefinition = {
  name: "organization",
  atLeastOne: ["name", "uid"],
  attributes: {
    uid: recommended(string()),
    name: recommended(string()),
    ou_uid: string(),
    ou_name: recommended(string()),
  },
};

export const cloud: ObjectDefinition = {
  name: "cloud",
  attributes: {
    provider: required(string()),
    region: recommended(string()),
    zone: string(),
    account: object(account),
    org: object(organization),
    project_uid: string(),
  },
};

const policy: ObjectDefinition = {
  name: "policy",
  atLeastOne: ["name", "uid"],
  attributes: { uid: recommended(string()), name: recommended(string()), desc: string() },
};

export const authorization: ObjectDefinition = {
  name: "authorization",
  attributes: { decision: string(), policy: object(policy) },
};

/** `boundary_id` captions; AWS `traffic-path` n is boundary n + 3. */
export const BOUNDARIES: Readonly<Record<number, string>> = {
  0: "Unknown",
  1: "Localhost",
  2: "Internal",
  3: "External",
  4: "Same VPC",
  5: "Internet/VPC Gateway",
  6: "Virtual Private Gateway",
  7: "Intra-region VPC",
  8: "Inter-region VPC",
  9: "Local Gateway",
  10: "Gateway VPC",
  11: "Internet Gateway",
  99: "Other",
};

export const networkConnectionInfo: ObjectDefinition = {
  name: "network_connection_info",
  attributes: {
    uid: string(),
    direction: string(),
    direction_id: required(integer({ 0: "Unknown", 1: "Inbound", 2: "Outbound", 3: "Lateral", 99: "Other" })),
    boundary: string(),
    boundary_id: integer(BOUNDARIES),
    protocol_num: recommended(integer()),
    protocol_name: string(),
    protocol_ver: string(),
    protocol_ver_id: integer({
      0: "Unknown",
      4: "Internet Protocol version 4 (IPv4)",
      6: "Internet Protocol version 6 (IPv6)",
      99: "Other",
    }),
    tcp_flags: integer(),
  },
};

export const networkEndpoint: ObjectDefinition = {
  name: "network_endpoint",
  atLeastOne: ["ip", "uid", "name", "hostname", "svc_name", "instance_uid", "interface_uid", "interface_name"],
  attributes: {
    ip: recommended(ip()),
    port: recommended(port()),
    mac: mac(),
    name: recommended(string()),
    hostname: recommended(hostname()),
    svc_name: recommended(string()),
    uid: recommended(string()),
    type: string(),
    type_id: recommended(
      integer({
        0: "Unknown",
        1: "Server",
        2: "Desktop",
        3: "Laptop",
        4: "Tablet",
        5: "Mobile",
        6: "Virtual",
        7: "IOT",
        8: "Browser",
        9: "Firewall",
        10: "Switch",
        11: "Hub",
        99: "Other",
      }),
    ),
    instance_uid: recommended(string()),
    interface_uid: recommended(string()),
    interface_name: recommended(string()),
    subnet_uid: string(),
    vpc_uid: string(),
    vlan_uid: string(),
    zone: string(),
    domain: string(),
    intermediate_ips: list(ip()),
  },
};

export const networkTraffic: ObjectDefinition = {
  name: "network_traffic",
  attributes: {
    bytes: recommended(long()),
    bytes_in: long(),
    bytes_out: long(),
    packets: recommended(long()),
    packets_in: long(),
    packets_out: long(),
  },
};

export const firewallRule: ObjectDefinition = {
  name: "firewall_rule",
  atLeastOne: ["name", "uid"],
  attributes: {
    name: recommended(string()),
    uid: recommended(string()),
    type: string(),
    category: string(),
    desc: string(),
    condition: string(),
    match_details: list(string()),
    match_location: string(),
    sensitivity: string(),
    version: string(),
  },
};

export const enrichment: ObjectDefinition = {
  name: "enrichment",
  attributes: {
    name: required(string()),
    value: required(string()),
    type: recommended(string()),
    provider: recommended(string()),
    data: required(json()),
  },
};

export const observable: ObjectDefinition = {
  name: "observable",
  attributes: {
    name: required(string()),
    type: string(),
    type_id: required(
      integer({
        0: "Unknown",
        1: "Hostname",
        2: "IP Address",
        3: "MAC Address",
        4: "User Name",
        5: "Email Address",
        6: "URL String",
        7: "File Name",
        8: "Hash",
        9: "Process Name",
        10: "Resource UID",
        20: "Endpoint",
        21: "User",
        22: "Email",
        23: "Uniform Resource Locator",
        24: "File",
        25: "Process",
        26: "Geo Location",
        27: "Container",
        28: "Registry Key",
        29: "Registry Value",
        30: "Fingerprint",
        99: "Other",
      }),
    ),
    value: string(),
  },
};
