import { batch } from "./batch-account.js";
import { ICMP, interfaceNamed, TCP, UDP } from "./estate.js";
import {
  accepted,
  type Conversation,
  datagrams,
  inside,
  ongoingTcp,
  outside,
  probe,
  rejectedAtClient,
  rejectedAtServer,
  s3,
  shortTcp,
} from "./exchange.js";
import { BRUTE_FORCERS, RESOLVER, S3_HOSTS, SCANNED_PORTS, SCANNERS, SERVICE_HOSTS } from "./internet.js";
import { WeightedChoice } from "./random.js";

const named = (name: string) => interfaceNamed(batch, name);
const workers = ["worker-1", "worker-2", "worker-3"].map(named);
const queue = named("queue-1");
const reports = named("report-db");
const windows = named("windows-1");
const publicWorker = named("worker-3");

const workerToQueue: Conversation = (at) => {
  const what = at.random.chance(0.6) ? ongoingTcp(at, 5671, 42000 + at.random.between(0, 5)) : shortTcp(at, 5671);
  return accepted(inside(at.random.pick(workers)), inside(queue), what);
};

const workerToReports: Conversation = (at) =>
  accepted(inside(at.random.pick(workers)), inside(reports), shortTcp(at, 5432, at.random.between(8, 90)));

const workerToS3: Conversation = (at) =>
  accepted(
    inside(at.random.pick(workers)),
    s3(at.random.pick(S3_HOSTS)),
    shortTcp(at, 443, at.random.between(10, 900)),
  );

const workerToInternet: Conversation = (at) =>
  accepted(inside(publicWorker), outside(at.random.pick(SERVICE_HOSTS)), shortTcp(at, 443));

/** Workers may not ask an outside resolver: their group has no rule for it. */
const workerToResolver: Conversation = (at) =>
  rejectedAtClient(inside(at.random.pick(workers)), outside(RESOLVER), probe(at, 53, UDP));

/** RDP is open to everyone: every attempt connects, fails to log on and comes again. */
const rdpBruteForce: Conversation = (at) =>
  accepted(outside(at.random.pick(BRUTE_FORCERS)), inside(windows), shortTcp(at, 3389, at.random.between(6, 12)));

/** The same hosts try other doors too, in vain. */
const bruteForcerScan: Conversation = (at) =>
  rejectedAtServer(outside(at.random.pick(BRUTE_FORCERS)), inside(windows), probe(at, at.random.pick([22, 445, 5985])));

const windowsUpdates: Conversation = (at) =>
  accepted(inside(windows), outside(at.random.pick(SERVICE_HOSTS)), shortTcp(at, 443, at.random.between(20, 200)));

const portScan: Conversation = (at) => {
  const port = at.random.chance(0.6) ? at.random.pick(SCANNED_PORTS) : at.random.between(1, 65535);
  const target = at.random.pick([windows, publicWorker]);
  return rejectedAtServer(outside(at.random.pick(SCANNERS)), inside(target), probe(at, port === 3389 ? 3390 : port));
};

/** A ping that the security group lets in; its answer stops at the network ACL, which keeps no state. */
const pingWithoutAnswer: Conversation = (at) => {
  const [request, answer] = accepted(outside(at.random.pick(SCANNERS)), inside(windows), datagrams(at, 0, ICMP, 84));
  if (request === undefined || answer === undefined) return [];
  return [request, { ...answer, action: "REJECT", path: "-" }];
};

/** Workers have no business on each other's console port: no rule, both within one VPC. */
const workerToWorker: Conversation = (at) =>
  rejectedAtClient(inside(named("worker-1")), inside(named("worker-2")), probe(at, 22, TCP));

/** Nothing in today's groups explains it: a connection to the queue's console, older than the removal of its rules. */
const outlivedRule: Conversation = (at) =>
  accepted(inside(named("worker-2")), inside(queue), ongoingTcp(at, 15672, 42777));

const mix = new WeightedChoice<Conversation>([
  [16, workerToQueue],
  [8, workerToReports],
  [10, workerToS3],
  [6, workerToInternet],
  [1, workerToResolver],
  [8, rdpBruteForce],
  [1, bruteForcerScan],
  [3, windowsUpdates],
  [22, portScan],
  [0.8, pingWithoutAnswer],
  [0.4, workerToWorker],
  [0.3, outlivedRule],
]);

/** One conversation of the batch account, drawn by how often it comes up. */
export const batchConversation: Conversation = (at) => mix.pick(at.random)(at);
