import { batchConversation } from "./batch-traffic.js";
import type { AwsAccount, NetworkInterface } from "./estate.js";
import { SLOT, type VpcFilePlan } from "./plan.js";
import { production } from "./production-account.js";
import { productionConversation } from "./production-traffic.js";
import { SeededRandom } from "./random.js";
import { type SampleExtent, scheduledRecords } from "./scheduled-traffic.js";
import type { TrafficRecord, VpcRecord } from "./vpc-record.js";

const DEFAULT_HEADER =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
const V5_HEADER = `${DEFAULT_HEADER} vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path`;

/** Large enough that compression and the disk are called seldom, small enough that memory stays flat. */
const CHUNK_LINES = 1_000;

/** Where S3 delivery would put this object; its name carries the five-minute slot in which the span ends. */
export function vpcObjectKey(file: VpcFilePlan, seed: string): string {
  const { account, span } = file;
  const slot = new Date((Math.ceil(span.end / SLOT) - 1) * SLOT * 1000).toISOString();
  const folder = slot.slice(0, 10).replaceAll("-", "/");
  const stamp = slot.slice(0, 16).replaceAll(/[-:]/g, "");
  const hash = new SeededRandom(`${seed}/name/${account.id}/${span.start}/${file.part}`).hex(8);
  const name = `${account.id}_vpcflowlogs_${account.region}_${account.flowLogId}_${stamp}Z_${hash}.log.gz`;
  return `AWSLogs/${account.id}/vpcflowlogs/${account.region}/${folder}/${name}`;
}

/** The object's text in pieces: the header, then exactly the planned number of lines, roughly in order of time. */
export function* vpcObjectText(file: VpcFilePlan, extent: SampleExtent): Generator<string> {
  const line = lineWriter(file.account);
  let piece = `${file.account.format === "v5" ? V5_HEADER : DEFAULT_HEADER}\n`;
  let inPiece = 0;
  for (const record of vpcRecords(file, extent)) {
    piece += line(record);
    if (++inPiece === CHUNK_LINES) {
      yield piece;
      piece = "";
      inPiece = 0;
    }
  }
  if (piece !== "") yield piece;
}

/** Exactly the planned number of records: the scheduled ones at their times, everyday traffic between them. */
export function* vpcRecords(file: VpcFilePlan, extent: SampleExtent): Generator<VpcRecord> {
  const { account, span, lines } = file;
  // A span in several parts has its schedule in the first.
  const scheduled = file.part === 0 ? scheduledRecords(extent, account, span).slice(0, lines) : [];
  const everyday = lines - scheduled.length;
  const random = new SeededRandom(`${extent.seed}/${account.id}/${span.start}/${file.part}`);
  const conversation = account === production ? productionConversation : batchConversation;
  const longest = Math.min(account.aggregation, span.end - span.start);
  const lastStart = span.end - longest;

  let next = 0;
  let written = 0;
  while (written < everyday) {
    const time = span.start + Math.floor((written / everyday) * (lastStart - span.start));
    for (let due = scheduled[next]; due !== undefined && due.start <= time; due = scheduled[next]) {
      yield due;
      next++;
    }
    for (const record of conversation({ random, time, longest })) {
      if (written === everyday) break;
      yield record;
      written++;
    }
  }
  yield* scheduled.slice(next);
}

type LineWriter = (record: VpcRecord) => string;

function lineWriter(account: AwsAccount): LineWriter {
  return account.format === "v5" ? v5Lines(account) : defaultLines("2", account);
}

/** The 14 fields of version 2, which every line of this estate begins with. */
function defaultLines(
  version: string,
  account: AwsAccount,
  rest: (record: VpcRecord) => string = () => "",
): LineWriter {
  const heads = perInterface((on) => `${version} ${account.id} ${on.id} `);
  return (record) => {
    const head = heads(record.on);
    if (record.status !== "OK") {
      return `${head}- - - - - - - ${record.start} ${record.end} - ${record.status}${rest(record)}\n`;
    }
    const r = record;
    return `${head}${r.source} ${r.destination} ${r.sourcePort} ${r.destinationPort} ${r.protocol} ${r.packets} ${r.bytes} ${r.start} ${r.end} ${r.action} OK${rest(r)}\n`;
  };
}

/** The fields of versions 3 to 5 in the order of the AWS table. Sublocations are for Wavelength, Outposts and Local Zones only. */
function v5Lines(account: AwsAccount): LineWriter {
  const places = perInterface((on) => ` ${account.vpc.id} ${on.subnet.id} ${on.instanceId ?? "-"}`);
  const zones = perInterface((on) => `${account.region} ${on.subnet.zone} - -`);
  return defaultLines("5", account, (record) => {
    const [place, zone] = [places(record.on), zones(record.on)];
    if (record.status !== "OK") return `${place} - - - - ${zone} - - - -`;
    const r = record;
    return `${place} ${r.flags} ${ipType(r)} ${r.packetSource} ${r.packetDestination} ${zone} ${r.sourceService} ${r.destinationService} ${r.direction} ${r.path}`;
  });
}

const ipType = (record: TrafficRecord): string => (record.source.includes(":") ? "IPv6" : "IPv4");

/** Remembers the constant part of an interface's lines; the estate has a handful of interfaces. */
function perInterface(text: (on: NetworkInterface) => string): (on: NetworkInterface) => string {
  const known = new Map<NetworkInterface, string>();
  return (on) => {
    let found = known.get(on);
    if (found === undefined) {
      found = text(on);
      known.set(on, found);
    }
    return found;
  };
}
