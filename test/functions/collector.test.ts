import { addInterfaces, decodeSnapshot, encodeSnapshot, type InventorySnapshot } from "@tributary/context";
import type { CollectedInventory, CollectionProblem, InventoryTarget, LookupResult } from "@tributary/context/ec2";
import { Collector, collectorInvocation, encodeRequests, snapshotName, writeTables } from "@tributary/functions";
import { describe, expect, it } from "vitest";
import { MemorySnapshots, MemoryTables } from "../support/inventory-stores.js";
import {
  ACCOUNT,
  DAY,
  eni,
  HOUR,
  inventory,
  MINUTE,
  NOON,
  networkInterface,
  REGION,
  securityGroup,
} from "../support/small-inventory.js";

const TARGET: InventoryTarget = { accountId: ACCOUNT, region: REGION };
const OTHER: InventoryTarget = { accountId: ACCOUNT, region: "us-east-1" };
const CALLS_OF_ALL = 6;
const THROTTLED: CollectionProblem = { part: "interfaces", kind: "throttled", message: "EC2 kept refusing" };
const FORBIDDEN: CollectionProblem = { part: "interfaces", kind: "no-permission", message: "not allowed" };

/** A collector over stores in memory and an EC2 that has what `network` says. */
function workshop({ targets = [TARGET], fullAbove = 5 } = {}) {
  const store = new MemorySnapshots();
  const tables = new MemoryTables();
  const clock = { now: NOON };
  const network = {
    interfaces: [1, 2] as readonly number[],
    newGroup: undefined as string | undefined,
    problem: undefined as CollectionProblem | undefined,
    failing: [] as readonly InventoryTarget[],
    /** Whether EC2 answers with interfaces that have no id. */
    nonsense: false,
    /** Runs before everything of a target is collected. */
    before: async (_: InventoryTarget): Promise<void> => {},
  };
  const asked = { full: [] as string[], ids: [] as (readonly string[])[] };
  const log: Record<string, unknown>[] = [];

  const collected = (target: InventoryTarget): CollectedInventory<InventoryTarget> => {
    asked.full.push(target.region);
    if (network.failing.includes(target)) {
      return { target, inventory: undefined, problems: [network.problem ?? THROTTLED], calls: 1 };
    }
    const groups = [securityGroup(clock.now)];
    if (network.newGroup !== undefined) groups.push(securityGroup(clock.now, network.newGroup));
    const seen = inventory(network.interfaces, clock.now, { region: target.region, groups });
    return { target, inventory: seen, problems: [], calls: CALLS_OF_ALL };
  };
  const find = async (ids: Iterable<string>): Promise<LookupResult> => {
    const wanted = [...ids];
    asked.ids.push(wanted);
    if (network.nonsense) {
      return { found: [{ OwnerId: ACCOUNT }], unknown: [], postponed: [], problems: [], calls: 2 };
    }
    if (network.problem !== undefined) {
      return { found: [], unknown: [], postponed: wanted, problems: [network.problem], calls: 3 };
    }
    const known = new Map(network.interfaces.map((number) => [eni(number), number]));
    const found = wanted.filter((id) => known.has(id));
    return {
      found: found.map((id) => ({
        NetworkInterfaceId: id,
        OwnerId: ACCOUNT,
        Groups: [{ GroupId: network.newGroup ?? "sg-0000000000000000a" }],
      })),
      unknown: wanted.filter((id) => !known.has(id)),
      postponed: [],
      problems: [],
      calls: 1,
    };
  };
  const collector = new Collector({
    store,
    tables,
    tablesPrefix: "tables",
    collect: async (some, take) => {
      for (const target of some) {
        await network.before(target);
        await take(collected(target));
      }
    },
    lookupFor: () => ({ find }),
    now: () => clock.now,
    keepFor: DAY,
    fullAbove,
    unknownFor: 15 * MINUTE,
    tags: [],
    backOff: () => Promise.resolve(),
  });
  const invoke = collectorInvocation({
    collector,
    targets,
    log: (entry) => log.push(entry as Record<string, unknown>),
  });
  const snapshot = (target: InventoryTarget = TARGET): InventorySnapshot => {
    const name = snapshotName(target.accountId, target.region);
    return decodeSnapshot(store.objects.get(name)?.bytes ?? Buffer.alloc(0), name);
  };
  return { store, tables, clock, network, asked, log, invoke, snapshot };
}

const SCHEDULE = { source: "aws.scheduler", "detail-type": "Scheduled Event" };
const queue = (...bodies: readonly string[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `m${index + 1}`, body, eventSource: "aws:sqs" })),
});
const request = (ids: readonly string[], about: { accountId?: string; region?: string } = TARGET): string =>
  encodeRequests([{ ...about, interfaceIds: ids }]);
const change = (region = REGION): string =>
  JSON.stringify({
    source: "aws.ec2",
    "detail-type": "AWS API Call via CloudTrail",
    account: ACCOUNT,
    region,
    detail: { eventName: "AuthorizeSecurityGroupIngress" },
  });
const failedOf = (response: unknown): readonly string[] =>
  (response as { batchItemFailures: { itemIdentifier: string }[] }).batchItemFailures.map(
    (each) => each.itemIdentifier,
  );
const presentIds = ({ interfaces }: InventorySnapshot) =>
  interfaces.filter(({ until }) => until === undefined).map(({ id }) => id);

describe("a collector on its schedule", () => {
  it("writes the snapshot and the tables, and says what it did", async () => {
    const { invoke, snapshot, tables, log } = workshop();
    await invoke(SCHEDULE);
    expect(presentIds(snapshot())).toEqual([eni(1), eni(2)]);
    expect(tables.objects.size).toBe(2);
    expect(log).toMatchObject([
      {
        message: "inventory collected",
        calls: CALLS_OF_ALL,
        interfaces: 2,
        groups: 1,
        tombstones: 0,
        targets: [{ accountId: ACCOUNT, region: REGION, kind: "full", missing: [], conflicts: 0, problems: [] }],
      },
    ]);
  });

  it("keeps interfaces that went away as tombstones for their time", async () => {
    const { invoke, snapshot, network, clock, log } = workshop();
    await invoke(SCHEDULE);
    network.interfaces = [2];
    clock.now = NOON + HOUR;
    await invoke(SCHEDULE);
    expect(log.at(-1)).toMatchObject({ interfaces: 1, tombstones: 1 });
    expect(snapshot().interfaces).toMatchObject([{ id: eni(1), until: NOON + HOUR }, { id: eni(2) }]);
    clock.now = NOON + HOUR + DAY + 1;
    await invoke(SCHEDULE);
    expect(snapshot().interfaces.map(({ id }) => id)).toEqual([eni(2)]);
  });

  it("writes all other targets before it fails for one", async () => {
    const { invoke, snapshot, network, log } = workshop({ targets: [TARGET, OTHER] });
    network.failing = [TARGET];
    await expect(invoke(SCHEDULE)).rejects.toMatchObject({
      code: "collection-failed",
      message: expect.stringContaining("123456789012/eu-west-1"),
    });
    expect(presentIds(snapshot(OTHER))).toHaveLength(2);
    expect(log).toHaveLength(1);
  });

  it("writes each target before it collects the next, so that a timeout loses only what was not reached", async () => {
    const { invoke, snapshot, network, tables } = workshop({ targets: [TARGET, OTHER] });
    network.before = async (target) => {
      if (target === OTHER) throw new Error("the time is over");
    };
    await expect(invoke(SCHEDULE)).rejects.toThrow("the time is over");
    expect(presentIds(snapshot())).toEqual([eni(1), eni(2)]);
    expect(tables.objects.size).toBe(2);
  });

  it("logs how many targets there were, and a few of them, those with problems first", async () => {
    const targets = Array.from({ length: 30 }, (_, index) => ({ accountId: ACCOUNT, region: `eu-west-${index + 1}` }));
    const { invoke, network, log } = workshop({ targets });
    network.failing = targets.slice(12);
    await expect(invoke(SCHEDULE)).rejects.toMatchObject({
      message: expect.stringContaining("123456789012/eu-west-22 and 8 more"),
    });
    const named = targets.slice(12, 22).map(({ region }) => expect.objectContaining({ region }));
    expect(log).toEqual([expect.objectContaining({ targetCount: 30, failedTargets: 18, targets: named })]);
  });

  it("mends the tables that an interruption after the snapshot left behind", async () => {
    const { invoke, tables, snapshot, clock } = workshop();
    tables.failure = new Error("interrupted");
    await expect(invoke(SCHEDULE)).rejects.toMatchObject({ code: "collection-failed" });
    expect(presentIds(snapshot())).toHaveLength(2);
    expect(tables.objects.size).toBe(0);
    tables.failure = undefined;
    clock.now += MINUTE;
    await invoke(SCHEDULE);
    expect(tables.objects.size).toBe(2);
  });
});

describe("a collector that is asked for interfaces", () => {
  it("looks them up and adds them, and leaves the rest as it is", async () => {
    const { invoke, snapshot, network, asked, clock } = workshop();
    await invoke(SCHEDULE);
    network.interfaces = [1, 2, 3];
    clock.now = NOON + MINUTE;
    const response = await invoke(queue(request([eni(3)])));
    expect(failedOf(response)).toEqual([]);
    expect(asked.ids).toEqual([[eni(3)]]);
    expect(asked.full).toEqual([REGION]);
    expect(presentIds(snapshot())).toEqual([eni(1), eni(2), eni(3)]);
    expect(snapshot()).toMatchObject({ collectedAt: NOON });
  });

  it("looks up once what many messages ask for", async () => {
    const { invoke, network, asked } = workshop();
    await invoke(SCHEDULE);
    network.interfaces = [1, 2, 3, 4];
    await invoke(queue(request([eni(3)]), request([eni(4), eni(3)]), request([eni(3)])));
    expect(asked.ids).toEqual([[eni(3), eni(4)]]);
  });

  it("does not ask EC2 for those that the snapshot has by now", async () => {
    const { invoke, asked, log } = workshop();
    await invoke(SCHEDULE);
    await invoke(queue(request([eni(1), eni(2)])));
    expect(asked.ids).toEqual([]);
    expect(log.at(-1)).toMatchObject({ calls: 0, targets: [{ kind: "none" }] });
  });

  it("does not ask EC2 again for those that do not exist, however often it is asked", async () => {
    const { invoke, asked, clock, store } = workshop();
    await invoke(SCHEDULE);
    for (let time = 0; time < 10; time++) {
      clock.now += MINUTE;
      await invoke(queue(request([eni(99)]), request([eni(98)])));
    }
    expect(asked.ids).toEqual([[eni(99), eni(98)]]);
    expect(store.writes).toBe(1);
    clock.now += 15 * MINUTE;
    await invoke(queue(request([eni(99)])));
    expect(asked.ids).toHaveLength(2);
  });

  it("looks up in every target what is asked for without a region, though another target does not have it", async () => {
    const { invoke, asked } = workshop({ targets: [TARGET, OTHER] });
    await invoke(SCHEDULE);
    await invoke(queue(request([eni(99)], { accountId: ACCOUNT })));
    expect(asked.ids).toEqual([[eni(99)], [eni(99)]]);
    await invoke(queue(request([eni(99)], { accountId: ACCOUNT })));
    expect(asked.ids).toHaveLength(2);
  });

  it("collects everything when so many are unknown that this is cheaper", async () => {
    const { invoke, asked, network, snapshot } = workshop({ fullAbove: 2 });
    await invoke(SCHEDULE);
    network.interfaces = [1, 2, 3, 4, 5];
    await invoke(queue(request([eni(3), eni(4), eni(5)])));
    expect(asked).toEqual({ full: [REGION, REGION], ids: [] });
    expect(presentIds(snapshot())).toHaveLength(5);
  });

  it("collects everything when there is no snapshot yet", async () => {
    const { invoke, asked } = workshop();
    await invoke(queue(request([eni(1)])));
    expect(asked).toEqual({ full: [REGION], ids: [] });
  });

  it("collects everything when an interface has a group that the snapshot lacks", async () => {
    const { invoke, asked, network, snapshot, log } = workshop();
    await invoke(SCHEDULE);
    network.interfaces = [1, 2, 3];
    network.newGroup = "sg-0000000000000000b";
    await invoke(queue(request([eni(3)])));
    expect(asked.full).toEqual([REGION, REGION]);
    expect(snapshot().groups.map(({ id }) => id)).toContain("sg-0000000000000000b");
    expect(log.at(-1)).toMatchObject({ calls: CALLS_OF_ALL + 1 });
  });

  it("leaves accounts that it has no target for, and names them", async () => {
    const { invoke, asked, log } = workshop();
    const response = await invoke(queue(request([eni(1)], { accountId: "210987654321", region: REGION })));
    expect(failedOf(response)).toEqual([]);
    expect(asked).toEqual({ full: [], ids: [] });
    expect(log.at(-1)).toMatchObject({ uncovered: [`210987654321/${REGION}`] });
  });

  it("names only a few of the accounts that it has no target for, and counts them all", async () => {
    const { invoke, log } = workshop();
    const accounts = Array.from({ length: 50 }, (_, index) => String(200_000_000_000 + index));
    await invoke(queue(...accounts.map((accountId) => request([eni(1)], { accountId, region: REGION }))));
    expect(log.at(-1)).toMatchObject({ uncoveredCount: 50 });
    expect(log.at(-1)?.uncovered).toHaveLength(10);
  });
});

describe("a collector that hears of changes", () => {
  it("collects everything once for all messages of a target", async () => {
    const { invoke, asked } = workshop({ targets: [TARGET, OTHER] });
    await invoke(queue(change(), change(), request([eni(9)]), change(OTHER.region), change()));
    expect(asked).toEqual({ full: [REGION, "us-east-1"], ids: [] });
  });
});

describe("a collector in trouble", () => {
  it("returns the messages of the target that failed, and no others", async () => {
    const { invoke, network } = workshop({ targets: [TARGET, OTHER] });
    network.failing = [OTHER];
    const response = await invoke(queue(change(), change(OTHER.region), change()));
    expect(failedOf(response)).toEqual(["m2"]);
  });

  it("returns messages that EC2 throttled", async () => {
    const { invoke, network } = workshop();
    await invoke(SCHEDULE);
    network.problem = THROTTLED;
    expect(failedOf(await invoke(queue(request([eni(3)]))))).toEqual(["m1"]);
  });

  it("does not return messages for want of a permission, which a repetition does not give", async () => {
    const { invoke, network, log } = workshop();
    await invoke(SCHEDULE);
    network.problem = FORBIDDEN;
    expect(failedOf(await invoke(queue(request([eni(3)]))))).toEqual([]);
    expect(log.at(-1)).toMatchObject({ targets: [{ problems: ["not allowed"] }] });
  });

  it("returns messages that it cannot read, so that they end in the dead-letter queue", async () => {
    const { invoke } = workshop();
    const response = await invoke(queue("{", JSON.stringify({ hello: 1 }), change(), '{"interfaces":[{}]}'));
    expect(failedOf(response)).toEqual(["m1", "m2", "m4"]);
  });

  it("returns messages whose account or region cannot be one, and asks no target for them", async () => {
    const { invoke, asked } = workshop();
    const response = await invoke(queue(request([eni(1)], { accountId: "*", region: REGION })));
    expect(failedOf(response)).toEqual(["m1"]);
    expect(asked).toEqual({ full: [], ids: [] });
  });

  it("counts the calls to EC2 whose answer it does not understand", async () => {
    const { invoke, network, log } = workshop();
    await invoke(SCHEDULE);
    network.nonsense = true;
    expect(failedOf(await invoke(queue(request([eni(3)]))))).toEqual(["m1"]);
    expect(log.at(-1)).toMatchObject({ calls: 2, targets: [{ kind: "lookup", calls: 2 }] });
  });

  it("asks EC2 nothing while the store is down, and returns the messages", async () => {
    const { invoke, store, asked } = workshop();
    store.failure = new Error("S3 is down");
    expect(failedOf(await invoke(queue(request([eni(1)]))))).toEqual(["m1"]);
    expect(asked).toEqual({ full: [], ids: [] });
  });

  it("loses nothing that another collector wrote in between", async () => {
    const { invoke, store, network, clock, snapshot } = workshop();
    await invoke(SCHEDULE);
    network.interfaces = [1, 2, 3];
    clock.now = NOON + MINUTE;
    store.beforeWrite = () => {
      const other = inventory([1, 2, 4], NOON + MINUTE / 2);
      store.put(snapshotName(ACCOUNT, REGION), encodeSnapshot(other));
    };
    await invoke(queue(request([eni(3)])));
    expect(presentIds(snapshot())).toEqual([eni(1), eni(2), eni(3), eni(4)]);
  });

  it("leaves the tables with all that the newest snapshot has, though another lookup wrote them in between", async () => {
    const { invoke, store, tables, network, clock, snapshot } = workshop();
    await invoke(SCHEDULE);
    network.interfaces = [1, 2, 3];
    clock.now = NOON + MINUTE;
    tables.beforeWrite = async () => {
      const both = addInterfaces(snapshot(), [networkInterface(4, clock.now)], clock.now);
      store.put(snapshotName(ACCOUNT, REGION), encodeSnapshot(both));
      await writeTables(tables, "tables", both, { backOff: () => Promise.resolve() });
    };
    await invoke(queue(request([eni(3)])));
    const [table = ""] = [...tables.objects].flatMap(([key, { text }]) => (key.includes("/interfaces/") ? text : []));
    expect(presentIds(snapshot())).toEqual([eni(1), eni(2), eni(3), eni(4)]);
    for (const number of [1, 2, 3, 4]) expect(table).toContain(eni(number));
  });

  it("makes as many calls whatever the traffic asks for, as long as the network is the same", async () => {
    const { invoke, asked, clock } = workshop();
    await invoke(SCHEDULE);
    for (let time = 0; time < 14; time++) {
      clock.now += MINUTE;
      const known = Array.from({ length: 10 }, () => request([eni(1), eni(2), eni(77)]));
      await invoke(queue(...known));
    }
    expect(asked.full).toHaveLength(1);
    expect(asked.ids).toEqual([[eni(77)]]);
  });
});

describe("interfaces that were asked for", () => {
  it("have the state that was looked up", async () => {
    const { invoke, network, snapshot, clock } = workshop();
    await invoke(SCHEDULE);
    network.interfaces = [1, 2, 3];
    clock.now = NOON + MINUTE;
    await invoke(queue(request([eni(3)])));
    const [, , third] = snapshot().interfaces;
    expect(third).toMatchObject({ id: eni(3), asOf: NOON + MINUTE, groups: networkInterface(3, 0).groups });
  });
});
