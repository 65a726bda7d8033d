import type { VpcFlow } from "@tributary/flow";
import type { VpcContext } from "./inventory-fill.js";
import { isoTime } from "./iso-time.js";
import { closed, flat, quote } from "./json-text.js";
import { compileFields, segment } from "./json-writer.js";
import { networkActivity } from "./network-activity.js";
import { observablesField } from "./observables.js";
import { CLASSIFICATION_ATTRIBUTES, classificationFields, DECISION_ATTRIBUTES } from "./outcome-fragments.js";
import { PROVENANCE_KEYS } from "./provenance-fields.js";
import { scopesOf } from "./scope-fragments.js";
import {
  DESTINATION_ADDRESS,
  endField,
  METADATA_HEAD,
  optional,
  recorderOf,
  TRAFFIC_BYTES,
  timeFields,
  VpcOrigins,
} from "./vpc-fragments.js";

/** One VPC flow with what its delivery adds: whose it is, when, and its stable id. */
export interface VpcEvent {
  readonly flow: VpcFlow;
  /** 12-digit account. */
  readonly account: string;
  readonly region: string | undefined;
  /** ms since the epoch. */
  readonly time: number;
  /** Said only when `time` is not the flow's own start: `end`, `log-event`, `file-name` or `arrival`. */
  readonly timeBasis: string | undefined;
  readonly uid: string;
  /** What the inventory knows of it; absent when there is no inventory. */
  readonly context?: VpcContext | undefined;
  /** Which line of which input it was, as `lineProvenance` renders it; absent when nobody wants to know. */
  readonly provenance?: string | undefined;
}

const STATUS_OK = ',"status_code":"OK"';
// The first fields of the document, so with its brace instead of a comma.
const TRAFFIC = `{${classificationFields("Traffic").slice(1)}`;
const TRAFFIC_OK = flat(TRAFFIC + STATUS_OK);
const REFUSE = `{${classificationFields("Refuse").slice(1)}`;
const REFUSE_OK = flat(REFUSE + STATUS_OK);
const origins = new VpcOrigins();

/** Packet-level address first; the interface's own address becomes an intermediate hop when they differ (NAT, transit gateway, pods). */
function endpoint(
  flow: VpcFlow,
  address: string | undefined,
  packetAddress: string | undefined,
  port: number | undefined,
  name: string,
  service: string | undefined,
  isLocal: boolean,
): string {
  const ip = packetAddress ?? address;
  let text = "";
  if (ip !== undefined) text = `,"ip":"${ip}"`;
  if (port !== undefined) text += `,"port":${port}`;
  text += name;
  if (service !== undefined) text += optional("svc_name", service);
  if (isLocal) text += recorderOf(flow).local;
  if (packetAddress !== undefined && address !== undefined && packetAddress !== address) {
    text += `,"intermediate_ips":["${address}"]`;
  }
  return text;
}

function trafficField({ packets, bytes }: VpcFlow): string {
  if (bytes === undefined) return packets === undefined ? "" : `,"traffic":{"packets":${packets}}`;
  return packets === undefined ? `,"traffic":{"bytes":${bytes}}` : `,"traffic":{"bytes":${bytes},"packets":${packets}}`;
}

/** Whether a flow has the common shape: both addresses and ports, bytes and packets, no service and nothing between the ends. */
function isPlain(flow: VpcFlow): boolean {
  const { srcaddr, dstaddr, pktSrcaddr, pktDstaddr } = flow;
  return (
    srcaddr !== undefined &&
    dstaddr !== undefined &&
    (pktSrcaddr === undefined || pktSrcaddr === srcaddr) &&
    (pktDstaddr === undefined || pktDstaddr === dstaddr) &&
    flow.pktSrcAwsService === undefined &&
    flow.pktDstAwsService === undefined &&
    flow.srcport !== undefined &&
    flow.dstport !== undefined &&
    flow.bytes !== undefined &&
    flow.packets !== undefined
  );
}

/**
 * `metadata` to `traffic` of a plain flow. Its constant parts are joined with their neighbours beforehand, since each piece costs time
 * when the text is put together.
 */
function plainFlow({ flow, account, region, uid, context }: VpcEvent): string {
  const { flowDirection } = flow;
  const recorder = recorderOf(flow);
  return `${METADATA_HEAD}${uid}${origins.get(account, region, flow.azId, flow.version).toSourceAddress(flow)}${flow.srcaddr}","port":${flow.srcport}${context === undefined ? "" : context.srcName}${
    flowDirection === "egress" ? recorder.localToDestination : DESTINATION_ADDRESS
  }${flow.dstaddr}","port":${flow.dstport}${context === undefined ? "" : context.dstName}${
    flowDirection === "ingress" ? recorder.localToBytes : TRAFFIC_BYTES
  }${flow.bytes},"packets":${flow.packets}}`;
}

/** `metadata` to `traffic` of any flow. */
function anyFlow({ flow, account, region, uid, context }: VpcEvent): string {
  const { flowDirection } = flow;
  const src = endpoint(
    flow,
    flow.srcaddr,
    flow.pktSrcaddr,
    flow.srcport,
    context?.srcName ?? "",
    flow.pktSrcAwsService,
    flowDirection === "egress",
  );
  const dst = endpoint(
    flow,
    flow.dstaddr,
    flow.pktDstaddr,
    flow.dstport,
    context?.dstName ?? "",
    flow.pktDstAwsService,
    flowDirection === "ingress",
  );
  return `${METADATA_HEAD}${uid}${origins.get(account, region, flow.azId, flow.version).after(flow)},"src_endpoint":${closed(src)},"dst_endpoint":${closed(dst)}${trafficField(flow)}`;
}

function unmappedField(event: VpcEvent): string {
  const { flow, context } = event;
  const scopes = scopesOf(flow.pktSrcInfo ?? flow.srcInfo, flow.pktDstInfo ?? flow.dstInfo);
  const text =
    (flow.flowDirection === undefined ? recorderOf(flow).sideless : "") +
    (flow.others === undefined ? "" : otherFields(flow.others, event.provenance !== undefined)) +
    (event.timeBasis === undefined ? "" : `,"time_basis":"${event.timeBasis}"`) +
    (context === undefined ? "" : contextKeys(context)) +
    (event.provenance === undefined ? "" : event.provenance);
  if (text === "") return scopes.alone;
  return scopes.alone === "" ? `${scopes.open}${text.slice(1)}}` : `${scopes.open}${text}}`;
}

function contextKeys({ fragments: { unmapped }, filled }: VpcContext): string {
  return filled === undefined ? unmapped : `${unmapped},"from_inventory":"${filled}"`;
}

function otherFields(others: readonly string[], withProvenance: boolean): string {
  let text = "";
  for (let i = 0; i < others.length; i += 2) {
    const name = (others[i] ?? "").replaceAll("-", "_");
    // A map holds each key once, and no line may say for itself where it stands.
    const key = withProvenance && PROVENANCE_KEYS.has(name) ? `log_${name}` : name;
    text += `,${quote(key)}:${quote(others[i + 1] ?? "")}`;
  }
  return text;
}

function observables({ flow }: VpcEvent): string {
  const side = flow.flowDirection === "ingress" ? "dst_endpoint" : "src_endpoint";
  return observablesField([
    ["src_endpoint.ip", flow.pktSrcaddr ?? flow.srcaddr],
    ["dst_endpoint.ip", flow.pktDstaddr ?? flow.dstaddr],
    [`${side}.instance_uid`, flow.flowDirection === undefined ? undefined : flow.instanceId],
  ]);
}

const segments = [
  segment<VpcEvent>([...CLASSIFICATION_ATTRIBUTES, "status_code"], ({ flow: { action, logStatus } }) => {
    if (logStatus === "OK") return action === "REJECT" ? REFUSE_OK : TRAFFIC_OK;
    return (action === "REJECT" ? REFUSE : TRAFFIC) + optional("status_code", logStatus);
  }),
  segment<VpcEvent>(["status_detail"], ({ context }) => (context === undefined ? "" : context.fragments.statusDetail)),
  segment<VpcEvent>(["time", "time_dt", "start_time_dt", "end_time_dt"], ({ flow, time }) =>
    flow.start === undefined
      ? `,"time":${time},"time_dt":"${isoTime(time)}"${endField(flow.end)}`
      : timeFields(flow.start, flow.end),
  ),
  segment<VpcEvent>(
    ["metadata", "cloud", ...DECISION_ATTRIBUTES, "connection_info", "src_endpoint", "dst_endpoint", "traffic"],
    (event) => (isPlain(event.flow) ? plainFlow(event) : anyFlow(event)),
  ),
  segment<VpcEvent>(["firewall_rule", "enrichments"], ({ context }) =>
    context === undefined ? "" : context.fragments.ruleAndEnrichments,
  ),
  segment<VpcEvent>(["unmapped"], unmappedField),
];

const plainFields = compileFields(networkActivity.attributes, segments);
const fieldsWithObservables = compileFields(networkActivity.attributes, [
  ...segments,
  segment<VpcEvent>(["observables"], observables),
]);

/** Whether both ends of the flow can be named, which Network Activity requires. */
export function hasEndpoints(flow: VpcFlow): boolean {
  const { flowDirection, interfaceId } = flow;
  const src =
    flow.pktSrcaddr ?? flow.srcaddr ?? flow.pktSrcAwsService ?? (flowDirection === "egress" ? interfaceId : undefined);
  const dst =
    flow.pktDstaddr ?? flow.dstaddr ?? flow.pktDstAwsService ?? (flowDirection === "ingress" ? interfaceId : undefined);
  return src !== undefined && dst !== undefined;
}

/**
 * One VPC flow as a compact OCSF 1.1.0 Network Activity document (4001), attribute for attribute as Security Lake's own VPC source
 * (version 2) maps it. Absent values are absent. The flow must have both ends (`hasEndpoints`).
 */
export function vpcDocument(event: VpcEvent, withObservables: boolean): string {
  return `${withObservables ? fieldsWithObservables(event) : plainFields(event)}}`;
}
