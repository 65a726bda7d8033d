import { encodeSnapshot, type FlowContext, FlowExplainer } from "@tributary/context";
import { type DirectLookup, type InventoryRequest, InventorySource, transformInvocation } from "@tributary/functions";
import { FlowTransform, type TransformationEvent } from "@tributary/transform";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MemorySnapshots } from "../support/inventory-stores.js";
import { defaultNetworkLine, LARGE, largeNetwork, networkTraffic } from "../support/large-network.js";
import {
  defaultLine,
  documentsOf,
  event,
  RecordingPutBack,
  START,
  settings,
  wrapped,
} from "../support/transform-event.js";

const NETWORK = largeNetwork({ ...LARGE, interfaces: 5000, groups: 1000, rules: [2, 4] });

function workshop() {
  const store = new MemorySnapshots();
  store.put(`${NETWORK.accountId}/${NETWORK.region}`, encodeSnapshot(NETWORK));
  const clock = { now: START * 1000 };
  const sent: (readonly InventoryRequest[])[] = [];
  const ec2 = { calls: 0 };
  const lookup: DirectLookup = {
    accountId: NETWORK.accountId,
    region: NETWORK.region,
    find: async () => {
      ec2.calls++;
      return { found: [], unknown: [], calls: 1, problems: [] };
    },
  };
  const source = new InventorySource({
    store,
    now: () => clock.now,
    refreshEvery: 60_000,
    requests: {
      send: async (requests) => {
        sent.push(requests);
      },
    },
    lookupFor: () => lookup,
  });
  const log: object[] = [];
  const invoke = transformInvocation({
    transform: new FlowTransform({ ...settings(), context: source }, new RecordingPutBack()),
    source,
    log: (entry) => log.push(entry),
  });
  return { store, clock, sent, ec2, invoke, log };
}

const linesOf = (flows: ReturnType<typeof networkTraffic>): TransformationEvent =>
  event(...flows.map((flow) => wrapped(defaultNetworkLine(flow, START))));

describe("the transform as Lambda calls it", () => {
  it("answers every record, explains the flows and logs their sum", async () => {
    const { invoke, log } = workshop();
    const { records } = await invoke(linesOf(networkTraffic(NETWORK, 50)));
    expect(records.map(({ recordId, result }) => [recordId, result])).toEqual(
      Array.from({ length: 50 }, (_, index) => [`r${index}`, "Ok"]),
    );
    const verdicts = records
      .flatMap(documentsOf)
      .map(({ unmapped }) => (unmapped as { sg_verdict?: string }).sg_verdict);
    expect(verdicts).not.toContain(undefined);
    expect(verdicts).not.toContain("unknown-interface");
    expect(log).toMatchObject([
      { message: "transformed", invocationId: "invocation-1", read: 50, delivered: 50, inventory: { snapshots: 1 } },
    ]);
  });

  it("makes no call to EC2 and asks nobody for anything with a steady inventory of 5,000 interfaces", async () => {
    const { invoke, clock, store, sent, ec2, log } = workshop();
    const traffic = networkTraffic(NETWORK, 1000);
    for (let time = 0; time < 10; time++) {
      await invoke(linesOf(traffic.slice(time * 100, time * 100 + 100)));
      clock.now += 30_000;
    }
    expect(ec2.calls).toBe(0);
    expect(sent).toEqual([]);
    expect(store).toMatchObject({ lists: 5, reads: 1, writes: 0 });
    expect(log.every((entry) => (entry as { inventory: { ec2Calls: number } }).inventory.ec2Calls === 0)).toBe(true);
  });

  it("delivers flows of interfaces that it does not know, and asks for them afterwards", async () => {
    const { invoke, sent, log } = workshop();
    const { records } = await invoke(event(wrapped(defaultLine()), wrapped(defaultLine({ srcport: 50_001 }))));
    expect(records.map(({ result }) => result)).toEqual(["Ok", "Ok"]);
    expect(records.flatMap(documentsOf)).toMatchObject([
      { unmapped: { sg_verdict: "unknown-interface" } },
      { unmapped: { sg_verdict: "unknown-interface" } },
    ]);
    expect(sent.flat()).toMatchObject([{ accountId: "123456789012", interfaceIds: ["eni-0a1b2c3d4e5f60718"] }]);
    expect(log).toMatchObject([{ delivered: 2, inventory: { unknownFlows: 2, requested: 1, ec2Calls: 1 } }]);
  });

  it("delivers everything while the inventory cannot be read", async () => {
    const { invoke, store, log } = workshop();
    store.failure = new Error("S3 is down");
    const { records } = await invoke(linesOf(networkTraffic(NETWORK, 5)));
    expect(records.map(({ result }) => result)).toEqual(["Ok", "Ok", "Ok", "Ok", "Ok"]);
    expect(log).toMatchObject([{ delivered: 5, parked: {}, inventory: { snapshots: 0, storeFailures: 1 } }]);
  });
});

describe("a context that fails for some flows", () => {
  it("costs these flows their context and nothing else, and is counted", async () => {
    const context: FlowContext = {
      explain: (flow) => {
        if (flow.srcport === 50_001) throw new TypeError("rules are not iterable");
        return new FlowExplainer([NETWORK]).explain(flow, START * 1000);
      },
    };
    const transform = new FlowTransform({ ...settings(), context }, new RecordingPutBack());
    const lines = [50_000, 50_001, 50_002].map((srcport) => defaultLine({ srcport }));
    for (const of of [event(...lines.map(wrapped)), event(lines.join("\n"))]) {
      const { response, report } = await transform.transform(of);
      const unmapped = response.records.flatMap(documentsOf).map((document) => document.unmapped);
      expect(unmapped.map((each) => (each as { sg_verdict?: string } | undefined)?.sg_verdict)).toEqual([
        "unknown-interface",
        undefined,
        "unknown-interface",
      ]);
      expect(report).toMatchObject({
        delivered: 3,
        contextFailures: 1,
        contextFailure: "TypeError: rules are not iterable",
      });
    }
    expect((await transform.transform(event(wrapped(defaultLine())))).report.contextFailures).toBe(0);
  });
});

describe("the entry points", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("transform without an inventory when no bucket is set", async () => {
    vi.stubEnv("AWS_REGION", "eu-west-1");
    vi.stubEnv("INVENTORY_BUCKET", "");
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const { handler } = await import("../../packages/functions/src/flow-transform.js");
    const { records } = await handler(event(wrapped(defaultLine())));
    expect(records).toMatchObject([{ recordId: "r0", result: "Ok" }]);
    expect(log.mock.calls.map(([line]) => JSON.parse(String(line)))).toMatchObject([
      { message: "transformed", read: 1 },
    ]);
    log.mockRestore();
  });

  it("name the setting that the collector lacks", async () => {
    vi.stubEnv("INVENTORY_BUCKET", "");
    const { handler } = await import("../../packages/functions/src/inventory-collector.js");
    await expect(handler({})).rejects.toMatchObject({ code: "missing-setting" });
  });
});
