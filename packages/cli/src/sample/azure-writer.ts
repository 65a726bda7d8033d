import {
  AZURE_REGION,
  type AzureNic,
  FLOW_LOG,
  FLOW_LOG_GUID,
  PLATFORM_ACL,
  RESOURCE_GROUP,
  SUBSCRIPTION,
  VNET,
} from "./azure-estate.js";
import { azureFlow, type TupleRecord } from "./azure-traffic.js";
import { TCP } from "./estate.js";
import { SeededRandom } from "./random.js";
import type { Period } from "./scheduled-traffic.js";

const MINUTES = 60;
const MINUTE = 60_000;
/** ms; a minute is logged within this time before its end, so its tuples end there too. */
const LOGGED_EARLY = 1_000;
const NETWORK = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${RESOURCE_GROUP}/providers/Microsoft.Network`;

/** How many tuples of a NIC to write for an hour. */
export interface BlobContent {
  readonly nic: AzureNic;
  readonly hour: Period;
  readonly tuples: number;
  readonly seed: string;
}

export function vnetBlobName(nic: AzureNic, hour: Period): string {
  const flowLog = `${SUBSCRIPTION}_NETWORKWATCHERRG/NETWORKWATCHER_${AZURE_REGION}_${FLOW_LOG}`.toUpperCase();
  return `insights-logs-flowlogflowevent/flowLogResourceID=/${flowLog}/${hourPath(nic, hour)}`;
}

export function nsgBlobName(nic: AzureNic, hour: Period): string {
  return `insights-logs-networksecuritygroupflowevent/resourceId=${nsgId(nic).toUpperCase()}/${hourPath(nic, hour)}`;
}

/** A VNet flow log (version 4) of an hour in pieces: one record a minute, its tuples grouped by ACL and rule. */
export function vnetBlobText(content: BlobContent): Generator<string> {
  const { nic } = content;
  const flowLogId =
    `/subscriptions/${SUBSCRIPTION}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_${AZURE_REGION}/flowLogs/${FLOW_LOG}`.toUpperCase();
  return blobText(content, (time, tuples) => ({
    time,
    flowLogGUID: FLOW_LOG_GUID,
    macAddress: nic.mac,
    category: "FlowLogFlowEvent",
    flowLogResourceID: flowLogId,
    targetResourceID: `${NETWORK}/virtualNetworks/${VNET}`,
    flowLogVersion: 4,
    operationName: "FlowLogFlowEvent",
    flowRecords: {
      flows: grouped(tuples, (tuple) => tuple.acl).map(([acl, ofAcl]) => ({
        aclID: acl === PLATFORM_ACL ? acl : nsgId(nic),
        flowGroups: grouped(ofAcl, (tuple) => tuple.rule).map(([rule, ofRule]) => ({
          rule,
          flowTuples: ofRule.map(vnetTuple),
        })),
      })),
    },
  }));
}

/** An NSG flow log (version 2) of an hour in pieces. */
export function nsgBlobText(content: BlobContent): Generator<string> {
  const { nic } = content;
  return blobText(content, (time, tuples) => ({
    time,
    systemId: FLOW_LOG_GUID,
    macAddress: nic.mac,
    category: "NetworkSecurityGroupFlowEvent",
    resourceId: nsgId(nic).toUpperCase(),
    operationName: "NetworkSecurityGroupFlowEvents",
    properties: {
      Version: 2,
      flows: grouped(tuples, (tuple) => tuple.rule).map(([rule, ofRule]) => ({
        rule,
        flows: [{ mac: nic.mac, flowTuples: ofRule.map(nsgTuple) }],
      })),
    },
  }));
}

function vnetTuple(t: TupleRecord): string {
  return `${t.time},${t.source},${t.destination},${t.sourcePort},${t.destinationPort},${t.protocol},${t.direction},${t.state},NX,${t.counters.join(",")}`;
}

/** Denied flows read `D,B`; counters are empty where nothing was counted; times are whole seconds. */
function nsgTuple(t: TupleRecord): string {
  const ends = `${Math.floor(t.time / 1000)},${t.source},${t.destination},${t.sourcePort},${t.destinationPort}`;
  const decided = `${t.protocol === TCP ? "T" : "U"},${t.direction},${t.state === "D" ? "D,B" : `A,${t.state}`}`;
  return `${ends},${decided},${t.state === "B" || t.state === "D" ? ",,," : t.counters.join(",")}`;
}

function* blobText(
  content: BlobContent,
  record: (time: string, tuples: readonly TupleRecord[]) => unknown,
): Generator<string> {
  let separator = '{"records":[';
  const random = new SeededRandom(`${content.seed}/${content.nic.mac}/${content.hour.start}/logged`);
  for (const { end, tuples } of minutes(content)) {
    // To seven digits, as Azure prints it.
    const time = new Date(end - random.between(1, LOGGED_EARLY))
      .toISOString()
      .replace("Z", `${random.between(1000, 9999)}Z`);
    yield `${separator}${JSON.stringify(record(time, tuples))}`;
    separator = ",";
  }
  yield "]}";
}

/**
 * Exactly the planned tuples, minute by minute. A flow's later reports wait for their minute; what the hour or its number of tuples
 * cuts off is missing from the log, as it is in real logs, where B and E of a flow often lie in different blobs.
 */
function* minutes(content: BlobContent): Generator<{ readonly end: number; readonly tuples: readonly TupleRecord[] }> {
  const { nic, hour, tuples: total, seed } = content;
  const random = new SeededRandom(`${seed}/${nic.mac}/${hour.start}`);
  let waiting: TupleRecord[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    const start = hour.start * 1000 + minute * MINUTE;
    const end = start + MINUTE;
    const room = Math.floor((total * (minute + 1)) / MINUTES) - Math.floor((total * minute) / MINUTES);
    // The minute before this one was logged up to a second early.
    const due = waiting.filter((tuple) => tuple.time >= start - LOGGED_EARLY && tuple.time < end - LOGGED_EARLY);
    waiting = waiting.filter((tuple) => tuple.time >= end - LOGGED_EARLY);
    const tuples = due.slice(0, room);
    while (tuples.length < room) {
      for (const tuple of azureFlow(nic, random, start + random.between(0, 57_000))) {
        if (tuple.time >= end - LOGGED_EARLY) waiting.push(tuple);
        else if (tuples.length < room) tuples.push(tuple);
      }
    }
    if (tuples.length > 0) yield { end, tuples: tuples.sort((a, b) => a.time - b.time) };
  }
}

function grouped<T>(items: readonly T[], key: (item: T) => string): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups];
}

function nsgId(nic: AzureNic): string {
  return `${NETWORK}/networkSecurityGroups/${nic.nsg.name}`;
}

function hourPath(nic: AzureNic, hour: Period): string {
  const [day = "", time = ""] = new Date(hour.start * 1000).toISOString().split("T");
  const [year, month, date] = day.split("-");
  return `y=${year}/m=${month}/d=${date}/h=${time.slice(0, 2)}/m=00/macAddress=${nic.mac}/PT1H.json`;
}
