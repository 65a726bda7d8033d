import { decodeSnapshot, encodeSnapshot, FlowExplainer } from "@tributary/context";
import { collectDescriptions, type DescriptionPages, type Page } from "@tributary/context/ec2";
import { InventorySource, snapshotName } from "@tributary/functions";
import { DEFAULT_SETTINGS, FlowTransform } from "@tributary/transform";
import { MemorySnapshots } from "../support/inventory-stores.js";
import { fullNetworkLine, LARGE, largeNetwork, networkTraffic } from "../support/large-network.js";
import { median } from "./rounds.js";

/** What a large inventory costs: to load, and in calls to EC2. Times in ms. */
export interface InventoryBench {
  readonly interfaces: number;
  readonly groups: number;
  readonly rules: number;
  readonly snapshotBytes: number;
  /** Checksum, decompression, parsing and index: in a process that has done nothing before, and later on. */
  readonly firstLoad: number;
  readonly laterLoad: number;
  /** Of the transform, with a steady inventory. */
  readonly transform: {
    readonly flows: number;
    readonly ec2Calls: number;
    readonly requestsToCollector: number;
    readonly snapshotReads: number;
    readonly unknownFlows: number;
  };
  /** Calls of one collection. It knows nothing of the traffic. */
  readonly callsOfCollection: number;
}

const LOADS = 15;
const FLOWS = 100_000;
const RECORDS_OF_EVENT = 700;
/** Items on a page of EC2, at most. */
const PAGE = 1000;

export async function inventoryBench(): Promise<{ readonly inventory: InventoryBench }> {
  const network = largeNetwork(LARGE);
  const bytes = encodeSnapshot(network);
  const load = (): number => {
    const start = performance.now();
    loaded = new FlowExplainer([decodeSnapshot(bytes, "bench")]);
    return performance.now() - start;
  };
  const firstLoad = load();
  const laterLoad = median(Array.from({ length: LOADS }, load));
  const rules = network.groups.reduce((sum, group) => sum + (group.rules?.length ?? 0), 0);
  return {
    inventory: {
      interfaces: network.interfaces.length,
      groups: network.groups.length,
      rules,
      snapshotBytes: bytes.length,
      firstLoad: Math.round(firstLoad),
      laterLoad: Math.round(laterLoad),
      transform: await transformCalls(bytes),
      callsOfCollection: await collectionCalls(network.interfaces.length, network.groups.length, rules),
    },
  };
}

/** Sends traffic through a transform that could ask EC2 and the collector, and counts how often it does. */
async function transformCalls(bytes: Uint8Array): Promise<InventoryBench["transform"]> {
  const network = largeNetwork(LARGE);
  const store = new MemorySnapshots();
  store.put(snapshotName(network.accountId, network.region), bytes);
  let requestsToCollector = 0;
  let ec2Calls = 0;
  let now = network.collectedAt;
  const context = new InventorySource({
    store,
    now: () => now,
    refreshEvery: 60_000,
    requests: {
      send: async (requests) => {
        requestsToCollector += requests.length;
      },
    },
    lookupFor: () => ({
      accountId: network.accountId,
      region: network.region,
      find: async () => {
        ec2Calls++;
        return { found: [], unknown: [], calls: 1, problems: [] };
      },
    }),
  });
  const transform = new FlowTransform({ ...DEFAULT_SETTINGS, context }, { put: async () => [] });
  const lines = networkTraffic(network, FLOWS).map((flow) => fullNetworkLine(flow, now / 1000));
  let flows = 0;
  let unknownFlows = 0;
  for (let from = 0; from < lines.length; from += RECORDS_OF_EVENT) {
    await context.refresh();
    const records = lines.slice(from, from + RECORDS_OF_EVENT).map((message, index) => ({
      recordId: String(from + index),
      approximateArrivalTimestamp: now,
      data: Buffer.from(JSON.stringify({ message })).toString("base64"),
    }));
    const { report } = await transform.transform({
      invocationId: String(from),
      deliveryStreamArn: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/flows",
      region: "eu-central-1",
      records,
    });
    flows += report.delivered;
    await context.flush();
    unknownFlows += context.takeReport().unknownFlows;
    now += 1000;
  }
  return { flows, ec2Calls, requestsToCollector, snapshotReads: store.reads, unknownFlows };
}

/** The calls of one collection of so many things, in pages as large as EC2 gives them. */
async function collectionCalls(interfaces: number, groups: number, rules: number): Promise<number> {
  const pages = async function* <T>(count: number): AsyncGenerator<Page<T>> {
    for (let from = 0; from === 0 || from < count; from += PAGE) yield { items: [], calls: 1 };
  };
  const counted: DescriptionPages = {
    networkInterfaces: () => pages(interfaces),
    securityGroups: () => pages(groups),
    securityGroupRules: () => pages(rules),
    managedPrefixLists: () => pages(0),
    prefixListEntries: () => pages(0),
    networkAcls: () => pages(1),
    instanceNames: () => pages(interfaces),
  };
  const { calls } = await collectDescriptions(counted, { region: "eu-central-1" });
  return calls;
}

// Module state, so that no load can be found useless and left out.
let loaded: unknown;
export const lastLoaded = (): unknown => loaded;
