import { type FlowContext, FlowExplainer, type InventorySnapshot } from "@tributary/context";
import { type AzurePacking, packAzureRecord, packLineBatch } from "@tributary/delivery";
import { SELECT_ALL_FORMAT } from "@tributary/flow";
import { documentBytes } from "@tributary/ocsf";
import { DEFAULT_SETTINGS, FlowTransform } from "@tributary/transform";
import { describe, expect, it } from "vitest";
import {
  CROWDED,
  defaultNetworkLine,
  fullNetworkLine,
  largeNetwork,
  networkTraffic,
} from "../support/large-network.js";
import {
  type Content,
  defaultLine,
  event,
  RecordingPutBack,
  START,
  settings,
  wrapped,
} from "../support/transform-event.js";

/** The processor's buffer of 0.2 MB, filled as Firehose does: until the next record would exceed it. */
const BUFFER_BYTES = 0.2 * 1024 * 1024;

function batches(contents: readonly Content[]): Content[][] {
  const found: Content[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const content of contents) {
    if (bytes + Buffer.byteLength(content) > BUFFER_BYTES) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1)?.push(content);
    bytes += Buffer.byteLength(content);
  }
  return found;
}

async function load(contents: readonly Content[], context?: FlowContext) {
  const putBack = new RecordingPutBack();
  const transform = new FlowTransform(settings(context === undefined ? {} : { context }), putBack);
  let delivered = 0;
  let largest = 0;
  const filled = batches(contents);
  for (const batch of filled) {
    const { report } = await transform.transform(event(...batch));
    delivered += report.delivered;
    largest = Math.max(largest, report.responseBytes);
  }
  return { delivered, largest, batches: filled.length, putBackShare: putBack.records.length / contents.length };
}

const SHORT: Readonly<Record<string, string>> = {
  version: "5",
  "account-id": "123456789012",
  action: "ACCEPT",
  "log-status": "OK",
  protocol: "6",
  start: String(START),
  end: String(START + 59),
  "interface-id": "eni-0a1b2c3d4e5f60718",
  srcaddr: "10.0.1.5",
  dstaddr: "10.0.2.7",
  "pkt-srcaddr": "10.0.1.5",
  "pkt-dstaddr": "10.0.2.7",
  "vpc-id": "vpc-0a1b2c3d4e5f60718",
  "subnet-id": "subnet-0a1b2c3d4e5f60718",
  "instance-id": "i-0a1b2c3d4e5f60718",
  region: "eu-west-1",
  "az-id": "euw1-az1",
  type: "IPv4",
  "flow-direction": "egress",
  "traffic-path": "1",
  "tcp-flags": "3",
  packets: "10",
  bytes: "4242",
  srcport: "50000",
  dstport: "443",
};

function azureRecords(target: string | undefined, rule: string): string[] {
  const nsg =
    "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/web-rg/providers/Microsoft.Network/networkSecurityGroups/web-nsg";
  const tuples = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => `${START * 1000 + at},10.20.0.4,10.20.0.9,${at},443,6,I,E,NX,1,2,3,4`);
  const input = {
    blob: "flowlogresourceid=/12345678-90ab-cdef-1234-567890abcdef_networkwatcherrg/networkwatcher_northeurope_web/pt1h.json",
    header: {
      layout: "vnet-v4",
      time: "2026-04-02T18:31:50.1234567Z",
      macAddress: "0022480A0B0C",
      flowLogGuid: "fedcba98-7654-4321-8fed-cba987654321",
      ...(target === undefined ? {} : { targetResourceId: target }),
    },
  } as const;
  const limits = { responseBudgetBytes: DEFAULT_SETTINGS.responseBudgetBytes, documentBytes };
  // Groups of every size, so that neither small nor full records are the exception.
  return [1, 3, 40, 700, 2000].flatMap((count, offset) =>
    [
      ...packAzureRecord(
        { ...input, offset, groups: [{ flow: 0, group: 0, first: 0, rule, aclId: nsg, tuples: tuples(count) }] },
        limits,
      ),
    ].map((packing: AzurePacking) => {
      if (packing.kind === "parked") throw new Error(packing.parked.message);
      return packing.data;
    }),
  );
}

/** A crowded network whose rules all let TCP in from anywhere. */
function everyRuleMatches(): InventorySnapshot {
  const network = largeNetwork(CROWDED);
  const anywhere = { direction: "ingress", protocol: 6, fromPort: 0, toPort: 65_535 } as const;
  const groups = network.groups.map((group) => ({
    ...group,
    rules: (group.rules ?? []).map((rule) => ({
      ...rule,
      ...anywhere,
      peer: { kind: "cidr", cidr: "0.0.0.0/0" } as const,
    })),
  }));
  return { ...network, groups };
}

describe("at steady load, in batches of 0.2 MB, fewer than 1 % of the records are put back", () => {
  it.each([
    ["lines of the default format", Array.from({ length: 6000 }, (_, bytes) => wrapped(defaultLine({ bytes })))],
    [
      "lines of 29 fields",
      Array.from({ length: 4000 }, (_, bytes) =>
        wrapped(
          SELECT_ALL_FORMAT.fields
            .map((field) => (field === "bytes" ? String(bytes) : (SHORT[field] ?? "-")))
            .join(" "),
        ),
      ),
    ],
  ])("of %s", async (_, contents) => {
    const { delivered, largest, batches: count, putBackShare } = await load(contents);
    expect(count).toBeGreaterThan(2);
    expect(putBackShare).toBeLessThan(0.01);
    expect(largest).toBeLessThanOrEqual(DEFAULT_SETTINGS.responseBudgetBytes);
    expect(delivered).toBeGreaterThan(contents.length * 0.99 - 1);
  });

  it.each([
    [
      "of a network",
      "/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/web-rg/providers/Microsoft.Network/virtualNetworks/web-vnet",
      "DefaultRule_AllowVnetInBound",
    ],
    [
      "of an interface with a long rule",
      `/subscriptions/12345678-90ab-cdef-1234-567890abcdef/resourceGroups/${"r".repeat(80)}/providers/Microsoft.Network/networkInterfaces/${"n".repeat(80)}`,
      `UserRule_${"x".repeat(60)}`,
    ],
    ["without a target", undefined, "PlatformRule"],
  ])("of packed Azure flows %s", async (_, target, rule) => {
    const contents = azureRecords(target, rule);
    const { largest, batches: count, putBackShare } = await load(contents);
    expect(count).toBeGreaterThan(0);
    expect(putBackShare).toBeLessThan(0.01);
    expect(largest).toBeLessThanOrEqual(DEFAULT_SETTINGS.responseBudgetBytes);
  });

  it("of packed VPC lines from files", async () => {
    const lines = Array.from({ length: 6000 }, (_, bytes) => defaultLine({ bytes }));
    const batch = { key: "AWSLogs/a.log", ids: lines.map((_, at) => at), lines };
    const packings = [...packLineBatch(batch, DEFAULT_SETTINGS.responseBudgetBytes)];
    const { delivered, putBackShare } = await load(
      packings.flatMap((packing) => (packing.kind === "packed" ? [packing.data] : [])),
    );
    expect(putBackShare).toBeLessThan(0.01);
    expect(delivered).toBe(6000);
  });

  it.each([
    ["default lines", defaultNetworkLine],
    ["lines of 29 fields", fullNetworkLine],
  ])("of %s explained by five groups of sixty rules for each interface", async (_, line) => {
    const network = largeNetwork(CROWDED);
    const contents = networkTraffic(network, 5000).map((flow) => wrapped(line(flow, START)));
    const { delivered, largest, batches: count, putBackShare } = await load(contents, new FlowExplainer([network]));
    expect(count).toBeGreaterThan(2);
    expect(putBackShare).toBeLessThan(0.01);
    expect(largest).toBeLessThanOrEqual(DEFAULT_SETTINGS.responseBudgetBytes);
    expect(delivered).toBeGreaterThan(contents.length * 0.99 - 1);
  });

  it("of the shortest lines, each with as many matching rules as an interface can have", async () => {
    const network = everyRuleMatches();
    const flow = networkTraffic(network, 1)[0];
    if (flow === undefined) throw new Error("the network must have traffic");
    const short = {
      ...flow,
      direction: "ingress",
      peer: "10.0.0.1",
      srcport: 9999,
      dstport: 443,
      protocol: 6,
    } as const;
    const contents = Array.from({ length: 6000 }, () => wrapped(defaultNetworkLine(short, START)));
    const { largest, putBackShare } = await load(contents, new FlowExplainer([network]));
    expect(putBackShare).toBeLessThan(0.01);
    expect(largest).toBeGreaterThan(3_000_000);
  });

  it("of Azure flows that were put back once already", async () => {
    const contents = azureRecords(undefined, "PlatformRule");
    const narrow = new RecordingPutBack();
    await new FlowTransform(settings({ responseBudgetBytes: 1_200_000 }), narrow).transform(event(...contents));
    expect(narrow.records.length).toBeGreaterThan(5);
    const { putBackShare } = await load(Array.from({ length: 3 }, () => narrow.records.map(({ data }) => data)).flat());
    expect(putBackShare).toBeLessThan(0.01);
  });
});
