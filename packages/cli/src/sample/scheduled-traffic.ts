import { batch } from "./batch-account.js";
import { type AwsAccount, interfaceNamed, type NetworkInterface, TCP } from "./estate.js";
import {
  accepted,
  type Conversation,
  inside,
  outside,
  peered,
  probe,
  rejectedAtServer,
  s3,
  shortTcp,
  throughNat,
  uninvited,
} from "./exchange.js";
import { BEACON_TARGET, S3_HOSTS, SLOW_SCANNER, SWEEPER } from "./internet.js";
import { production } from "./production-account.js";
import { SeededRandom } from "./random.js";
import type { VpcRecord } from "./vpc-record.js";

/** A span of time, seconds since the epoch, end excluded. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/** What decides how much of each scheduled actor a sample has room for. */
export interface SampleExtent {
  readonly seed: string;
  readonly flows: number;
  readonly period: Period;
}

/** Something that happens at regular times: `index` counts its occurrences over the whole period. */
interface Actor {
  readonly name: string;
  readonly account: AwsAccount;
  readonly first: number;
  readonly interval: number;
  readonly count: number;
  readonly conversation: (index: number) => Conversation;
}

const DAY = 86_400;
/** Into the minute, so that nothing scheduled reaches over a five-minute delivery slot. */
const OFFSET = 7;
const LONGEST = 50;

const app1 = interfaceNamed(production, "app-1");
const app2 = interfaceNamed(production, "app-2");
const nat = interfaceNamed(production, "nat");
const database = interfaceNamed(production, "db-1");
const windows = interfaceNamed(batch, "windows-1");
const reports = interfaceNamed(batch, "report-db");

/** The scheduled records of an account between two times, in order of time; they depend on nothing but the arguments. */
export function scheduledRecords(extent: SampleExtent, account: AwsAccount, within: Period): readonly VpcRecord[] {
  const found: { readonly time: number; readonly records: readonly VpcRecord[] }[] = [];
  for (const actor of actors(extent)) {
    if (actor.account !== account) continue;
    const from = Math.max(0, Math.ceil((within.start - actor.first) / actor.interval));
    for (let index = from; index < actor.count; index++) {
      const time = actor.first + index * actor.interval;
      if (time >= within.end) break;
      const random = new SeededRandom(`${extent.seed}/${actor.name}/${index}`);
      found.push({ time, records: actor.conversation(index)({ random, time, longest: LONGEST }) });
    }
  }
  return found.sort((a, b) => a.time - b.time).flatMap((each) => each.records);
}

function actors(extent: SampleExtent): readonly Actor[] {
  const { flows, period } = extent;
  const length = period.end - period.start;
  /** The last `count` times before `until`, fewer when the period is too short for them. */
  const lastOnes = (interval: number, wanted: number, until = period.end) => {
    const count = Math.max(0, Math.min(wanted, Math.floor((until - period.start) / interval)));
    return { interval, count, first: until - count * interval + OFFSET };
  };
  const days = Array.from({ length: Math.ceil(length / DAY) }, (_, i) => period.start + i * DAY);
  const secondDay = period.start + DAY;

  const scan = lastOnes(420, Math.min(600, Math.floor(flows / 100)), period.end - 3600);
  const reportCount = Math.min(2160, Math.floor(flows / 100));
  const reportInterval = Math.max(60, Math.floor(length / Math.max(1, reportCount) / 60) * 60);
  const report = { first: period.start + OFFSET, interval: reportInterval, count: reportCount };
  const backupMinutes = flows < 500 ? 0 : Math.min(30, Math.max(3, Math.floor(flows / 2000)));
  const sweepSteps = Math.min(16, Math.floor(flows / 1500));

  return [
    {
      name: "beacon",
      account: production,
      ...lastOnes(300, Math.min(864, Math.floor(flows / 200))),
      conversation: () => beacon,
    },
    { name: "slow-scan", account: batch, ...scan, conversation: (i) => slowScan(i, scan.count) },
    { name: "report", account: production, ...report, conversation: () => reportFromShop("production") },
    { name: "report", account: batch, ...report, conversation: () => reportFromShop("batch") },
    ...days.map((day) => ({
      name: `backup-${day}`,
      account: production,
      ...{ first: day + 2 * 3600 + OFFSET, interval: 60, count: backupMinutes },
      conversation: (i: number) => backup(i, backupMinutes),
    })),
    ...[production, batch].map((account) => ({
      name: "sweep",
      account,
      ...{ first: secondDay + 36_960 + OFFSET, interval: 60, count: flows < 100 ? 0 : 1 },
      conversation: () => sweep(account),
    })),
    {
      name: "internal-sweep",
      account: production,
      ...{ first: secondDay + 50_700 + OFFSET, interval: 60, count: sweepSteps },
      conversation: internalSweep,
    },
    ...[production, batch].map((account) => silence(account, flows, period)),
    ...[nat, interfaceNamed(batch, "queue-1")].map((on, i) => ({
      name: "skipdata",
      account: [production, batch][i] ?? production,
      ...{ first: period.start + 39_600 + OFFSET, interval: DAY, count: flows < 1000 ? 0 : days.length },
      conversation: () => skipped(on),
    })),
  ];
}

/** A small call home at exact intervals, always of the same size. */
const beacon: Conversation = (at) => {
  const what = {
    ...shortTcp(at, 443),
    request: { packets: 6, bytes: 412, flags: 3 },
    reply: { packets: 5, bytes: 388, flags: 19 },
  };
  return throughNat(inside(app2), nat, outside(BEACON_TARGET), what, at.random.between(1024, 65535));
};

/** One port after the other, and at last the one that is open. */
const slowScan =
  (index: number, count: number): Conversation =>
  (at) => {
    const scanner = outside(SLOW_SCANNER);
    if (index === count - 1) return accepted(scanner, inside(windows), shortTcp(at, 3389, 240));
    const port = 20 + index;
    return rejectedAtServer(scanner, inside(windows), probe(at, port));
  };

/** The shop asks the report database over the peering connection: each account logs its own end of the same conversation. */
const reportFromShop =
  (side: "production" | "batch"): Conversation =>
  (at) => {
    const what = shortTcp(at, 5432, 30);
    return side === "production"
      ? accepted(inside(app1), peered(reports.address), what)
      : accepted(peered(app1.address), inside(reports), what);
  };

/** One long connection, one record each way per minute: opened in the first, closed in the last. */
const backup =
  (index: number, count: number): Conversation =>
  (at) => {
    const [opening, closing] = [index === 0, index === count - 1];
    const packets = at.random.between(580_000, 660_000);
    const what = {
      protocol: TCP,
      sourcePort: 43210,
      port: 443,
      start: at.time,
      end: at.time + LONGEST - 1,
      request: { packets, bytes: packets * 1480, flags: (opening ? 2 : 0) + (closing ? 1 : 0) },
      reply: { packets: packets >> 1, bytes: (packets >> 1) * 52, flags: (opening ? 18 : 0) + (closing ? 1 : 0) },
    };
    return accepted(inside(database), s3(S3_HOSTS[0] ?? ""), what);
  };

/** One source, one port, every host with a public address. */
const sweep =
  (account: AwsAccount): Conversation =>
  (at) =>
    account.interfaces
      .filter((each) => each.publicAddress !== undefined)
      .flatMap((each) => uninvited(outside(SWEEPER), inside(each), probe(at, 445)));

/** The compromised server looks for SSH on every address of the data subnet, sixteen a minute; few of them exist. */
const internalSweep =
  (step: number): Conversation =>
  (at) =>
    Array.from({ length: 16 }, (_, i) => step * 16 + i)
      .filter((host) => host >= 1 && host <= 254)
      .flatMap((host) => {
        const address = `10.20.20.${host}`;
        const target = production.interfaces.find((each) => each.address === address);
        const to = target === undefined ? ({ address, service: "-", path: "1" } as const) : inside(target);
        return rejectedAtServer(inside(app2), to, { ...probe(at, 22), sourcePort: at.random.between(32768, 60999) });
      });

/** The interface that nobody uses reports so, evenly spread over the period; an interval is reported at most once. */
function silence(account: AwsAccount, flows: number, period: Period): Actor {
  const on = interfaceNamed(account, "spare");
  const intervals = Math.floor((period.end - period.start) / account.aggregation);
  const count = Math.min(intervals, Math.floor(flows / 400));
  const interval = Math.floor(intervals / Math.max(1, count)) * account.aggregation;
  return {
    name: "silence",
    account,
    ...{ first: period.start, interval, count },
    conversation: () => (at) => [{ status: "NODATA", on, start: at.time, end: at.time + account.aggregation - 1 }],
  };
}

const skipped =
  (on: NetworkInterface): Conversation =>
  (at) => [{ status: "SKIPDATA", on, start: at.time, end: at.time + LONGEST - 1 }];
