import {
  type AzureFlowGroup,
  azureSubscription,
  type LineBatch,
  type PackedAzureRecord,
  Parked,
  PROTOCOL_NAMES,
  parseAzureTuple,
  Skipped,
  type VpcFlow,
} from "@tributary/flow";

/** A flow that was found, as its log says it. What it does not say is undefined. */
export interface FoundFlow {
  /** The file or object that it stands in. */
  readonly input: string;
  /** Line, or `<byte>/<flow>/<group>/<tuple>` in blobs. */
  readonly position: string;
  /** ms since the epoch. */
  readonly time: number | undefined;
  readonly action: "ACCEPT" | "REJECT" | undefined;
  /** A name, or the number where there is none. */
  readonly protocol: string | undefined;
  readonly src: string | undefined;
  readonly srcPort: number | undefined;
  readonly dst: string | undefined;
  readonly dstPort: number | undefined;
  /** Addresses of the packets, where they are others. */
  readonly packetSrc: string | undefined;
  readonly packetDst: string | undefined;
  /** Both directions, where the log counts both. */
  readonly bytes: number | undefined;
  readonly packets: number | undefined;
  readonly account: string | undefined;
  readonly interface: string | undefined;
  readonly rule: string | undefined;
  /** The line, or the tuple and its rule. */
  readonly raw: string;
}

/** A flow, or why there is none. */
export type Found = FoundFlow | Skipped | Parked;

/** What a line of a batch gives; `read` is what its format makes of it. */
export function foundLine(
  read: VpcFlow | Skipped | Parked,
  batch: LineBatch,
  index: number,
  { input, account }: { readonly input: string; readonly account: string | undefined },
): Found {
  if (read instanceof Skipped || read instanceof Parked) return read;
  const seconds = read.start ?? read.end;
  const { time: delivered } = batch;
  const arrival = typeof delivered === "object" ? delivered[index] : delivered;
  const { srcaddr, dstaddr, pktSrcaddr, pktDstaddr } = read;
  return {
    input,
    position: String(batch.ids[index] ?? ""),
    time: seconds === undefined ? arrival : seconds * 1000,
    action: read.action,
    protocol: protocolText(read.protocol),
    src: srcaddr ?? pktSrcaddr,
    srcPort: read.srcport,
    dst: dstaddr ?? pktDstaddr,
    dstPort: read.dstport,
    packetSrc: pktSrcaddr === srcaddr ? undefined : pktSrcaddr,
    packetDst: pktDstaddr === dstaddr ? undefined : pktDstaddr,
    bytes: read.bytes,
    packets: read.packets,
    account: read.accountId ?? batch.account ?? account,
    interface: read.interfaceId,
    rule: undefined,
    raw: read.line,
  };
}

/** What the tuples of a record give, in order. */
export function foundTuples(record: PackedAzureRecord, input: string): readonly Found[] {
  const account = azureSubscription(record.header, record.blob);
  return record.groups.flatMap((group) =>
    group.tuples.map((text, index) => foundTuple(text, group.first + index, group, record, { input, account })),
  );
}

function foundTuple(
  text: string,
  index: number,
  { flow, group, rule, mac }: AzureFlowGroup,
  { header, offset }: PackedAzureRecord,
  { input, account }: { readonly input: string; readonly account: string | undefined },
): Found {
  const tuple = parseAzureTuple(header.layout, text);
  if (tuple instanceof Parked) return tuple;
  const { counters } = tuple;
  return {
    input,
    position: `${offset}/${flow}/${group}/${index}`,
    time: tuple.time,
    action: tuple.allowed ? "ACCEPT" : "REJECT",
    protocol: protocolText(tuple.protocol),
    src: tuple.srcIp,
    srcPort: tuple.srcPort,
    dst: tuple.dstIp,
    dstPort: tuple.dstPort,
    packetSrc: undefined,
    packetDst: undefined,
    bytes: counters === undefined ? undefined : counters.bytesOut + counters.bytesIn,
    packets: counters === undefined ? undefined : counters.packetsOut + counters.packetsIn,
    account,
    interface: mac ?? header.macAddress,
    rule,
    raw: `${text} ${rule}`,
  };
}

function protocolText(protocol: number | undefined): string | undefined {
  return protocol === undefined ? undefined : (PROTOCOL_NAMES[protocol] ?? String(protocol));
}
