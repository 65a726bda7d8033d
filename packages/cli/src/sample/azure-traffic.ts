import { type AzureNic, apiNic, PLATFORM_ACL, PLATFORM_ADDRESS, sqlNic, webNic } from "./azure-estate.js";
import { TCP, UDP } from "./estate.js";
import { OFFICE_HOSTS, SCANNED_PORTS, SCANNERS, SERVICE_HOSTS, WEB_CLIENTS } from "./internet.js";
import { type SeededRandom, WeightedChoice } from "./random.js";

/** One report about one flow, before it is written in either tuple layout. */
export interface TupleRecord {
  /** ms since the epoch. */
  readonly time: number;
  /** `PLATFORM_ACL`, or the name of a network security group. */
  readonly acl: string;
  readonly rule: string;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly direction: "I" | "O";
  readonly state: "B" | "C" | "E" | "D";
  /** Source to destination and back since the flow's previous report; all 0 on B and D. */
  readonly counters: readonly [packetsOut: number, bytesOut: number, packetsIn: number, bytesIn: number];
}

type Flow = Omit<TupleRecord, "time" | "state" | "counters">;
type AzureConversation = (random: SeededRandom) => { readonly flow: Flow; readonly denied: boolean };

const NOTHING = [0, 0, 0, 0] as const;

/** The reports of one flow that begins at `time` (ms): B, sometimes C, E; or D alone. They spread over up to three minutes. */
export function azureFlow(nic: AzureNic, random: SeededRandom, time: number): readonly TupleRecord[] {
  const { flow, denied } = (mixes.get(nic) ?? legacyMix(nic)).pick(random)(random);
  if (denied) return [{ ...flow, time, state: "D", counters: NOTHING }];
  const reports: TupleRecord[] = [{ ...flow, time, state: "B", counters: NOTHING }];
  let at = time;
  for (let continued = random.chance(0.15) ? 2 : 0; continued > 0; continued--) {
    at += random.between(20_000, 60_000);
    reports.push({ ...flow, time: at, state: "C", counters: counters(random, 200) });
  }
  // The last report carries what came since the one before, not the whole.
  reports.push({ ...flow, time: at + random.between(300, 50_000), state: "E", counters: counters(random, 40) });
  return reports;
}

function counters(random: SeededRandom, most: number): TupleRecord["counters"] {
  const [packetsOut, packetsIn] = [random.between(1, most), random.between(1, most)];
  return [packetsOut, packetsOut * random.between(54, 300), packetsIn, packetsIn * random.between(54, 1200)];
}

const port = (random: SeededRandom) => random.between(32768, 60999);
const scannedPort = (random: SeededRandom) =>
  random.chance(0.6) ? random.pick(SCANNED_PORTS) : random.between(1, 65535);

/** A conversation between this NIC and another end, decided by `rule`. */
function between(
  nic: AzureNic,
  direction: "I" | "O",
  rule: string,
  other: (random: SeededRandom) => string,
  to: number | ((random: SeededRandom) => number),
  protocol = TCP,
): AzureConversation {
  const denied = rule.includes("Deny");
  return (random) => {
    const peer = other(random);
    return {
      denied,
      flow: {
        acl: rule === "PlatformRule" ? PLATFORM_ACL : nic.nsg.name,
        rule,
        source: direction === "I" ? peer : nic.address,
        destination: direction === "I" ? nic.address : peer,
        sourcePort: denied && direction === "I" ? random.between(1024, 65535) : port(random),
        destinationPort: typeof to === "number" ? to : to(random),
        protocol,
        direction,
      },
    };
  };
}

const oneOf = (addresses: readonly string[]) => (random: SeededRandom) => random.pick(addresses);
const always = (address: string) => () => address;

/** Everything that a server does for itself: names, updates. */
const everyServer = (nic: AzureNic) =>
  [
    [1, between(nic, "O", "PlatformRule", always(PLATFORM_ADDRESS), 53, UDP)],
    [0.5, between(nic, "I", "PlatformRule", always(PLATFORM_ADDRESS), 80)],
    [2, between(nic, "O", "DefaultRule_AllowInternetOutBound", oneOf(SERVICE_HOSTS), 443)],
  ] as const;

const scanned = (nic: AzureNic) =>
  between(nic, "I", "DefaultRule_DenyAllInBound", oneOf(SCANNERS), (random) => {
    const wanted = scannedPort(random);
    return wanted === 443 ? 8443 : wanted;
  });

const mixes: ReadonlyMap<AzureNic, WeightedChoice<AzureConversation>> = new Map([
  [
    webNic,
    new WeightedChoice<AzureConversation>([
      [30, between(webNic, "I", "UserRule_AllowHttpsInBound", oneOf(WEB_CLIENTS), 443)],
      [0.5, between(webNic, "I", "UserRule_AllowSshFromOffice", oneOf(OFFICE_HOSTS), 22)],
      [14, between(webNic, "O", "DefaultRule_AllowVnetOutBound", always(apiNic.address), 8080)],
      [25, scanned(webNic)],
      ...everyServer(webNic),
    ]),
  ],
  [
    apiNic,
    new WeightedChoice<AzureConversation>([
      [14, between(apiNic, "I", "UserRule_AllowApiFromWeb", always(webNic.address), 8080)],
      [12, between(apiNic, "O", "DefaultRule_AllowVnetOutBound", always(sqlNic.address), 1433)],
      [0.5, between(apiNic, "I", "UserRule_DenyVnetInBound", always(webNic.address), 22)],
      ...everyServer(apiNic),
    ]),
  ],
  [
    sqlNic,
    new WeightedChoice<AzureConversation>([
      [12, between(sqlNic, "I", "UserRule_AllowSqlFromApi", always(apiNic.address), 1433)],
      [1, between(sqlNic, "I", "UserRule_DenyVnetInBound", always(webNic.address), 1433)],
      [1, between(sqlNic, "O", "UserRule_DenyInternetOutBound", oneOf(SERVICE_HOSTS), 443)],
      [0.7, between(sqlNic, "O", "PlatformRule", always(PLATFORM_ADDRESS), 53, UDP)],
    ]),
  ],
]);

const legacy = new WeakMap<AzureNic, WeightedChoice<AzureConversation>>();

/** A server of the kind that only its network security group logs. Such logs know no platform rule. */
function legacyMix(nic: AzureNic): WeightedChoice<AzureConversation> {
  let mix = legacy.get(nic);
  if (mix === undefined) {
    mix = new WeightedChoice<AzureConversation>([
      [5, between(nic, "I", "UserRule_AllowHttpsInBound", oneOf(WEB_CLIENTS), 443)],
      [6, scanned(nic)],
      [2, between(nic, "O", "DefaultRule_AllowInternetOutBound", oneOf(SERVICE_HOSTS), 443)],
    ]);
    legacy.set(nic, mix);
  }
  return mix;
}
