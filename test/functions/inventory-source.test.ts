import { encodeSnapshot, FlowExplainer, type FlowFacts, type InventorySnapshot } from "@tributary/context";
import {
  type DirectLookup,
  type InventoryRequest,
  InventorySource,
  type InventorySourceOptions,
  type LookedUp,
  snapshotName,
} from "@tributary/functions";
import { describe, expect, it } from "vitest";
import { MemorySnapshots } from "../support/inventory-stores.js";
import {
  ACCOUNT,
  eni,
  HOUR,
  inventory,
  MINUTE,
  NOON,
  networkInterface,
  newerSnapshot,
  REGION,
} from "../support/small-inventory.js";

const NAME = snapshotName(ACCOUNT, REGION);
const REFRESH = 60_000;

/** An accepted HTTPS connection to the numbered interface. */
const flow = (number: number): FlowFacts & { accountId: string; region: string } => ({
  interfaceId: eni(number),
  accountId: ACCOUNT,
  region: REGION,
  srcaddr: "192.0.2.7",
  dstaddr: `10.0.0.${number}`,
  pktSrcaddr: undefined,
  pktDstaddr: undefined,
  srcport: 51_000,
  dstport: 443,
  protocol: 6,
  action: "ACCEPT",
  tcpFlags: 2,
  flowDirection: "ingress",
});

function workshop(options: Partial<InventorySourceOptions> = {}) {
  const store = new MemorySnapshots();
  store.put(NAME, encodeSnapshot(inventory([1, 2], NOON)));
  const clock = { now: NOON + HOUR };
  const sent: (readonly InventoryRequest[])[] = [];
  const queue = { failure: undefined as Error | undefined };
  const source = new InventorySource({
    store,
    now: () => clock.now,
    refreshEvery: REFRESH,
    requests: {
      send: async (requests) => {
        if (queue.failure !== undefined) throw queue.failure;
        sent.push(requests);
      },
    },
    ...options,
  });
  const verdict = (number: number) => source.explain(flow(number), NOON + 2 * HOUR).explanation.verdict;
  /** One invocation with flows of these interfaces; gives their verdicts. */
  const invoke = async (...numbers: readonly number[]) => {
    await source.refresh();
    const verdicts = numbers.map(verdict);
    await source.flush();
    return verdicts;
  };
  return { store, clock, sent, queue, source, invoke };
}

describe("the inventory of a transform", () => {
  it("explains flows by the stored snapshot", async () => {
    const { invoke, source } = workshop();
    expect(await invoke(1, 2)).toEqual(["allowed-by-rule", "allowed-by-rule"]);
    expect(source.takeReport()).toEqual({
      snapshots: 1,
      refused: [],
      refusedCount: 0,
      stale: false,
      loaded: 1,
      storeFailures: 0,
      readFailures: 0,
      explainerFailures: 0,
      unknownFlows: 0,
      notNoted: 0,
      requested: 0,
      failedRequests: 0,
      ec2Calls: 0,
      learned: 0,
      problems: [],
    });
  });

  it("holds the snapshots of all accounts and regions", async () => {
    const { store, invoke, source } = workshop();
    store.put(snapshotName(ACCOUNT, "us-east-1"), encodeSnapshot(inventory([7], NOON, { region: "us-east-1" })));
    expect(await invoke(1, 7)).toEqual(["allowed-by-rule", "allowed-by-rule"]);
    expect(source.takeReport()).toMatchObject({ snapshots: 2, loaded: 2 });
  });

  it("looks at the store at most once in its time, whatever the number of flows", async () => {
    const { store, clock, invoke } = workshop();
    for (let time = 0; time < 20; time++) {
      await invoke(1, 2, 1, 2);
      clock.now += REFRESH / 20 - 1;
    }
    expect(store.lists).toBe(1);
    clock.now += 20;
    await invoke(1);
    expect(store.lists).toBe(2);
  });

  it("reads a snapshot again only when it changed", async () => {
    const { store, clock, invoke } = workshop();
    await invoke(1);
    clock.now += REFRESH;
    await invoke(1);
    expect(store.reads).toBe(1);
    store.put(NAME, encodeSnapshot(inventory([1, 2, 3], NOON + HOUR)));
    clock.now += REFRESH;
    expect(await invoke(3)).toEqual(["allowed-by-rule"]);
    expect(store.reads).toBe(2);
  });

  it("does without a snapshot that was taken away", async () => {
    const { store, clock, invoke } = workshop();
    await invoke(1);
    store.objects.clear();
    clock.now += REFRESH;
    expect(await invoke(1)).toEqual(["unknown-interface"]);
  });
});

describe("a snapshot that cannot be used", () => {
  it.each<[string, string, () => Buffer]>([
    ["broken", "damaged-snapshot", () => encodeSnapshot(inventory([3], NOON)).fill(0, 60, 70)],
    ["cut short", "damaged-snapshot", () => encodeSnapshot(inventory([3], NOON)).subarray(0, 80)],
    ["no snapshot at all", "not-a-snapshot", () => Buffer.from("<html></html>")],
    ["of a newer version", "newer-snapshot", newerSnapshot],
  ])("(%s) is refused and counted, and the last good one stays", async (_, code, bytes) => {
    const { store, clock, invoke, source } = workshop();
    await invoke(1);
    source.takeReport();
    store.put(NAME, bytes());
    clock.now += REFRESH;
    expect(await invoke(1)).toEqual(["allowed-by-rule"]);
    expect(source.takeReport()).toMatchObject({ snapshots: 1, loaded: 0, refused: [{ name: NAME, code }] });
  });

  it("is not read again until it changes", async () => {
    const { store, clock, invoke, source } = workshop();
    store.put(NAME, Buffer.from("broken"));
    for (let time = 0; time < 5; time++) {
      await invoke(1);
      clock.now += REFRESH;
    }
    expect(store.reads).toBe(1);
    store.put(NAME, encodeSnapshot(inventory([1], NOON)));
    expect(await invoke(1)).toEqual(["allowed-by-rule"]);
    expect(source.takeReport()).toMatchObject({ refused: [] });
  });

  it("does not keep others from being used", async () => {
    const { store, invoke } = workshop();
    store.put(snapshotName(ACCOUNT, "ap-south-1"), Buffer.from("broken"));
    expect(await invoke(1)).toEqual(["allowed-by-rule"]);
  });
});

describe("a snapshot that cannot be read", () => {
  const OTHER = snapshotName(ACCOUNT, "ap-south-1");

  it("is counted and named, keeps no other from being used and no interface from being asked for", async () => {
    const { store, invoke, source, sent } = workshop();
    store.put(OTHER, encodeSnapshot(inventory([7], NOON, { region: "ap-south-1" })));
    store.unreadable.add(OTHER);
    expect(await invoke(1, 7)).toEqual(["allowed-by-rule", "unknown-interface"]);
    expect(sent.flat()).toMatchObject([{ interfaceIds: [eni(7)] }]);
    expect(source.takeReport()).toMatchObject({
      snapshots: 1,
      storeFailures: 0,
      readFailures: 1,
      refused: [{ name: OTHER, code: "unreadable" }],
    });
  });

  it("is read again at the next look, not sooner, and used when it can be", async () => {
    const { store, clock, invoke, source } = workshop();
    store.put(OTHER, encodeSnapshot(inventory([7], NOON, { region: "ap-south-1" })));
    store.unreadable.add(OTHER);
    await invoke(7);
    clock.now += REFRESH - 1;
    await invoke(7);
    expect(store.lists).toBe(1);
    store.unreadable.clear();
    clock.now += 1;
    expect(await invoke(7)).toEqual(["allowed-by-rule"]);
    source.takeReport();
    expect(source.takeReport()).toMatchObject({ readFailures: 0, refused: [], refusedCount: 0 });
  });

  it("is one of a few that are named, however many they are", async () => {
    const { store, invoke, source } = workshop();
    for (let number = 1; number <= 40; number++) store.put(`${ACCOUNT}/eu-north-${number}`, Buffer.from("broken"));
    await invoke(1);
    const report = source.takeReport();
    expect(report.refusedCount).toBe(40);
    expect(report.refused).toHaveLength(5);
  });
});

describe("a snapshot that is whole and yet makes no sense", () => {
  /** A snapshot of interface 13 cannot be used. */
  const explainerOf = (snapshots: readonly InventorySnapshot[]) => {
    if (snapshots.some(({ interfaces }) => interfaces.some(({ id }) => id === eni(13))))
      throw new TypeError("no rules");
    return new FlowExplainer(snapshots);
  };
  const malformed = () => encodeSnapshot(inventory([1, 13], NOON + HOUR));

  it("leaves in use what was, and is counted and named until it is mended", async () => {
    const { store, clock, invoke, source } = workshop({ explainerOf });
    await invoke(1);
    source.takeReport();
    store.put(NAME, malformed());
    clock.now += REFRESH;
    expect(await invoke(1)).toEqual(["allowed-by-rule"]);
    expect(source.takeReport()).toMatchObject({
      explainerFailures: 1,
      stale: true,
      problems: ["the inventory could not be used: TypeError: no rules"],
    });
    await invoke(1);
    expect(source.takeReport()).toMatchObject({ explainerFailures: 0, stale: true, problems: [] });
    clock.now += REFRESH;
    await invoke(1);
    expect(source.takeReport()).toMatchObject({ explainerFailures: 1, stale: true });
    store.put(NAME, encodeSnapshot(inventory([1, 2, 3], NOON + HOUR)));
    clock.now += REFRESH;
    expect(await invoke(3)).toEqual(["allowed-by-rule"]);
    expect(source.takeReport()).toMatchObject({ explainerFailures: 0, stale: false });
  });

  it("fails no invocation from the beginning", async () => {
    const { store, invoke } = workshop({ explainerOf });
    store.put(NAME, malformed());
    expect(await invoke(1)).toEqual(["unknown-interface"]);
  });
});

describe("a store with more than there is room or time for", () => {
  const region = (number: number): string => `eu-north-${number}`;
  const fill = (store: MemorySnapshots, count: number) => {
    store.objects.clear();
    for (let number = 1; number <= count; number++) {
      const seen = inventory([number], NOON, { region: region(number) });
      store.put(snapshotName(ACCOUNT, region(number)), encodeSnapshot(seen));
    }
    return [...store.objects.values()].reduce((most, { bytes }) => Math.max(most, bytes.length), 0);
  };

  it("gives as many snapshots as there is room for; the rest is not read, and counted", async () => {
    const sizes = fill(new MemorySnapshots(), 6);
    const { store, invoke, source } = workshop({ maxBytes: sizes * 4 });
    fill(store, 6);
    await invoke();
    expect(store.reads).toBe(4);
    const report = source.takeReport();
    expect(report).toMatchObject({ snapshots: 4, refusedCount: 2, readFailures: 0 });
    expect(report.refused[0]).toMatchObject({ code: "no-room" });
  });

  it("makes room again when snapshots go away", async () => {
    const sizes = fill(new MemorySnapshots(), 6);
    const { store, clock, invoke, source } = workshop({ maxBytes: sizes * 4 });
    fill(store, 6);
    await invoke();
    for (const number of [1, 2]) store.objects.delete(snapshotName(ACCOUNT, region(number)));
    clock.now += REFRESH;
    await invoke();
    expect(source.takeReport()).toMatchObject({ snapshots: 4, refusedCount: 0 });
  });

  it("is read for its time and no longer; the rest is counted, and read at the next looks, ahead of all else", async () => {
    const { store, clock, invoke, source } = workshop({ refreshWithin: 10_000 });
    fill(store, 40);
    store.beforeRead = () => {
      clock.now += 1000;
    };
    await invoke();
    const first = source.takeReport();
    expect(first.snapshots).toBeLessThan(20);
    expect(first.refused[0]).toMatchObject({ code: "not-reached" });
    expect(first.snapshots + first.refusedCount).toBe(40);
    for (let look = 0; look < 4; look++) {
      clock.now += REFRESH;
      await invoke();
    }
    expect(source.takeReport()).toMatchObject({ snapshots: 40, refusedCount: 0 });
  });
});

describe("a store that is down", () => {
  it("fails no flow: what is there stays in use, and it is tried again soon", async () => {
    const { store, clock, invoke, source } = workshop();
    await invoke(1);
    store.failure = new Error("S3 is down");
    clock.now += REFRESH;
    expect(await invoke(1)).toEqual(["allowed-by-rule"]);
    expect(source.takeReport()).toMatchObject({
      storeFailures: 1,
      problems: ["snapshots could not be read: Error: S3 is down"],
    });
    await invoke(1);
    expect(store.lists).toBe(2);
    store.failure = undefined;
    clock.now += 5000;
    await invoke(1);
    expect(store.lists).toBe(3);
  });

  it("from the beginning asks the collector for nothing, as no interface is known to be unknown", async () => {
    const { store, invoke, sent, source } = workshop();
    store.failure = new Error("S3 is down");
    expect(await invoke(1)).toEqual(["unknown-interface"]);
    expect(sent).toEqual([]);
    expect(source.takeReport()).toMatchObject({ snapshots: 0, unknownFlows: 1 });
  });
});

describe("an unknown interface", () => {
  it("is said to be unknown at once, and asked for once after the batch", async () => {
    const { invoke, sent, source } = workshop();
    expect(await invoke(8, 9, 8, 1, 8)).toEqual([
      "unknown-interface",
      "unknown-interface",
      "unknown-interface",
      "allowed-by-rule",
      "unknown-interface",
    ]);
    expect(sent).toEqual([[{ accountId: ACCOUNT, region: REGION, interfaceIds: [eni(8), eni(9)] }]]);
    expect(source.takeReport()).toMatchObject({ unknownFlows: 4, requested: 2 });
  });

  it("is not asked for again within its time", async () => {
    const { invoke, sent, clock } = workshop({ unknownFor: 10 * MINUTE });
    await invoke(8);
    clock.now += 10 * MINUTE - 1;
    await invoke(8);
    expect(sent).toHaveLength(1);
    clock.now += 2;
    await invoke(8);
    expect(sent).toHaveLength(2);
  });

  it("is explained as soon as a snapshot has it", async () => {
    const { invoke, store, clock } = workshop();
    await invoke(3);
    store.put(NAME, encodeSnapshot(inventory([1, 2, 3], NOON + HOUR)));
    clock.now += REFRESH;
    expect(await invoke(3)).toEqual(["allowed-by-rule"]);
  });

  it("is asked for by account and region, in one message", async () => {
    const { source, sent } = workshop();
    await source.refresh();
    for (const [number, accountId, region] of [
      [8, ACCOUNT, REGION],
      [9, "210987654321", REGION],
      [10, undefined, undefined],
    ] as const) {
      source.explain({ ...flow(number), accountId, region }, NOON);
    }
    await source.flush();
    expect(sent).toEqual([
      [
        { accountId: ACCOUNT, region: REGION, interfaceIds: [eni(8)] },
        { accountId: "210987654321", region: REGION, interfaceIds: [eni(9)] },
        { interfaceIds: [eni(10)] },
      ],
    ]);
  });

  it("whose id is none is not asked for", async () => {
    const { source, sent } = workshop();
    await source.refresh();
    for (const interfaceId of [undefined, "", "eni-", "eni-xyz", "i-0123456789abcdef0", `eni-${"0".repeat(500)}`]) {
      source.explain({ ...flow(1), interfaceId }, NOON);
    }
    await source.flush();
    expect(sent).toEqual([]);
  });

  it("is one of at most 1000 that an invocation asks for; the rest is counted", async () => {
    const { invoke, sent, source } = workshop();
    await invoke(...Array.from({ length: 1500 }, (_, index) => 100 + index));
    expect(sent[0]?.[0]?.interfaceIds).toHaveLength(1000);
    expect(source.takeReport()).toMatchObject({ unknownFlows: 1500, notNoted: 500, requested: 1000 });
  });

  it("costs no flow when the queue is down; it is asked for later", async () => {
    const { invoke, sent, queue, clock, source } = workshop();
    queue.failure = new Error("SQS is down");
    expect(await invoke(8)).toEqual(["unknown-interface"]);
    expect(source.takeReport()).toMatchObject({
      requested: 0,
      failedRequests: 1,
      problems: ["the collector could not be asked: Error: SQS is down"],
    });
    await invoke(8);
    expect(source.takeReport()).toMatchObject({ failedRequests: 0 });
    queue.failure = undefined;
    clock.now += 5000;
    await invoke(8);
    expect(sent).toHaveLength(1);
  });
});

describe("direct lookups", () => {
  function direct(answer: (ids: readonly string[]) => LookedUp | Promise<LookedUp>) {
    const asked: (readonly string[])[] = [];
    const lookup: DirectLookup = {
      accountId: ACCOUNT,
      region: REGION,
      find: async (ids) => {
        asked.push(ids);
        return answer(ids);
      },
    };
    const lookupFor: InventorySourceOptions["lookupFor"] = (accountId, region) =>
      accountId === ACCOUNT && region === REGION ? lookup : undefined;
    return { asked, lookupFor };
  }
  const found = (ids: readonly string[], ...numbers: readonly number[]): LookedUp => ({
    found: numbers.map((number) => networkInterface(number, NOON + HOUR)),
    unknown: ids.filter((id) => !numbers.map(eni).includes(id)),
    calls: 1,
    problems: [],
  });

  it("are never made with a steady inventory", async () => {
    const { asked, lookupFor } = direct((ids) => found(ids));
    const { invoke, source, clock, sent } = workshop({ lookupFor });
    for (let time = 0; time < 50; time++) {
      await invoke(1, 2);
      clock.now += REFRESH / 2;
    }
    expect(asked).toEqual([]);
    expect(sent).toEqual([]);
    expect(source.takeReport()).toMatchObject({ ec2Calls: 0, unknownFlows: 0 });
  });

  it("explain the next flows, with the groups of the snapshot", async () => {
    const { asked, lookupFor } = direct((ids) => found(ids, 3));
    const { invoke, source, sent } = workshop({ lookupFor });
    expect(await invoke(3)).toEqual(["unknown-interface"]);
    expect(await invoke(3)).toEqual(["allowed-by-rule"]);
    expect(asked).toEqual([[eni(3)]]);
    expect(sent).toEqual([]);
    expect(source.takeReport()).toMatchObject({ ec2Calls: 1, learned: 1, requested: 0 });
  });

  it("are forgotten after their time", async () => {
    const { asked, lookupFor } = direct((ids) => found(ids, 3));
    const { invoke, clock } = workshop({ lookupFor, learnedFor: 10 * MINUTE });
    await invoke(3);
    clock.now += 10 * MINUTE;
    expect(await invoke(3)).toEqual(["allowed-by-rule"]);
    clock.now += 1;
    expect(await invoke(3)).toEqual(["unknown-interface"]);
    expect(asked).toHaveLength(2);
  });

  it("ask neither again nor the collector for what does not exist", async () => {
    const { asked, lookupFor } = direct((ids) => found(ids));
    const { invoke, sent } = workshop({ lookupFor });
    await invoke(8);
    await invoke(8);
    expect(asked).toHaveLength(1);
    expect(sent).toEqual([]);
  });

  it("settle nothing when the log names no account or no region: the collector is asked, once", async () => {
    const { lookupFor } = direct((ids) => found(ids));
    const everywhere: InventorySourceOptions["lookupFor"] = (accountId = ACCOUNT, region = REGION) =>
      lookupFor?.(accountId, region);
    const { source, sent } = workshop({ lookupFor: everywhere });
    for (let time = 0; time < 2; time++) {
      await source.refresh();
      source.explain({ ...flow(8), accountId: undefined, region: undefined }, NOON);
      source.explain({ ...flow(9), region: undefined }, NOON);
      await source.flush();
    }
    expect(sent).toEqual([[{ interfaceIds: [eni(8)] }, { accountId: ACCOUNT, interfaceIds: [eni(9)] }]]);
  });

  it("leave to the collector what is beyond their budget or in another account", async () => {
    const { lookupFor } = direct(() => ({ found: [], unknown: [], calls: 0, problems: [] }));
    const { source, sent } = workshop({ lookupFor });
    await source.refresh();
    source.explain(flow(8), NOON);
    source.explain({ ...flow(9), accountId: "210987654321" }, NOON);
    await source.flush();
    expect(sent.flat().map(({ interfaceIds }) => interfaceIds)).toEqual([[eni(8)], [eni(9)]]);
  });

  it("that fail cost no flow; the collector is asked", async () => {
    const { lookupFor } = direct(() => Promise.reject(new Error("EC2 is down")));
    const { invoke, sent, source } = workshop({ lookupFor });
    expect(await invoke(8)).toEqual(["unknown-interface"]);
    expect(sent).toHaveLength(1);
    expect(source.takeReport().problems).toEqual(["interfaces could not be looked up: Error: EC2 is down"]);
  });

  it("that EC2 throttles cost no flow; they are counted and the collector is asked", async () => {
    const problem = "interfaces of eu-west-1: EC2 kept refusing ec2:DescribeNetworkInterfaces";
    const { lookupFor } = direct(() => ({ found: [], unknown: [], calls: 2, problems: [problem] }));
    const { invoke, sent, source } = workshop({ lookupFor });
    expect(await invoke(8)).toEqual(["unknown-interface"]);
    expect(sent).toHaveLength(1);
    expect(source.takeReport()).toMatchObject({ ec2Calls: 2, problems: [problem] });
  });

  it("give way to a snapshot that has the interface", async () => {
    const { lookupFor } = direct((ids) => found(ids, 3));
    const { invoke, store, clock } = workshop({ lookupFor });
    await invoke(3);
    store.put(NAME, encodeSnapshot(inventory([1, 2, 3], NOON + HOUR)));
    clock.now += REFRESH;
    expect(await invoke(3)).toEqual(["allowed-by-rule"]);
  });

  it("serve even before there is any snapshot", async () => {
    const { lookupFor } = direct((ids) => found(ids, 3));
    const { invoke, store } = workshop({ lookupFor });
    store.objects.clear();
    await invoke(3);
    expect(await invoke(3)).not.toEqual(["unknown-interface"]);
  });
});
