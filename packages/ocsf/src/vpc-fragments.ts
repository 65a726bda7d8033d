import { type AddressInfo, BoundedCache, type VpcFlow } from "@tributary/flow";
import { connectionInfoField } from "./connection-info.js";
import { isoTime } from "./iso-time.js";
import { closed, fieldsOf, flat, quote } from "./json-text.js";
import { compileFields, segment } from "./json-writer.js";
import { networkActivity } from "./network-activity.js";
import { cloud, metadata, networkEndpoint } from "./objects.js";
import { decisionFields } from "./outcome-fragments.js";
import { TextByNumber } from "./text-by-number.js";

/**
 * The parts of a document that recur from flow to flow, rendered once and remembered. They are what makes the transformation fast:
 * a document of 1,300 characters is put together from about twenty pieces.
 */

/** `,"name":"value"`, or nothing. */
export function optional(name: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":${quote(value)}`;
}

const ALLOWED = decisionFields(true);
const DENIED = decisionFields(false);
const UNDECIDED = decisionFields(undefined);

/** `,"metadata":{` up to the uid's opening quote. */
export const METADATA_HEAD = flat(
  `,"metadata":${closed(fieldsOf(metadata.attributes, { version: networkActivity.ocsfVersion })).slice(0, -1)},"uid":"`,
);

const SOURCE_ADDRESS = ',"src_endpoint":{"ip":"';
/** From a plain source endpoint's last field to the opening quote of the destination's address. */
export const DESTINATION_ADDRESS = '},"dst_endpoint":{"ip":"';
/** From a plain destination endpoint's last field to the number of bytes. */
export const TRAFFIC_BYTES = '},"traffic":{"bytes":';

/** How many combinations of one account, region, zone and record version are remembered. */
const COMBINATIONS = 4096;

/** What follows the uid and is the same for all flows of one account, region, zone and record version, up to their connections. */
export class VpcOrigin {
  readonly #account: string;
  readonly #region: string | undefined;
  readonly #zone: string | undefined;
  readonly #version: number | undefined;
  readonly #head: string;
  #combinations = new Map<number, string>();

  constructor(account: string, region: string | undefined, zone: string | undefined, version: number | undefined) {
    this.#account = account;
    this.#region = region;
    this.#zone = zone;
    this.#version = version;
    const metadataTail = fieldsOf(metadata.attributes, {
      profiles: networkActivity.profiles,
      product: {
        name: "Amazon VPC",
        vendor_name: "AWS",
        version: version === undefined ? undefined : String(version),
        feature: { name: "Flowlogs" },
      },
    });
    const cloudFields = fieldsOf(cloud.attributes, { provider: "AWS", region, zone, account: { uid: account } });
    this.#head = `"${metadataTail}},"cloud":${closed(cloudFields)}`;
  }

  matches(account: string, region: string | undefined, zone: string | undefined, version: number | undefined): boolean {
    // The zone first: it is what differs.
    return zone === this.#zone && account === this.#account && region === this.#region && version === this.#version;
  }

  /** From the uid's closing quote to the end of `connection_info`. */
  after(flow: VpcFlow): string {
    return this.toSourceAddress(flow).slice(0, -SOURCE_ADDRESS.length);
  }

  /** From the uid's closing quote to the opening quote of the source's address. */
  toSourceAddress(flow: VpcFlow): string {
    const key = combinationKey(flow);
    const known = key < 0 ? undefined : this.#combinations.get(key);
    if (known !== undefined) return known;
    const decision = flow.action === undefined ? UNDECIDED : flow.action === "ACCEPT" ? ALLOWED : DENIED;
    const text = flat(
      this.#head +
        decision +
        connectionInfoField({
          inbound: flow.flowDirection === undefined ? undefined : flow.flowDirection === "ingress",
          trafficPath: flow.trafficPath,
          protocol: flow.protocol,
          version: flow.type ?? versionOf(flow.srcInfo ?? flow.dstInfo ?? flow.pktSrcInfo),
          tcpFlags: flow.tcpFlags,
        }) +
        SOURCE_ADDRESS,
    );
    if (key >= 0) {
      if (this.#combinations.size >= COMBINATIONS) this.#combinations = new Map();
      this.#combinations.set(key, text);
    }
    return text;
  }
}

function versionOf(info: AddressInfo | undefined): string | undefined {
  return info === undefined ? undefined : info.version === 4 ? "IPv4" : "IPv6";
}

/** One small integer for everything that decision and connection depend on, or -1 for values that are too rare to remember. */
function combinationKey(flow: VpcFlow): number {
  const { action, flowDirection, tcpFlags = -1, trafficPath = -1, protocol = -1, type } = flow;
  const version = type ?? versionOf(flow.srcInfo ?? flow.dstInfo ?? flow.pktSrcInfo);
  const versionIndex = version === "IPv4" ? 1 : version === "IPv6" ? 2 : version === undefined ? 0 : -1;
  if (tcpFlags > 255 || trafficPath > 14 || versionIndex < 0) return -1;
  const decision = action === "ACCEPT" ? 1 : action === "REJECT" ? 2 : 0;
  const direction = flowDirection === "ingress" ? 1 : flowDirection === "egress" ? 2 : 0;
  return (
    ((((tcpFlags + 1) * 16 + trafficPath + 1) * 257 + protocol + 1) * 3 + direction) * 9 + decision * 3 + versionIndex
  );
}

const REMEMBERED_ORIGINS = 256;
const RECENT_ORIGINS = 8;

/** The origins seen lately. A batch holds few of them, one for each zone, so that trying them in turn is the fastest. */
export class VpcOrigins {
  readonly #origins = new BoundedCache<string, VpcOrigin>(REMEMBERED_ORIGINS, (key) => {
    const [account, region, zone, version] = JSON.parse(key) as [string, string | null, string | null, number | null];
    return new VpcOrigin(account, region ?? undefined, zone ?? undefined, version ?? undefined);
  });
  readonly #recent: VpcOrigin[] = [];
  #oldest = 0;

  get(account: string, region: string | undefined, zone: string | undefined, version: number | undefined): VpcOrigin {
    for (const origin of this.#recent) if (origin.matches(account, region, zone, version)) return origin;
    const origin = this.#origins.get(JSON.stringify([account, region ?? null, zone ?? null, version ?? null]));
    this.#recent[this.#oldest] = origin;
    this.#oldest = (this.#oldest + 1) % RECENT_ORIGINS;
    return origin;
  }
}

const startFields = new TextByNumber((start) => {
  const iso = isoTime(start * 1000);
  return flat(`,"time":${start * 1000},"time_dt":"${iso}","start_time_dt":"${iso}"`);
});
const endFields = new TextByNumber((end) => flat(`,"end_time_dt":"${isoTime(end * 1000)}"`));

/** `time` to `end_time_dt`, from s since the epoch. */
export function timeFields(start: number, end: number | undefined): string {
  return startFields.get(start) + endField(end);
}

/** `end_time_dt`, from s since the epoch. */
export function endField(end: number | undefined): string {
  return end === undefined ? "" : endFields.get(end);
}

// The interface, subnet, VPC and instance of a record are those of the side that recorded it.
const renderLocal = compileFields<VpcFlow>(networkEndpoint.attributes, [
  segment(["instance_uid"], (flow) => optional("instance_uid", flow.instanceId)),
  segment(["interface_uid"], (flow) => optional("interface_uid", flow.interfaceId)),
  segment(["subnet_uid"], (flow) => optional("subnet_uid", flow.subnetId)),
  segment(["vpc_uid"], (flow) => optional("vpc_uid", flow.vpcId)),
]);

/** The same in `unmapped`: without a direction no side can be named, and nothing may be lost. */
function renderSideless(flow: VpcFlow): string {
  return (
    optional("interface_id", flow.interfaceId) +
    optional("instance_id", flow.instanceId) +
    optional("subnet_id", flow.subnetId) +
    optional("vpc_id", flow.vpcId)
  );
}

/** The side that recorded a flow. */
export interface Recorder {
  readonly instanceId: string | undefined;
  readonly subnetId: string | undefined;
  readonly vpcId: string | undefined;
  /** Fields of the endpoint that recorded the flow. */
  readonly local: string;
  /** The same, with what follows when it is the source or the destination of a plain flow. */
  readonly localToDestination: string;
  readonly localToBytes: string;
  /** Fields of `unmapped`, for flows without a direction. */
  readonly sideless: string;
}

const REMEMBERED_INTERFACES = 8192;
let recorders = new Map<string, Recorder>();

/** Interface, instance, subnet and VPC of a flow, as fields. */
export function recorderOf(flow: VpcFlow): Recorder {
  const { interfaceId = "", instanceId, subnetId, vpcId } = flow;
  const known = recorders.get(interfaceId);
  // An interface may move to another instance, and a record may lack what the last one had.
  if (known !== undefined && known.instanceId === instanceId && known.subnetId === subnetId && known.vpcId === vpcId) {
    return known;
  }
  if (recorders.size >= REMEMBERED_INTERFACES) recorders = new Map();
  const local = renderLocal(flow);
  const recorder = {
    instanceId,
    subnetId,
    vpcId,
    local: flat(local),
    localToDestination: flat(local + DESTINATION_ADDRESS),
    localToBytes: flat(local + TRAFFIC_BYTES),
    sideless: flat(renderSideless(flow)),
  };
  recorders.set(interfaceId, recorder);
  return recorder;
}
