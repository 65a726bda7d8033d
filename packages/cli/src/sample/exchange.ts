import { GRE, ICMP, type NetworkInterface, TCP } from "./estate.js";
import type { SeededRandom } from "./random.js";
import type { TrafficRecord, VpcRecord } from "./vpc-record.js";

/** When a conversation starts (s since the epoch), how long it may last (s), and the numbers to draw it with. */
export interface Occasion {
  readonly random: SeededRandom;
  readonly time: number;
  readonly longest: number;
}

/** Draws one conversation and gives the records that this account's interfaces log of it. */
export type Conversation = (at: Occasion) => readonly VpcRecord[];

/** One end of a conversation. `on` is absent when this account does not log that end. */
export interface Party {
  readonly address: string;
  readonly on?: NetworkInterface;
  /** `pkt-…-aws-service` of the address. */
  readonly service: string;
  /** Traffic path of what leaves this VPC for this end: 1 same VPC, 4 peering, 7 gateway endpoint, 8 internet gateway. */
  readonly path: "1" | "4" | "7" | "8";
}

/** What went over the wire, each way. */
export interface Exchanged {
  readonly sourcePort: number;
  readonly port: number;
  readonly protocol: number;
  readonly start: number;
  readonly end: number;
  readonly request: Counted;
  readonly reply: Counted;
}

export interface Counted {
  readonly packets: number;
  readonly bytes: number;
  readonly flags: number;
}

export const inside = (on: NetworkInterface): Party => ({ address: on.address, on, service: "-", path: "1" });
export const insideIpv6 = (on: NetworkInterface): Party => ({ ...inside(on), address: on.ipv6Address ?? on.address });
export const outside = (address: string): Party => ({ address, service: "-", path: "8" });
export const peered = (address: string): Party => ({ address, service: "-", path: "4" });
export const s3 = (address: string): Party => ({ address, service: "S3", path: "7" });

export const clientPort = (random: SeededRandom): number => random.between(32768, 60999);

/** Packets with their bytes, of a size that the protocol allows: never under the 40 bytes of an IPv4 and a TCP header. */
export function counted(random: SeededRandom, packets: number, bytesEach: number, flags: number): Counted {
  return { packets, bytes: packets * Math.max(40, bytesEach) + random.between(0, packets * 12), flags };
}

/** A short conversation, small question, larger answer, opened and mostly closed within the interval. */
export function shortTcp(at: Occasion, port: number, replyPackets = at.random.between(4, 24)): Exchanged {
  const { random } = at;
  const closed = random.chance(0.8);
  const requestPackets = Math.max(4, Math.round(replyPackets * 0.7));
  return {
    sourcePort: clientPort(random),
    port,
    protocol: TCP,
    ...lasting(at),
    request: counted(random, requestPackets, random.between(60, 190), closed ? 3 : 2),
    reply: counted(random, replyPackets, random.between(90, 1300), closed ? 19 : 18),
  };
}

/** An interval in the middle of a connection that was opened before it: only data flags, which AWS reports as 0. */
export function ongoingTcp(at: Occasion, port: number, sourcePort: number): Exchanged {
  const { random } = at;
  const packets = random.between(20, 400);
  return {
    sourcePort,
    port,
    protocol: TCP,
    ...lasting(at),
    request: counted(random, packets, random.between(60, 300), 0),
    reply: counted(random, packets, random.between(200, 1200), 0),
  };
}

/** One datagram each way. */
export function datagrams(at: Occasion, port: number, protocol: number, bytes: number): Exchanged {
  const { random } = at;
  const packets = random.between(1, 3);
  const request = counted(random, packets, bytes, 0);
  const hasPorts = protocol !== ICMP;
  return {
    sourcePort: hasPorts ? clientPort(random) : 0,
    port,
    protocol,
    ...lasting(at),
    request,
    // An echo returns what it was sent; answers of other protocols are longer than their questions.
    reply: hasPorts ? counted(random, packets, bytes + 60, 0) : request,
  };
}

/** Start and end within the longest interval; a record covers at most that. */
export function lasting(at: Occasion): { readonly start: number; readonly end: number } {
  return { start: at.time, end: at.time + at.random.between(1, at.longest - 1) };
}

/** Both directions as each end that belongs to the account logs them: two records per logged end. */
export function accepted(client: Party, server: Party, what: Exchanged): TrafficRecord[] {
  const records: TrafficRecord[] = [];
  if (client.on !== undefined) records.push(record(client.on, client, server, what, "egress"));
  if (server.on !== undefined) {
    records.push(record(server.on, client, server, what, "ingress"));
    records.push(reply(server.on, client, server, what, "egress"));
  }
  if (client.on !== undefined) records.push(reply(client.on, client, server, what, "ingress"));
  return records;
}

/** The request as the client's interface lets it out, when it is logged, and as the server's turns it away. */
export function rejectedAtServer(client: Party, server: Party, what: Exchanged): TrafficRecord[] {
  const records: TrafficRecord[] = [];
  if (client.on !== undefined) records.push(record(client.on, client, server, what, "egress"));
  if (server.on !== undefined)
    records.push({ ...record(server.on, client, server, what, "ingress"), action: "REJECT" });
  return records;
}

/**
 * A packet from the internet that nobody asked for. Security groups turn it away; a NAT gateway has none, so its interface accepts
 * the packet and the gateway drops it, unanswered.
 */
export function uninvited(client: Party, server: Party, what: Exchanged): TrafficRecord[] {
  if (server.on?.interfaceType !== "nat_gateway") return rejectedAtServer(client, server, what);
  return [record(server.on, client, server, what, "ingress")];
}

/** The request as the client's own interface stops it: it never left, so it has no path. */
export function rejectedAtClient(client: Party, server: Party, what: Exchanged): TrafficRecord[] {
  if (client.on === undefined) return [];
  return [{ ...record(client.on, client, server, what, "egress"), action: "REJECT", path: "-" }];
}

/** A first packet or a few, unanswered: what scans and refused connections look like. */
export function probe(at: Occasion, port: number, protocol = TCP): Exchanged {
  const { random } = at;
  const hasPorts = protocol !== ICMP && protocol !== GRE;
  const packets = random.chance(0.8) ? 1 : random.between(2, 4);
  const nothing = { packets: 0, bytes: 0, flags: 0 };
  return {
    sourcePort: hasPorts ? random.between(1024, 65535) : 0,
    port: hasPorts ? port : 0,
    protocol,
    ...lasting(at),
    request: {
      packets,
      bytes: packets * (protocol === TCP ? random.pick([40, 44, 60]) : 84),
      flags: protocol === TCP ? 2 : 0,
    },
    reply: nothing,
  };
}

/**
 * A conversation through a NAT gateway, as its three interface crossings log it. The gateway shows its own private address where
 * the packets carry the other end's (documented example "Traffic through a NAT gateway"), and takes a source port of its own.
 */
export function throughNat(
  client: Party,
  nat: NetworkInterface,
  server: Party,
  what: Exchanged,
  natPort: number,
): TrafficRecord[] {
  const gateway = inside(nat);
  const overNat = { ...server, path: "1" } as const;
  const outer = { ...what, sourcePort: natPort };
  const [clientOut, clientIn] = accepted(client, overNat, what);
  const [gatewayOut, gatewayIn] = accepted(gateway, server, outer);
  if (clientOut === undefined || clientIn === undefined || gatewayOut === undefined || gatewayIn === undefined)
    return [];
  const intoGateway: TrafficRecord = {
    ...clientOut,
    on: nat,
    direction: "ingress",
    destination: nat.address,
    path: "-",
  };
  const outOfGateway: TrafficRecord = { ...clientIn, on: nat, direction: "egress", source: nat.address, path: "1" };
  return [clientOut, intoGateway, gatewayOut, gatewayIn, outOfGateway, clientIn];
}

function record(
  on: NetworkInterface,
  client: Party,
  server: Party,
  what: Exchanged,
  direction: "ingress" | "egress",
): TrafficRecord {
  return {
    status: "OK",
    on,
    direction,
    source: client.address,
    destination: server.address,
    sourcePort: what.sourcePort,
    destinationPort: what.port,
    protocol: what.protocol,
    packets: what.request.packets,
    bytes: what.request.bytes,
    start: what.start,
    end: what.end,
    action: "ACCEPT",
    flags: what.request.flags,
    packetSource: client.address,
    packetDestination: server.address,
    sourceService: client.service,
    destinationService: server.service,
    path: direction === "egress" ? server.path : "-",
  };
}

function reply(
  on: NetworkInterface,
  client: Party,
  server: Party,
  what: Exchanged,
  direction: "ingress" | "egress",
): TrafficRecord {
  return {
    status: "OK",
    on,
    direction,
    source: server.address,
    destination: client.address,
    sourcePort: what.port,
    destinationPort: what.sourcePort,
    protocol: what.protocol,
    packets: what.reply.packets,
    bytes: what.reply.bytes,
    start: what.start,
    end: what.end,
    action: "ACCEPT",
    flags: what.reply.flags,
    packetSource: server.address,
    packetDestination: client.address,
    sourceService: server.service,
    destinationService: client.service,
    path: direction === "egress" ? client.path : "-",
  };
}
