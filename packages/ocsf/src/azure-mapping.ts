import {
  type AzureFlowGroup,
  type AzureLayout,
  type AzureRecordHeader,
  type AzureTuple,
  addressInfo,
  parseArmId,
} from "@tributary/flow";
import { policyFields } from "./azure-policy.js";
import { connectionInfoField } from "./connection-info.js";
import { isoTime } from "./iso-time.js";
import { closed, fieldsOf, flat, quote } from "./json-text.js";
import { compileFields, segment } from "./json-writer.js";
import { networkActivity } from "./network-activity.js";
import { cloud, metadata, networkEndpoint, networkTraffic } from "./objects.js";
import { observablesField } from "./observables.js";
import {
  type Activity,
  CLASSIFICATION_ATTRIBUTES,
  classificationFields,
  DECISION_ATTRIBUTES,
  decisionFields,
} from "./outcome-fragments.js";
import { scopesOf } from "./scope-fragments.js";

const PRODUCTS: Readonly<Record<AzureLayout, { readonly version: string; readonly feature: string }>> = {
  "nsg-v1": { version: "1", feature: "Network security group flow logs" },
  "nsg-v2": { version: "2", feature: "Network security group flow logs" },
  "vnet-v4": { version: "4", feature: "Virtual network flow logs" },
};

const ACTIVITIES: Readonly<Record<string, Activity>> = { B: "Open", C: "Traffic", E: "Close", D: "Refuse" };
// The first fields of the document, so with its brace instead of a comma.
const HEADS: ReadonlyMap<Activity, string> = new Map(
  (["Open", "Close", "Refuse", "Traffic"] as const).map((activity) => [
    activity,
    flat(`{${classificationFields(activity).slice(1)}`),
  ]),
);
const ALLOWED = decisionFields(true);
const DENIED = decisionFields(false);

interface AzureEvent {
  readonly tuple: AzureTuple;
  readonly uid: string;
  readonly provenance: string;
}

/** Whose a record is, as found by its reader. */
export interface AzureOwner {
  /** Lower case. */
  readonly subscription: string;
  readonly region: string | undefined;
}

/** `00:22:48:71:C2:05` from 12 hex digits: OCSF knows no bare form. */
function macAddress(digits: string): string {
  return (digits.match(/../g) ?? []).join(":");
}

/** The attributes of the side that recorded the flow. */
function localFields(header: AzureRecordHeader, group: AzureFlowGroup): string {
  const target = header.targetResourceId;
  const arm = target === undefined ? undefined : parseArmId(target);
  const mac = group.mac ?? header.macAddress;
  const isSubnet = arm?.type === "virtualnetworks/subnets";
  return fieldsOf(networkEndpoint.attributes, {
    mac: mac === undefined ? undefined : macAddress(mac),
    interface_uid: arm?.type === "networkinterfaces" ? target : undefined,
    subnet_uid: isSubnet ? target : undefined,
    vpc_uid: arm?.type === "virtualnetworks" ? target : isSubnet ? arm.parentId : undefined,
  });
}

function endpoint(ip: string, port: number, local: string): string {
  return `{"ip":"${ip}","port":${port}${local}}`;
}

/** Exact even where the two directions together exceed 2^53. */
function total(a: number, b: number): string {
  return Number.isSafeInteger(a + b) ? String(a + b) : String(BigInt(a) + BigInt(b));
}

// Always the first, so with the brace instead of a comma: cutting that off would copy the text.
const trafficFields = compileFields<NonNullable<AzureTuple["counters"]>>(networkTraffic.attributes, [
  segment(["bytes"], (c) => `{"bytes":${total(c.bytesIn, c.bytesOut)}`),
  segment(["bytes_in", "bytes_out"], (c) => `,"bytes_in":${c.bytesIn},"bytes_out":${c.bytesOut}`),
  segment(["packets"], (c) => `,"packets":${total(c.packetsIn, c.packetsOut)}`),
  segment(["packets_in", "packets_out"], (c) => `,"packets_in":${c.packetsIn},"packets_out":${c.packetsOut}`),
]);

// There are but two directions, two IP versions and 256 protocols.
const connections = new Map<number, string>();

function connectionOf({ direction, protocol, srcIp }: AzureTuple): string {
  const inbound = direction === "I";
  const isIpv6 = addressInfo(srcIp)?.version === 6;
  const key = protocol * 4 + (inbound ? 2 : 0) + (isIpv6 ? 1 : 0);
  let field = connections.get(key);
  if (field === undefined) {
    const version = isIpv6 ? "IPv6" : "IPv4";
    field = flat(connectionInfoField({ inbound, trafficPath: undefined, protocol, version, tcpFlags: undefined }));
    connections.set(key, field);
  }
  return field;
}

/** Whether the endpoint that recorded the flow already carries a resource's id; 150 bytes need not be said twice. */
function isEndpointId(id: string | undefined): boolean {
  const type = id === undefined ? undefined : parseArmId(id)?.type;
  return type === "virtualnetworks" || type === "virtualnetworks/subnets" || type === "networkinterfaces";
}

/** `unmapped` fields that are the same for all tuples of a group. */
function groupUnmapped(header: AzureRecordHeader, group: AzureFlowGroup): string {
  const optional = (name: string, value: string | undefined): string =>
    value === undefined ? "" : `,"${name}":${quote(value)}`;
  // An ARM id is already said as policy and rule; GUIDs, `unspecified` and free names have no home there.
  const bareAcl = group.aclId !== undefined && parseArmId(group.aclId) === undefined ? group.aclId : undefined;
  return (
    optional("acl_id", bareAcl) +
    optional("flow_log_guid", header.flowLogGuid) +
    optional("target_resource_id", isEndpointId(header.targetResourceId) ? undefined : header.targetResourceId)
  );
}

/**
 * Writes the flows of one group of an Azure record as compact OCSF 1.1.0 Network Activity documents (4001). What the tuples share is
 * rendered once, here.
 */
export class AzureDocumentWriter {
  readonly #fields: (event: AzureEvent) => string;

  constructor(header: AzureRecordHeader, group: AzureFlowGroup, owner: AzureOwner, withObservables: boolean) {
    const product = PRODUCTS[header.layout];
    const version = fieldsOf(metadata.attributes, { version: networkActivity.ocsfVersion }).slice(1);
    const metadataHead = flat(`,"metadata":{${version},"uid":"`);
    const metadataTail = fieldsOf(metadata.attributes, {
      profiles: networkActivity.profiles,
      product: {
        name: "Azure Network Watcher",
        vendor_name: "Microsoft",
        version: product.version,
        feature: { name: product.feature },
      },
    });
    const cloudFields = fieldsOf(cloud.attributes, {
      provider: "Azure",
      region: owner.region,
      // OCSF 1.1.0 has no value for a subscription: 10 is an AWS account.
      account: { uid: owner.subscription, type: "Azure Subscription", type_id: 99 },
    });
    const afterUid = flat(`"${metadataTail}},"cloud":${closed(cloudFields)}`);
    const local = flat(localFields(header, group));
    const unmapped = flat(`${groupUnmapped(header, group)}}`);
    const policies = [true, false].map((allowed) =>
      [true, false].map((inbound) => policyFields(header, group, allowed, inbound)),
    );
    const policyOf = ({ allowed, direction }: AzureTuple) => policies[allowed ? 0 : 1]?.[direction === "I" ? 0 : 1];

    this.#fields = compileFields<AzureEvent>(networkActivity.attributes, [
      segment(CLASSIFICATION_ATTRIBUTES, ({ tuple }) => HEADS.get(activityOf(tuple)) ?? ""),
      segment(["time", "time_dt"], ({ tuple }) => `,"time":${tuple.time},"time_dt":"${isoTime(tuple.time)}"`),
      segment(["metadata", "cloud"], ({ uid }) => metadataHead + uid + afterUid),
      segment(DECISION_ATTRIBUTES, ({ tuple }) => (tuple.allowed ? ALLOWED : DENIED)),
      segment(["authorizations"], ({ tuple }) => policyOf(tuple)?.authorizations ?? ""),
      segment(["connection_info"], ({ tuple }) => connectionOf(tuple)),
      segment(["src_endpoint", "dst_endpoint"], ({ tuple }) => {
        const inbound = tuple.direction === "I";
        const src = endpoint(tuple.srcIp, tuple.srcPort, inbound ? "" : local);
        const dst = endpoint(tuple.dstIp, tuple.dstPort, inbound ? local : "");
        return `,"src_endpoint":${src},"dst_endpoint":${dst}`;
      }),
      segment(["traffic"], ({ tuple: { counters } }) =>
        counters === undefined ? "" : `,"traffic":${trafficFields(counters)}}`,
      ),
      segment(["firewall_rule"], ({ tuple }) => policyOf(tuple)?.firewallRule ?? ""),
      ...(withObservables ? [segment<AzureEvent>(["observables"], observables)] : []),
      segment(["unmapped"], ({ tuple, provenance }) => tupleUnmapped(tuple) + provenance + unmapped),
    ]);
  }

  /** `provenance`: which tuple of which input it was, as `tupleProvenance` renders it, or nothing. */
  document(tuple: AzureTuple, uid: string, provenance = ""): string {
    return `${this.#fields({ tuple, uid, provenance })}}`;
  }
}

const REMEMBERED_WRITERS = 1024;

/**
 * Writers by what they depend on: an interface logs the same few rules minute after minute, and rendering a group's ids costs more than
 * writing a flow. Bounded: when full, all are made anew.
 */
export class AzureDocumentWriters {
  #writers = new Map<string, AzureDocumentWriter>();

  constructor(private readonly withObservables: boolean) {}

  get(header: AzureRecordHeader, group: AzureFlowGroup, owner: AzureOwner): AzureDocumentWriter {
    const { layout, macAddress, resourceId, targetResourceId, flowLogGuid } = header;
    const { aclId, rule, mac } = group;
    const key = JSON.stringify([
      layout,
      macAddress,
      resourceId,
      targetResourceId,
      flowLogGuid,
      aclId,
      rule,
      mac,
      owner.subscription,
      owner.region,
    ]);
    const known = this.#writers.get(key);
    if (known !== undefined) return known;
    if (this.#writers.size >= REMEMBERED_WRITERS) this.#writers = new Map();
    const writer = new AzureDocumentWriter(header, group, owner, this.withObservables);
    this.#writers.set(key, writer);
    return writer;
  }
}

function activityOf({ allowed, state }: AzureTuple): Activity {
  return allowed ? (ACTIVITIES[state ?? "C"] ?? "Traffic") : "Refuse";
}

function observables({ tuple }: AzureEvent): string {
  return observablesField([
    ["src_endpoint.ip", tuple.srcIp],
    ["dst_endpoint.ip", tuple.dstIp],
  ]);
}

/** `,"unmapped":{` with what differs from tuple to tuple, not closed. */
function tupleUnmapped({ srcIp, dstIp, encryption, state }: AzureTuple): string {
  let text = scopesOf(addressInfo(srcIp), addressInfo(dstIp)).open;
  if (encryption !== undefined) text += `,"flow_encryption":${quote(encryption)}`;
  if (state !== undefined) text += `,"flow_state":"${state}"`;
  return text;
}

/** Frame of an Azure document, with addresses and counters of full length. */
const FRAME_BYTES = 1580;

/** Upper estimate of the document of one tuple of a group, bytes: the frame, and the ids as often as they are written. */
export function documentBytes(header: AzureRecordHeader, group: AzureFlowGroup): number {
  const acl = (group.aclId ?? header.resourceId ?? "").length;
  const target = header.targetResourceId ?? "";
  // The ACL is policy and prefix of the rule's id; the target is kept and also names network or interface, a subnet names both.
  const named = /\/subnets\//i.test(target) ? 3 : 2;
  return FRAME_BYTES + acl * 2 + group.rule.length * 2 + target.length * named + (header.flowLogGuid ?? "").length;
}
