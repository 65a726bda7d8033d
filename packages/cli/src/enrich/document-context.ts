import type { ExplainedFlow, Explanation, FlowFacts } from "@tributary/context";
import { contextFragments, endpointName } from "@tributary/ocsf";
import type { Endpoint, FlowDocument } from "./flow-document.js";
import { type RecordingSide, recordingSideOf, withRecordingSide } from "./recording-side.js";

/** The context of a flow's document taken out and put in, with the result that a run with the inventory would have given. */

const CONTEXT_KEYS: ReadonlySet<string> = new Set([
  "sg_verdict",
  "sg_likely",
  "sg_basis",
  "sg_as_of",
  "from_inventory",
]);

/** What the inventory may fill in, as `unmapped.from_inventory` names it. */
const FILLED = [
  ["flow-direction", "direction"],
  ["vpc-id", "vpcId"],
  ["subnet-id", "subnetId"],
  ["instance-id", "instanceId"],
] as const;

/** The document as a run without an inventory writes it. */
export function withoutContext(document: FlowDocument): FlowDocument {
  const { status_detail: _detail, firewall_rule: _rule, enrichments: _enrichments, unmapped = {}, ...rest } = document;
  const kept = Object.entries(unmapped).filter(([key]) => !CONTEXT_KEYS.has(key));
  const bare = {
    ...rest,
    ...nameless("src_endpoint", document.src_endpoint),
    ...nameless("dst_endpoint", document.dst_endpoint),
    ...(kept.length === 0 ? {} : { unmapped: Object.fromEntries(kept) }),
  };
  const { from_inventory } = unmapped;
  if (from_inventory === undefined) return bare;
  const filled = from_inventory.split(",");
  const side: RecordingSide = recordingSideOf(bare);
  const emptied = FILLED.filter(([field]) => filled.includes(field)).map(([, part]) => [part, undefined]);
  return withRecordingSide(bare, { ...side, ...Object.fromEntries(emptied) });
}

function nameless(side: "src_endpoint" | "dst_endpoint", endpoint: Endpoint | undefined): Partial<FlowDocument> {
  if (endpoint === undefined) return {};
  const { name: _name, ...rest } = endpoint;
  return { [side]: rest };
}

/** What a document without context says of its flow. */
export function factsOf(document: FlowDocument): FlowFacts {
  const { action_id, connection_info = {}, src_endpoint = {}, dst_endpoint = {}, unmapped = {} } = document;
  const side = recordingSideOf(document);
  const { reject_reason } = unmapped;
  return {
    interfaceId: side.interfaceId,
    // Where the address of the packet is another one, the interface's own stands behind it.
    srcaddr: src_endpoint.intermediate_ips?.[0] ?? src_endpoint.ip,
    dstaddr: dst_endpoint.intermediate_ips?.[0] ?? dst_endpoint.ip,
    pktSrcaddr: src_endpoint.ip,
    pktDstaddr: dst_endpoint.ip,
    srcport: src_endpoint.port,
    dstport: dst_endpoint.port,
    protocol: connection_info.protocol_num,
    action: action_id === 1 ? "ACCEPT" : action_id === 2 ? "REJECT" : undefined,
    tcpFlags: connection_info.tcp_flags,
    flowDirection: side.direction,
    others: reject_reason === undefined ? undefined : ["reject-reason", reject_reason],
  };
}

/** A document that has no context, with that of its flow. */
export function withContext(document: FlowDocument, explained: ExplainedFlow): FlowDocument {
  const { explanation, srcName, dstName } = explained;
  const known = recordingSideOf(document);
  const side = completed(known, explained);
  const filled = FILLED.filter(([, part]) => known[part] !== side[part]).map(([field]) => field);
  const complete = filled.length === 0 ? document : withRecordingSide(document, side);
  const { attributes, unmapped } = plainFragments(explanation);
  return {
    ...complete,
    ...attributes,
    ...named("src_endpoint", complete.src_endpoint, srcName),
    ...named("dst_endpoint", complete.dst_endpoint, dstName),
    unmapped: {
      ...complete.unmapped,
      ...unmapped,
      ...(filled.length === 0 ? {} : { from_inventory: filled.join(",") }),
    },
  };
}

function completed(side: RecordingSide, { explanation, recorder }: ExplainedFlow): RecordingSide {
  return {
    interfaceId: side.interfaceId,
    direction: side.direction ?? explanation.direction,
    vpcId: side.vpcId ?? recorder?.vpcId,
    subnetId: side.subnetId ?? recorder?.subnetId,
    instanceId: side.instanceId ?? recorder?.instanceId,
  };
}

function named(
  side: "src_endpoint" | "dst_endpoint",
  endpoint: Endpoint | undefined,
  name: string | undefined,
): Partial<FlowDocument> {
  return name === undefined ? {} : { [side]: { ...endpoint, name: endpointName(name) } };
}

interface PlainFragments {
  readonly attributes: Pick<FlowDocument, "status_detail" | "firewall_rule" | "enrichments">;
  readonly unmapped: Readonly<Record<string, string>>;
}

const parsed = new WeakMap<Explanation, PlainFragments>();

/** The attributes of an explanation; equal explanations are one object, so each is rendered once. */
function plainFragments(explanation: Explanation): PlainFragments {
  const known = parsed.get(explanation);
  if (known !== undefined) return known;
  const { statusDetail, ruleAndEnrichments, unmapped } = contextFragments(explanation);
  const fragments = {
    attributes: objectOf(statusDetail + ruleAndEnrichments) as PlainFragments["attributes"],
    unmapped: objectOf(unmapped) as PlainFragments["unmapped"],
  };
  parsed.set(explanation, fragments);
  return fragments;
}

/** From fields after a comma. */
function objectOf(fields: string): unknown {
  return JSON.parse(`{${fields.slice(1)}}`);
}
