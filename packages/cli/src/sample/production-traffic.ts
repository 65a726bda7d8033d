import { GRE, ICMP, interfaceNamed, TCP, UDP } from "./estate.js";
import {
  accepted,
  type Conversation,
  counted,
  datagrams,
  inside,
  insideIpv6,
  type Occasion,
  ongoingTcp,
  outside,
  probe,
  rejectedAtClient,
  rejectedAtServer,
  s3,
  shortTcp,
  throughNat,
  uninvited,
} from "./exchange.js";
import {
  BLOCKED_HOSTS,
  BRUTE_FORCERS,
  ipv6Client,
  OFFICE_HOSTS,
  RESOLVER,
  S3_HOSTS,
  SCANNED_PORTS,
  SCANNERS,
  SERVICE_HOSTS,
  TIME_SERVER,
  WEB_CLIENTS,
} from "./internet.js";
import { production } from "./production-account.js";
import { WeightedChoice } from "./random.js";

const named = (name: string) => interfaceNamed(production, name);
const webServers = ["web-1", "web-2", "web-3"].map(named);
const appServers = ["app-1", "app-2", "app-3"].map(named);
const balancers = ["balancer-a", "balancer-b"].map(named);
const publicInterfaces = [...webServers, named("bastion"), named("nat")];
const database = named("db-1");
const standby = named("db-2");
const bastion = named("bastion");
const nat = named("nat");
const reportFunction = named("report-function");
const natPort = (at: Occasion) => at.random.between(1024, 65535);

const https: Conversation = (at) =>
  accepted(
    outside(at.random.pick(WEB_CLIENTS)),
    inside(at.random.pick(webServers)),
    fromAnyPort(at, shortTcp(at, 443)),
  );

const httpsOverIpv6: Conversation = (at) =>
  accepted(outside(ipv6Client(at.random)), insideIpv6(at.random.pick(webServers)), fromAnyPort(at, shortTcp(at, 443)));

const http: Conversation = (at) =>
  accepted(
    outside(at.random.pick(WEB_CLIENTS)),
    inside(at.random.pick(webServers)),
    fromAnyPort(at, shortTcp(at, 80, 5)),
  );

const webToBalancer: Conversation = (at) =>
  accepted(inside(at.random.pick(webServers)), inside(at.random.pick(balancers)), shortTcp(at, 80));

const balancerToApp: Conversation = (at) =>
  accepted(inside(at.random.pick(balancers)), inside(at.random.pick(appServers)), shortTcp(at, 8080));

const healthCheck: Conversation = (at) =>
  accepted(inside(at.random.pick(balancers)), inside(at.random.pick(appServers)), shortTcp(at, 8080, 5));

const appToDatabase: Conversation = (at) => {
  const app = at.random.pick(appServers);
  // Half of it is the connection pool: connections that stay open for days, seen once per interval.
  const what = at.random.chance(0.5) ? shortTcp(at, 5432) : ongoingTcp(at, 5432, 41000 + at.random.between(0, 9));
  return accepted(inside(app), inside(database), what);
};

const replication: Conversation = (at) => accepted(inside(database), inside(standby), ongoingTcp(at, 5432, 40022));

const appToInternet: Conversation = (at) =>
  throughNat(
    inside(at.random.pick(appServers)),
    nat,
    outside(at.random.pick(SERVICE_HOSTS)),
    shortTcp(at, 443),
    natPort(at),
  );

const appToS3: Conversation = (at) =>
  accepted(
    inside(at.random.pick(appServers)),
    s3(at.random.pick(S3_HOSTS)),
    shortTcp(at, 443, at.random.between(10, 300)),
  );

const dns: Conversation = (at) => {
  const what = datagrams(at, 53, UDP, 70);
  if (at.random.chance(0.6)) return accepted(inside(at.random.pick(webServers)), outside(RESOLVER), what);
  return throughNat(inside(at.random.pick([...appServers, database])), nat, outside(RESOLVER), what, natPort(at));
};

const time: Conversation = (at) => {
  const what = { ...datagrams(at, 123, UDP, 76), sourcePort: 123 };
  return accepted(inside(at.random.pick([...webServers])), outside(TIME_SERVER), what);
};

const portScan: Conversation = (at) =>
  uninvited(outside(at.random.pick(SCANNERS)), inside(at.random.pick(publicInterfaces)), scanned(at));

const greScan: Conversation = (at) =>
  rejectedAtServer(outside(at.random.pick(SCANNERS)), inside(at.random.pick(webServers)), probe(at, 0, GRE));

const sshBruteForce: Conversation = (at) =>
  rejectedAtServer(outside(at.random.pick(BRUTE_FORCERS)), inside(bastion), probe(at, 22));

const blockedByNetworkAcl: Conversation = (at) =>
  rejectedAtServer(outside(at.random.pick(BLOCKED_HOSTS)), inside(at.random.pick(webServers)), probe(at, 443));

const administrator: Conversation = (at) => {
  if (at.random.chance(0.5))
    return accepted(outside(at.random.pick(OFFICE_HOSTS)), inside(bastion), shortTcp(at, 22, 60));
  return accepted(inside(bastion), inside(at.random.pick([...webServers, ...appServers])), shortTcp(at, 22, 50));
};

const ping: Conversation = (at) =>
  accepted(outside(at.random.pick(OFFICE_HOSTS)), inside(at.random.pick(webServers)), datagrams(at, 0, ICMP, 84));

const unwantedPing: Conversation = (at) =>
  rejectedAtServer(outside(at.random.pick(SCANNERS)), inside(at.random.pick(webServers)), probe(at, 0, ICMP));

/** A report on a web server asks the database directly: the group allows the whole VPC, the data subnet's network ACL does not. */
const webToDatabase: Conversation = (at) =>
  rejectedAtServer(inside(named("web-2")), inside(database), {
    ...probe(at, 5432),
    sourcePort: at.random.between(32768, 60999),
  });

/** The database's group lets only backups out. */
const databaseToMirror: Conversation = (at) =>
  rejectedAtClient(inside(database), outside(at.random.pick(SERVICE_HOSTS)), probe(at, 443));

/** A packet of the client that arrives after the connection was closed: rejected although a rule allows it. */
const latePacket: Conversation = (at) => {
  const client = outside(at.random.pick(WEB_CLIENTS));
  const server = inside(at.random.pick(webServers));
  const what = {
    ...shortTcp({ ...at, longest: Math.ceil(at.longest / 2) }, 443),
    sourcePort: at.random.between(1024, 65535),
  };
  const late = { ...what, start: what.end, end: what.end + 1, request: counted(at.random, 1, 40, 4) };
  return [...accepted(client, server, what), ...rejectedAtServer(client, server, late)];
};

const fromGoneInterface: Conversation = (at) =>
  throughNat(inside(reportFunction), nat, outside(at.random.pick(SERVICE_HOSTS)), shortTcp(at, 443), natPort(at));

const mix = new WeightedChoice<Conversation>([
  [30, https],
  [4, httpsOverIpv6],
  [3, http],
  [8, webToBalancer],
  [8, balancerToApp],
  [3, healthCheck],
  [8, appToDatabase],
  [1, replication],
  [5, appToInternet],
  [3, appToS3],
  [4, dns],
  [1.5, time],
  [24, portScan],
  [0.3, greScan],
  [4, sshBruteForce],
  [2, blockedByNetworkAcl],
  [1, administrator],
  [0.6, ping],
  [0.6, unwantedPing],
  [0.6, webToDatabase],
  [0.4, databaseToMirror],
  [0.6, latePacket],
  [0.3, fromGoneInterface],
]);

/** One conversation of the production account, drawn by how often it comes up. */
export const productionConversation: Conversation = (at) => mix.pick(at.random)(at);

function scanned(at: Occasion) {
  const port = at.random.chance(0.6) ? at.random.pick(SCANNED_PORTS) : at.random.between(1, 65535);
  return probe(at, OPEN_TO_ALL.has(port) ? 8081 : port, at.random.chance(0.06) ? UDP : TCP);
}

/** A scan of these would be let in. */
const OPEN_TO_ALL: ReadonlySet<number> = new Set([80, 443]);

/** Clients behind home routers use any port above the well-known ones. */
function fromAnyPort<T extends { readonly sourcePort: number }>(at: Occasion, what: T): T {
  return { ...what, sourcePort: at.random.between(1024, 65535) };
}
