import { join } from "node:path";
import type { InventorySnapshot } from "@tributary/context";
import {
  allRows,
  DuckDbEngine,
  type Lake,
  QueryCatalogue,
  type QueryValues,
  runSavedQuery,
  storeInventory,
} from "@tributary/lake";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COLLECTED, group, networkInterface, rule, snapshot } from "./inventory-fixture.js";
import { awkwardFolder, flow, inputState, NOON, openLake, PARTITION, StagedCommit, spool } from "./lake-fixture.js";

const queriesFolder = join(import.meta.dirname, "..", "..", "queries");
const catalogue = await QueryCatalogue.read(queriesFolder);

let lake: Lake;
let engine: DuckDbEngine;
afterEach(async () => {
  await engine.close();
  await lake.close();
});

type Row = Readonly<Record<string, unknown>>;

/** A lake with these flows on 21 November 2026, and an engine on it. */
async function lakeOf(
  documents: readonly Row[],
  inputs = [inputState("a.log")],
  days: Readonly<Record<string, readonly Row[]>> = {},
) {
  lake = await openLake(awkwardFolder());
  const commit = new StagedCommit(lake);
  for (const [eventDay, rows] of Object.entries({ [PARTITION.eventDay]: documents, ...days })) {
    if (rows.length === 0) continue;
    const file = spool(join(lake.folder, ".."), rows);
    await commit.addDocuments({ ...PARTITION, eventDay }, file, [
      { input: commit.inputNumber("a.log"), documents: rows.length },
    ]);
  }
  await commit.finish({ inputs });
  engine = await DuckDbEngine.open({ lake, viewsFolder: join(queriesFolder, "views"), threads: 1 });
}

/** Rows of a saved query as objects. */
async function ask(name: string, values: QueryValues = {}): Promise<Row[]> {
  const result = await runSavedQuery(engine, catalogue.get(name), values);
  const rows = await allRows(result);
  return rows.map((row) => Object.fromEntries(result.columns.map((column, index) => [column.name, row[index]])));
}

/** Some columns of the rows. */
const pick = (rows: readonly Row[], ...names: readonly string[]) => rows.map((row) => names.map((name) => row[name]));

const inbound = (src: string, dport: number, more: Row = {}): Row =>
  flow({
    src_endpoint: { ip: src, port: 50_000 },
    dst_endpoint: { ip: "10.0.0.5", port: dport, instance_uid: "i-1" },
    ...more,
  });
const rejected = { action: "Denied", action_id: 2, traffic: { bytes: 40, packets: 1 } };
const later = (minutes: number) => ({ time: NOON + minutes * 60_000 });

describe("every saved query", () => {
  beforeEach(async () => lakeOf([flow()]));

  it.each(catalogue.list().map(({ name }) => name))("%s runs with its defaults", async (name) => {
    await ask(name);
  });

  it.each(
    catalogue
      .list()
      .filter(({ localOnly }) => !localOnly)
      .map(({ name }) => name),
  )("%s looks at a bounded number of days, 7 by default", (name) => {
    const { text, parameters } = catalogue.get(name);
    expect(parameters).toContainEqual(expect.objectContaining({ name: "days", type: "integer", default: "7" }));
    expect(text).toContain(
      "eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')",
    );
  });
});

describe("on an empty lake", () => {
  it.each(catalogue.list().map(({ name }) => name))("%s has no rows", async (name) => {
    await lakeOf([], []);
    expect(await ask(name)).toEqual([]);
  });
});

it("days count back from the newest day in the lake", async () => {
  const on = (day: number) => [flow({ time: Date.UTC(2026, 10, day), src_endpoint: { ip: `198.51.100.${day}` } })];
  await lakeOf(on(21), undefined, { "20261115": on(15), "20261114": on(14) });
  expect((await ask("top-talkers")).map(({ src }) => src)).toEqual(["198.51.100.15", "198.51.100.21"]);
  expect((await ask("top-talkers", { days: "1" })).map(({ src }) => src)).toEqual(["198.51.100.21"]);
  expect((await ask("top-talkers", { days: "8" })).length).toBe(3);
  expect((await ask("top-talkers", { today: "2026-11-14", days: "1" })).map(({ src }) => src)).toEqual([
    "198.51.100.14",
  ]);
});

it("top-talkers adds up what each source sent", async () => {
  await lakeOf([
    inbound("198.51.100.1", 443),
    inbound("198.51.100.1", 80),
    inbound("198.51.100.2", 443, { traffic: { bytes: 5000, packets: 4 } }),
  ]);
  expect(await ask("top-talkers", { rows: "2" })).toEqual([
    { src: "198.51.100.2", src_name: null, src_scope: "internet", bytes: 5000, packets: 4, flows: 1, destinations: 1 },
    { src: "198.51.100.1", src_name: null, src_scope: "internet", bytes: 2000, packets: 20, flows: 2, destinations: 1 },
  ]);
});

it("top-destinations tells ports apart and names the machine", async () => {
  await lakeOf([inbound("198.51.100.1", 443), inbound("198.51.100.2", 443), inbound("198.51.100.2", 80)]);
  expect(await ask("top-destinations")).toEqual([
    {
      dst: "10.0.0.5",
      dst_name: "i-1",
      dst_scope: "internal",
      dport: 443,
      proto: "6",
      bytes: 2000,
      flows: 2,
      sources: 2,
    },
    {
      dst: "10.0.0.5",
      dst_name: "i-1",
      dst_scope: "internal",
      dport: 80,
      proto: "6",
      bytes: 1000,
      flows: 1,
      sources: 1,
    },
  ]);
});

it("rejected-sources counts what each source was refused", async () => {
  await lakeOf([
    inbound("198.51.100.1", 22, rejected),
    inbound("198.51.100.1", 23, { ...rejected, ...later(5) }),
    inbound("198.51.100.1", 23, rejected),
    inbound("198.51.100.2", 443),
  ]);
  expect(await ask("rejected-sources")).toEqual([
    {
      src: "198.51.100.1",
      src_name: null,
      src_scope: "internet",
      rejected: 3,
      targets: 1,
      ports: 2,
      no_rule: 0,
      network_acl: 0,
      elsewhere: 0,
      first_seen: "2026-11-21 12:00:00.000",
      last_seen: "2026-11-21 12:05:00.000",
    },
  ]);
});

it("accepted-rejected-over-time counts by hour, or another unit", async () => {
  await lakeOf([flow(), flow(rejected), flow(later(60))]);
  expect(await ask("accepted-rejected-over-time")).toEqual([
    { period: "2026-11-21 12:00:00.000", accepted: 1, rejected: 1, bytes: 1040 },
    { period: "2026-11-21 13:00:00.000", accepted: 1, rejected: 0, bytes: 1000 },
  ]);
  expect(await ask("accepted-rejected-over-time", { unit: "day" })).toEqual([
    { period: "2026-11-21 00:00:00.000", accepted: 2, rejected: 1, bytes: 2040 },
  ]);
});

it("remote-access-from-internet shows accepted logins from the internet with their rule", async () => {
  const tcp = { connection_info: { direction: "Inbound", direction_id: 1, protocol_num: 6, protocol_name: "tcp" } };
  const named = { firewall_rule: { uid: "sgr-1", name: "sg-1 tcp 22 from 0.0.0.0/0" } };
  await lakeOf([
    inbound("198.51.100.1", 22, { ...tcp, ...named }),
    inbound("198.51.100.2", 22, { ...tcp, ...named }),
    inbound("198.51.100.2", 22, { ...tcp, ...rejected }),
    inbound("10.0.0.9", 3389, { ...tcp, unmapped: { src_scope: "internal" } }),
    inbound("198.51.100.2", 443, tcp),
  ]);
  expect(await ask("remote-access-from-internet")).toEqual([
    expect.objectContaining({
      dst: "10.0.0.5",
      dst_name: "i-1",
      service: "SSH",
      dport: 22,
      rule: "sg-1 tcp 22 from 0.0.0.0/0",
      flows: 2,
      sources: 2,
    }),
  ]);
});

it("databases-from-internet puts accepted ones first", async () => {
  await lakeOf([inbound("198.51.100.1", 5432, rejected), inbound("198.51.100.1", 27017), inbound("198.51.100.1", 443)]);
  expect((await ask("databases-from-internet")).map(({ service, action, flows }) => [service, action, flows])).toEqual([
    ["MongoDB", "Allowed", 1],
    ["PostgreSQL", "Denied", 1],
  ]);
});

it("large-transfers adds up a day's bytes of a pair", async () => {
  const half = { traffic: { bytes: 600_000, packets: 1 } };
  await lakeOf([
    inbound("198.51.100.1", 443, half),
    inbound("198.51.100.1", 80, half),
    inbound("198.51.100.2", 443, half),
  ]);
  expect(await ask("large-transfers")).toEqual([]);
  expect(await ask("large-transfers", { megabytes: "1" })).toEqual([
    expect.objectContaining({ eventday: "20261121", src: "198.51.100.1", dst: "10.0.0.5", bytes: 1_200_000, flows: 2 }),
  ]);
});

it("address finds an address at both ends and on the way, IPv6 however it is written", async () => {
  const v6 = { src_endpoint: { ip: "2001:db8::1", port: 1 }, dst_endpoint: { ip: "2001:db8::2", port: 2 } };
  await lakeOf([
    inbound("198.51.100.1", 443),
    flow({
      src_endpoint: { ip: "10.0.0.9" },
      dst_endpoint: { ip: "203.0.113.9", intermediate_ips: ["198.51.100.1"] },
      ...later(1),
    }),
    flow({ ...v6, ...later(2) }),
    inbound("198.51.100.2", 443),
  ]);
  expect(
    (await ask("address", { address: "198.51.100.1" })).map(({ time, role, dst_via }) => [time, role, dst_via]),
  ).toEqual([
    ["2026-11-21 12:01:00.000", "received", "198.51.100.1"],
    ["2026-11-21 12:00:00.000", "sent", null],
  ]);
  expect(await ask("address", { address: "2001:DB8:0:0::2" })).toEqual([
    expect.objectContaining({ src: "2001:db8::1", role: "received" }),
  ]);
});

it("conversation is the same in either order", async () => {
  await lakeOf([inbound("198.51.100.1", 443), inbound("198.51.100.1", 443), inbound("198.51.100.2", 443)]);
  const rows = await ask("conversation", { one: "198.51.100.1", other: "10.0.0.5" });
  expect(rows).toEqual([
    expect.objectContaining({ src: "198.51.100.1", dst: "10.0.0.5", dport: 443, flows: 2, bytes: 2000 }),
  ]);
  expect(await ask("conversation", { one: "10.0.0.5", other: "198.51.100.1" })).toEqual(rows);
});

it("port-scan counts different ports of one target, without those of replies", async () => {
  const ports = Array.from({ length: 20 }, (_, index) => inbound("198.51.100.1", 1 + index, index < 5 ? {} : rejected));
  const replies = Array.from({ length: 30 }, (_, index) => inbound("198.51.100.2", 40_000 + index));
  await lakeOf([...ports, ...replies, inbound("198.51.100.3", 1)]);
  expect(await ask("port-scan")).toEqual([
    expect.objectContaining({ src: "198.51.100.1", dst: "10.0.0.5", ports: 20, rejected: 15, accepted: 5 }),
  ]);
  expect(await ask("port-scan", { ports: "21" })).toEqual([]);
});

it("host-sweep counts different targets of one port", async () => {
  const targets = Array.from({ length: 20 }, (_, index) =>
    flow({ src_endpoint: { ip: "198.51.100.1" }, dst_endpoint: { ip: `10.0.1.${index}`, port: 445 }, ...rejected }),
  );
  await lakeOf([...targets, inbound("198.51.100.2", 445)]);
  expect(await ask("host-sweep")).toEqual([
    expect.objectContaining({ src: "198.51.100.1", dport: 445, hosts: 20, rejected: 20, accepted: 0 }),
  ]);
});

it("traffic-by-account compares clouds and accounts", async () => {
  const azure = { cloud: { provider: "Azure", account: { uid: "sub-1" } } };
  await lakeOf([flow(), flow(), flow(rejected), flow({ ...azure, traffic: null })]);
  expect(
    (await ask("traffic-by-account")).map(({ cloud, account, flows, bytes, rejected_percent }) => [
      cloud,
      account,
      flows,
      bytes,
      rejected_percent,
    ]),
  ).toEqual([
    ["AWS", "111122223333", 3, 2040, 33.3],
    ["Azure", "sub-1", 1, null, 0],
  ]);
});

it("unusual-protocols leaves TCP, UDP and ICMP out, named or numbered", async () => {
  const of = (protocol_num: number, protocol_name?: string) =>
    flow({ connection_info: { protocol_num, protocol_name } });
  await lakeOf([of(6, "tcp"), of(6), of(17, "udp"), of(1, "ICMP"), of(58, "ipv6-icmp"), of(47, "gre"), of(253)]);
  expect((await ask("unusual-protocols")).map(({ proto, flows }) => [proto, flows])).toEqual([
    ["253", 1],
    ["gre", 1],
  ]);
});

it("internet-inbound-by-rule shows how much each rule lets in", async () => {
  const named = { firewall_rule: { uid: "sgr-1" } };
  await lakeOf([
    inbound("198.51.100.1", 443, named),
    inbound("198.51.100.2", 443, named),
    inbound("198.51.100.2", 443, rejected),
  ]);
  expect(await ask("internet-inbound-by-rule")).toEqual([
    expect.objectContaining({
      rule: "sgr-1",
      dport: 443,
      flows: 2,
      sources: 2,
      destinations: 1,
    }),
  ]);
});

it("rejected-then-accepted wants that order", async () => {
  await lakeOf([
    inbound("198.51.100.1", 22, rejected),
    inbound("198.51.100.1", 22, later(10)),
    inbound("198.51.100.2", 22),
    inbound("198.51.100.2", 22, { ...rejected, ...later(10) }),
  ]);
  expect(await ask("rejected-then-accepted")).toEqual([
    expect.objectContaining({
      src: "198.51.100.1",
      dport: 22,
      first_rejected: "2026-11-21 12:00:00.000",
      last_accepted: "2026-11-21 12:10:00.000",
    }),
  ]);
});

it("silences finds where an account's log stopped", async () => {
  await lakeOf([flow(), flow(later(10)), flow(later(70)), flow(later(80))]);
  expect(await ask("silences")).toEqual([
    {
      account: "111122223333",
      silent_from: "2026-11-21 12:10:00.000",
      silent_until: "2026-11-21 13:10:00.000",
      minutes: 60,
    },
  ]);
});

it("duplicates counts flows that came more than once", async () => {
  const twice = { metadata: { uid: "same" } };
  await lakeOf([flow(twice), flow(twice), flow()]);
  expect(await ask("duplicates")).toEqual([
    { accountid: "111122223333", eventday: "20261121", flows: 3, duplicates: 1 },
  ]);
});

it("gaps-and-parked lists inputs with something to look at", async () => {
  const flows = { read: 5, delivered: 1, skipped: { nodata: 1, skipdata: 2 }, parked: { "bad-field": 1 } };
  await lakeOf(
    [flow()],
    [inputState("a.log", { flows }), inputState("b.log"), inputState("c.log", { complete: false })],
  );
  expect(await ask("gaps-and-parked")).toEqual([
    {
      path: "a.log",
      kind: "vpc-file",
      complete: true,
      flows_read: 5,
      delivered: 1,
      skipped: 3,
      parked: 1,
      skipdata: 2,
      nodata: 1,
      last_commit_at: "2026-11-21 13:00:00.000",
    },
    {
      path: "c.log",
      kind: "vpc-file",
      complete: false,
      flows_read: 1,
      delivered: 1,
      skipped: 0,
      parked: 0,
      skipdata: null,
      nodata: null,
      last_commit_at: "2026-11-21 13:00:00.000",
    },
  ]);
});

/** A flow with the context of an inventory. */
function explained(
  src: string,
  dport: number,
  verdict: string,
  rules: readonly string[],
  {
    groups = ["sg-web"],
    unmapped = {},
    cut = false,
    ...more
  }: Row & { groups?: readonly string[]; cut?: boolean } = {},
): Row {
  const data = JSON.stringify({ groups, rules, ...(cut ? { rules_truncated: true } : {}) });
  return inbound(src, dport, {
    dst_endpoint: { ip: "10.0.0.5", port: dport, interface_uid: "eni-1" },
    enrichments: [{ name: "unmapped.sg_verdict", value: verdict, data }],
    unmapped: { sg_verdict: verdict, src_scope: "internet", dst_scope: "internal", ...(unmapped as object) },
    ...more,
  });
}
const likely = { unmapped: { sg_likely: "true" } };

/** The same lake with an inventory. */
async function withInventory(changes: Partial<InventorySnapshot> = {}): Promise<void> {
  await engine.close();
  await storeInventory(lake.folder, [snapshot(changes)]);
  engine = await DuckDbEngine.open({ lake, viewsFolder: join(queriesFolder, "views"), threads: 1 });
}

const web = group("sg-web", [
  rule("sgr-https", { description: "the shop" }),
  rule("sgr-wide", { fromPort: 1, toPort: 1024, peer: { kind: "cidr", cidr: "198.51.100.0/24" } }),
]);

it("why-accepted counts flows for every rule that matches, with its description, and those without one", async () => {
  await lakeOf([
    explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"]),
    explained("198.51.100.2", 443, "allowed-by-rule", ["sgr-https", "sgr-wide"], likely),
    explained("198.51.100.2", 443, "return-traffic", ["sgr-wide"]),
    explained("198.51.100.2", 443, "unexplained", []),
    explained("198.51.100.2", 443, "no-rule-matches", [], rejected),
    inbound("198.51.100.3", 443, { unmapped: {}, firewall_rule: { name: "UserRule_Https" } }),
  ]);
  await withInventory({ groups: [web] });
  const rows = await ask("why-accepted");
  expect(pick(rows, "verdict", "rule", "group_name", "description", "flows", "flows_alone", "likely_flows")).toEqual([
    ["allowed-by-rule", "sgr-https", "web", "the shop", 2, 1, 1],
    ["allowed-by-rule", "sgr-wide", "web", null, 1, 0, 1],
    ["return-traffic", "sgr-wide", "web", null, 1, 1, 0],
    ["unexplained", null, null, null, 1, 1, 0],
    [null, "UserRule_Https", null, null, 1, 1, 0],
  ]);
  expect(rows[0]).toMatchObject({ direction: "inbound", bytes: 2000, sources: 2, destinations: 1 });
});

it("why-accepted knows a rule by its newest description, also when it is gone", async () => {
  await lakeOf([explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"])]);
  const day = 86_400_000;
  await withInventory({ groups: [group("sg-web", [rule("sgr-https", { description: "old" })])] });
  await withInventory({ collectedAt: COLLECTED + day, groups: [web] });
  await withInventory({ collectedAt: COLLECTED + 2 * day, groups: [] });
  expect((await ask("why-accepted")).map(({ rule: id, description, flows }) => [id, description, flows])).toEqual([
    ["sgr-https", "the shop", 1],
  ]);
});

it("rejects-by-verdict tells what stopped them", async () => {
  const stopped = (verdict: string, status_detail: string) =>
    explained("198.51.100.1", 22, verdict, [], { ...rejected, status_detail });
  await lakeOf([
    stopped("no-rule-matches", "None of the 2 inbound rules of web (sg-web) lets it in."),
    stopped("no-rule-matches", "None of the 2 inbound rules of web (sg-web) lets it in."),
    stopped("blocked-by-network-acl", "Stopped by entry 90 of network ACL acl-1."),
    explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"]),
    inbound("198.51.100.1", 22, { ...rejected, unmapped: {}, firewall_rule: { name: "DenyAll" } }),
  ]);
  expect(pick(await ask("rejects-by-verdict"), "verdict", "explanation", "rejected")).toEqual([
    ["no-rule-matches", "None of the 2 inbound rules of web (sg-web) lets it in.", 2],
    ["blocked-by-network-acl", "Stopped by entry 90 of network ACL acl-1.", 1],
    [null, "DenyAll", 1],
  ]);
});

it("internet-accepted-by-group names the group of the rule, and counts a flow once", async () => {
  const both = { groups: ["sg-web", "sg-other"] };
  await lakeOf([
    explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https", "sgr-wide"], both),
    explained("198.51.100.2", 443, "allowed-by-rule", ["sgr-https"], both),
    explained("198.51.100.2", 22, "allowed-by-rule", ["sgr-unknown"]),
    explained("198.51.100.2", 443, "return-traffic", ["sgr-https"]),
    explained("10.0.0.9", 443, "allowed-by-rule", ["sgr-https"], { unmapped: { src_scope: "internal" } }),
    inbound("198.51.100.3", 443, { unmapped: { src_scope: "internet" } }),
  ]);
  await withInventory({ groups: [web] });
  expect(
    pick(await ask("internet-accepted-by-group"), "group_id", "group_name", "dport", "flows", "bytes", "sources"),
  ).toEqual([
    ["sg-web", "web", 443, 2, 2000, 2],
    ["sg-web", null, 22, 1, 1000, 1],
    [null, null, 443, 1, 1000, 1],
  ]);
});

it("unexplained-accepts shows which interfaces, and leaves out flows without an inventory", async () => {
  await lakeOf([
    explained("198.51.100.1", 443, "unexplained", []),
    explained("198.51.100.1", 40_001, "unexplained", []),
    explained("198.51.100.1", 40_002, "unexplained", []),
    explained("198.51.100.1", 443, "unknown-interface", []),
    explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"]),
    inbound("198.51.100.1", 443, { unmapped: {} }),
  ]);
  expect(pick(await ask("unexplained-accepts"), "interface", "verdict", "dport", "flows")).toEqual([
    ["eni-1", "unexplained", null, 2],
    ["eni-1", "unexplained", 443, 1],
    ["eni-1", "unknown-interface", 443, 1],
  ]);
});

it("rules-wider-than-use compares what rules allow with what was used", async () => {
  const exact = group("sg-exact", [rule("sgr-exact", { peer: { kind: "cidr", cidr: "198.51.100.1/32" } })]);
  const all = group("sg-all", [
    rule("sgr-all", { direction: "egress", protocol: -1, peer: { kind: "group", groupId: "sg-web", active: true } }),
  ]);
  await lakeOf([
    explained("198.51.100.1", 22, "allowed-by-rule", ["sgr-wide"]),
    explained("198.51.100.9", 80, "allowed-by-rule", ["sgr-wide"]),
    explained("198.51.100.200", 81, "allowed-by-rule", ["sgr-wide"], likely),
    explained("198.51.100.201", 82, "return-traffic", ["sgr-wide"]),
    explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-exact"]),
    explained("10.0.0.5", 5432, "allowed-by-rule", ["sgr-all"], {
      connection_info: { direction: "Outbound", direction_id: 2, protocol_num: 6 },
      dst_endpoint: { ip: "10.0.0.7", port: 5432 },
    }),
  ]);
  await withInventory({ groups: [all, exact, web] });
  expect(await ask("rules-wider-than-use")).toEqual([
    {
      rule: "sgr-wide",
      group_id: "sg-web",
      group_name: "web",
      description: null,
      direction: "ingress",
      protocol: "tcp",
      wider_ports: true,
      wider_addresses: true,
      from_port: 1,
      to_port: 1024,
      ports_allowed: 1024,
      ports_seen: 3,
      lowest_port: 22,
      highest_port: 81,
      cidr: "198.51.100.0/24",
      peers_seen: 3,
      networks_seen: 1,
      networks: "198.51.100.0/24",
      only_peer: null,
      flows: 3,
      sure_flows: 2,
      likely_flows: 1,
      bytes: 3000,
      last_seen: "2026-11-21 12:00:00.000",
    },
    expect.objectContaining({
      rule: "sgr-all",
      ports_allowed: 65_536,
      ports_seen: 1,
      wider_ports: true,
      wider_addresses: false,
      peers_seen: 1,
      only_peer: "10.0.0.7",
    }),
  ]);
});

it("rules-wider-than-use answers from guesses alone, as logs without tcp-flags give", async () => {
  await lakeOf([explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"], likely)]);
  await withInventory({ groups: [web] });
  expect(await ask("rules-wider-than-use")).toEqual([
    expect.objectContaining({ rule: "sgr-https", only_peer: "198.51.100.1", flows: 1, sure_flows: 0, likely_flows: 1 }),
  ]);
});

it.each([
  ["IPv4 as /24", ["198.51.100.1", "198.51.100.9", "192.0.2.4"], 2, "192.0.2.0/24, 198.51.100.0/24"],
  [
    "IPv6 as /64",
    ["2001:db8:0:1::5", "2001:db8:0:1:2:3:4:5", "2001:db8::7", "2001:db8:1::5", "2001:db8:1:0:2:3:4:5"],
    3,
    "2001:db8:0:1::/64, 2001:db8:1::/64, 2001:db8::/64",
  ],
  ["other IPv6 as address", ["2001:db8::1:2:3:4:5", "::1"], 2, "2001:db8::1:2:3:4:5, ::1"],
  [
    "the first five",
    ["1", "2", "3", "4", "5", "6"].map((part) => `10.0.${part}.1`),
    6,
    "10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24, 10.0.4.0/24, 10.0.5.0/24",
  ],
])("rules-wider-than-use shows the networks seen: %s", async (_, peers, networks_seen, networks) => {
  await lakeOf(peers.map((peer) => explained(peer, 22, "allowed-by-rule", ["sgr-wide"])));
  await withInventory({ groups: [web] });
  expect(pick(await ask("rules-wider-than-use"), "networks_seen", "networks")).toEqual([[networks_seen, networks]]);
});

describe("rules-never-matched", () => {
  // The lake of most tests has a single day, and their inventory is a day older.
  const oneDay = { days: "1" };
  const status = async (values: QueryValues = oneDay) =>
    pick(await ask("rules-never-matched", values), "rule", "status");

  it("lists rules of the newest inventory that no flow matched, with window, last hit and gaps", async () => {
    const flows = { read: 9, delivered: 2, skipped: { skipdata: 7 }, parked: {} };
    await lakeOf([explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"])], [inputState("a.log", { flows })], {
      "20261001": [explained("198.51.100.1", 22, "allowed-by-rule", ["sgr-wide"], { time: Date.UTC(2026, 9, 1, 8) })],
    });
    await withInventory({ groups: [web] });
    expect(await ask("rules-never-matched")).toEqual([
      {
        account: "111122223333",
        region: "eu-central-1",
        group_id: "sg-web",
        group_name: "web",
        rule: "sgr-wide",
        direction: "ingress",
        protocol: "tcp",
        from_port: 1,
        to_port: 1024,
        peer: "198.51.100.0/24",
        description: null,
        status: "too-short",
        window_from: "2026-10-23",
        window_until: "2026-11-21",
        known_since: "2026-11-20T00:00:00.000Z",
        last_hit: "2026-10-01 08:00:00.000",
        last_likely_hit: null,
        likely_flows: 0,
        replies: 0,
        interfaces: 1,
        interfaces_observed: 1,
        days_observed: 1,
        skipdata: 7,
      },
    ]);
    expect(await status({ days: "60" })).toEqual([]);
  });

  it("is never-matched only where lake and inventory cover the window", async () => {
    const other = (day: number) => [
      explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"], { time: Date.UTC(2026, 10, day, 12) }),
    ];
    await lakeOf(other(21), undefined, { "20261120": other(20), "20261119": other(19) });
    await withInventory({ groups: [web] });
    expect(await status({ days: "2" })).toEqual([["sgr-wide", "never-matched"]]);
    // A newer collection that knows no older state takes nothing away.
    const newer = COLLECTED + 36 * 3_600_000;
    await withInventory({ groups: [{ ...web, asOf: newer }], collectedAt: newer });
    expect(await status({ days: "2" })).toEqual([["sgr-wide", "never-matched"]]);
    // The inventory begins on the 20th, the lake on the 19th.
    expect(await status({ days: "3" })).toEqual([["sgr-wide", "too-short"]]);
    await withInventory({ groups: [{ ...web, asOf: Date.UTC(2026, 10, 18, 12) }], collectedAt: COLLECTED + 1 });
    expect(await status({ days: "3" })).toEqual([["sgr-wide", "never-matched"]]);
    expect(await status({ days: "4" })).toEqual([["sgr-wide", "too-short"]]);
  });

  it("takes neither replies nor blocked flows for use", async () => {
    await lakeOf([
      explained("198.51.100.1", 443, "return-traffic", ["sgr-https"]),
      explained("198.51.100.1", 443, "blocked-by-network-acl", ["sgr-wide"], rejected),
    ]);
    await withInventory({ groups: [web] });
    expect(await ask("rules-never-matched", oneDay)).toEqual([
      expect.objectContaining({ rule: "sgr-https", status: "never-matched", replies: 1 }),
      expect.objectContaining({ rule: "sgr-wide", status: "never-matched", replies: 0 }),
    ]);
  });

  it("puts rules last that flows matched by a guess, with the newest guess", async () => {
    await lakeOf([
      explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"], likely),
      explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"], { ...likely, ...later(5) }),
    ]);
    await withInventory({ groups: [web] });
    expect(
      pick(await ask("rules-never-matched", oneDay), "rule", "status", "likely_flows", "last_hit", "last_likely_hit"),
    ).toEqual([
      ["sgr-wide", "never-matched", 0, null, null],
      ["sgr-https", "likely-used", 2, null, "2026-11-21 12:05:00.000"],
    ]);
  });

  it("is not sure where the list of rules of a flow was cut", async () => {
    await lakeOf([explained("198.51.100.1", 443, "allowed-by-rule", ["sgr-https"], { cut: true })]);
    await withInventory({ groups: [web] });
    expect(await status()).toEqual([["sgr-wide", "perhaps"]]);
  });

  it("says when not every interface of the group was observed, or there is none", async () => {
    await lakeOf([explained("198.51.100.1", 22, "no-rule-matches", [], rejected)]);
    await withInventory({
      groups: [web, group("sg-idle", [rule("sgr-idle")])],
      interfaces: [networkInterface("eni-1"), networkInterface("eni-2"), networkInterface("eni-3", { groups: [] })],
    });
    expect(await ask("rules-never-matched")).toEqual([
      expect.objectContaining({ rule: "sgr-idle", status: "not-attached", interfaces: 0 }),
      expect.objectContaining({ rule: "sgr-https", status: "not-observed", interfaces: 2, interfaces_observed: 1 }),
      expect.objectContaining({ rule: "sgr-wide", status: "not-observed" }),
    ]);
  });

  it("leaves out rules that are gone, and interfaces that are", async () => {
    await lakeOf([explained("198.51.100.1", 22, "no-rule-matches", [], rejected)]);
    const gone = networkInterface("eni-2", { asOf: COLLECTED - 5, until: COLLECTED });
    await withInventory({
      groups: [
        group("sg-web", [rule("sgr-old")], { asOf: COLLECTED - 5, until: COLLECTED }),
        group("sg-web", [rule("sgr-https")]),
      ],
      interfaces: [networkInterface("eni-1"), gone],
    });
    expect(await status()).toEqual([["sgr-https", "never-matched"]]);
  });
});

it("rejected-sources tells what stopped each source", async () => {
  await lakeOf(
    ["no-rule-matches", "no-rule-matches", "blocked-by-network-acl", "blocked-elsewhere"].map((verdict) =>
      explained("198.51.100.1", 22, verdict, [], rejected),
    ),
  );
  expect(await ask("rejected-sources")).toEqual([
    expect.objectContaining({ rejected: 4, no_rule: 2, network_acl: 1, elsewhere: 1 }),
  ]);
});

it.each([
  ["remote-access-from-internet", 22],
  ["databases-from-internet", 5432],
  ["internet-inbound-by-rule", 443],
])("%s shows verdict and all rules", async (name, port) => {
  const tcp = { connection_info: { direction: "Inbound", direction_id: 1, protocol_num: 6, protocol_name: "tcp" } };
  await lakeOf([
    explained("198.51.100.1", port, "allowed-by-rule", ["sgr-1", "sgr-2"], tcp),
    explained("198.51.100.1", port, "allowed-by-rule", ["sgr-1"], {
      ...tcp,
      firewall_rule: { name: "the shop", uid: "sgr-1" },
    }),
  ]);
  expect(pick(await ask(name), "verdict", "rule", "rule_ids", "flows")).toEqual([
    ["allowed-by-rule", "the shop", "sgr-1", 1],
    ["allowed-by-rule", null, "sgr-1, sgr-2", 1],
  ]);
});

it("internet-inbound-by-rule leaves replies out", async () => {
  await lakeOf([explained("198.51.100.1", 40_000, "return-traffic", ["sgr-1"])]);
  expect(await ask("internet-inbound-by-rule")).toEqual([]);
});

it("address finds the private flows of a public address through the interfaces that have it", async () => {
  const at = (interface_uid: string) => ({ dst_endpoint: { ip: "10.0.0.5", port: 443, interface_uid } });
  await lakeOf([inbound("198.51.100.1", 443, at("eni-1")), inbound("198.51.100.1", 443, at("eni-2"))]);
  await withInventory({
    interfaces: [networkInterface("eni-1", { publicAddresses: ["203.0.113.5"] }), networkInterface("eni-2")],
  });
  expect(await ask("address", { address: "203.0.113.5" })).toEqual([
    expect.objectContaining({ role: "public", dst: "10.0.0.5", interface: "eni-1" }),
  ]);
});
