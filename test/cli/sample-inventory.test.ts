import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type ExplainedFlow, FlowExplainer, type InventorySnapshot, VERDICTS } from "@tributary/context";
import { VpcFlow, VpcFormat } from "@tributary/flow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadInventory } from "../../packages/cli/src/inventory/load-inventory.js";
import { writeSample } from "../../packages/cli/src/sample/write-sample.js";

interface Explained extends ExplainedFlow {
  readonly flow: VpcFlow;
}

const FLOWS = 30_000;
let folder: string;
let snapshots: readonly InventorySnapshot[];
let explained: readonly Explained[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tributary-sample-"));
  await writeSample({ flows: FLOWS, out: join(folder, "sample"), seed: 1 });
  snapshots = await loadInventory(join(folder, "sample", "inventory"));
  const explainer = new FlowExplainer(snapshots);
  explained = flowsBelow(join(folder, "sample", "AWSLogs")).map((flow) => ({
    flow,
    ...explainer.explain(flow, (flow.start ?? 0) * 1000),
  }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function flowsBelow(logs: string): readonly VpcFlow[] {
  const names = readdirSync(logs, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".gz"));
  return names.sort().flatMap((name) => {
    const [header = "", ...lines] = gunzipSync(readFileSync(join(logs, name)))
      .toString("latin1")
      .trimEnd()
      .split("\n");
    const format = VpcFormat.fromHeader(header);
    return lines.flatMap((line) => {
      const flow = format?.parse(line);
      return flow instanceof VpcFlow ? [flow] : [];
    });
  });
}

/** The verdicts of the flows that are like this one. */
function verdictsOf(wanted: Partial<VpcFlow>): readonly string[] {
  const found = explained.filter(({ flow }) =>
    Object.entries(wanted).every(([field, value]) => flow[field as keyof VpcFlow] === value),
  );
  return [...new Set(found.map(({ explanation }) => explanation.verdict))].sort();
}

describe("the sample's inventory", () => {
  it("is the output of the AWS command line, complete, for both accounts", () => {
    expect(
      snapshots.map(({ accountId, region, missing, interfaces }) => [accountId, region, missing, interfaces.length]),
    ).toEqual([
      ["111122223333", "eu-central-1", [], 13],
      ["444455556666", "eu-central-1", [], 7],
    ]);
  });

  it("is the same whatever the seed and the number of flows", async () => {
    await writeSample({ flows: 100, out: join(folder, "other"), seed: "other" });
    const files = (sample: string) => {
      const root = join(folder, sample, "inventory");
      const names = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
      return names.sort().map((name) => [name, readFileSync(join(root, name), "utf8")]);
    };
    expect(files("other")).toEqual(files("sample"));
    expect(files("sample").length).toBe(14);
  });

  it("is as old as the first flow, so that it explains all of them exactly", () => {
    const known = explained.filter(({ explanation }) => explanation.verdict !== "unknown-interface");
    expect(new Set(known.map(({ explanation }) => explanation.basis))).toEqual(new Set(["exact"]));
  });

  it("names servers by their instances and other interfaces by their own tags", () => {
    const names = snapshots.flatMap(({ interfaces }) => interfaces.map(({ name }) => name));
    expect(names).toEqual(expect.arrayContaining(["web-1", "nat", "balancer-a", "report-db", "windows-1"]));
    expect(names).not.toContain(undefined);
  });

  it("leaves out the interface that is gone", () => {
    expect(snapshots.flatMap(({ interfaces }) => interfaces.map(({ id }) => id))).not.toContain(
      "eni-0a11b22c33d44e30e",
    );
  });
});

describe("the sample's flows", () => {
  it("have every verdict", () => {
    expect(new Set(explained.map(({ explanation }) => explanation.verdict))).toEqual(new Set(VERDICTS));
  });

  it.each<readonly [string, Partial<VpcFlow>, readonly string[]]>([
    ["HTTPS into a web server", { dstaddr: "10.20.0.11", dstport: 443, action: "ACCEPT" }, ["allowed-by-rule"]],
    [
      "its answers",
      { srcaddr: "10.20.0.11", srcport: 443, action: "ACCEPT", flowDirection: "egress" },
      ["return-traffic"],
    ],
    ["HTTP from the balancer to an application server", { srcaddr: "10.20.10.5", dstport: 8080 }, ["allowed-by-rule"]],
    ["the backup's answers", { srcport: 443, dstaddr: "10.20.20.31", flowDirection: "ingress" }, ["return-traffic"]],
    ["SSH attempts at the bastion", { dstaddr: "10.20.0.40", dstport: 22, action: "REJECT" }, ["no-rule-matches"]],
    [
      "a web server that asks the database",
      { srcaddr: "10.20.1.12", dstport: 5432, action: "REJECT" },
      ["blocked-by-network-acl"],
    ],
    [
      "pings whose answer the network ACL stops",
      { srcaddr: "10.30.0.50", protocol: 1, action: "REJECT" },
      ["blocked-by-network-acl"],
    ],
    ["late packets", { dstport: 443, tcpFlags: 4, action: "REJECT" }, ["blocked-elsewhere"]],
    ["what the NAT gateway logs", { interfaceId: "eni-0a11b22c33d44e30a", action: "ACCEPT" }, ["no-security-groups"]],
    ["what the gone interface logged", { interfaceId: "eni-0a11b22c33d44e30e" }, ["unknown-interface"]],
    ["a connection older than the removal of its rule", { dstport: 15672 }, ["unexplained"]],
    ["RDP into the jump host", { dstaddr: "10.30.0.50", dstport: 3389, action: "ACCEPT" }, ["allowed-by-rule"]],
  ])("%s (%j) have the verdict %j", (_, wanted, verdicts) => {
    expect(verdictsOf(wanted)).toEqual(verdicts);
  });

  it("leave some rules unused", () => {
    const used = new Set(
      explained.flatMap(({ explanation }) =>
        explanation.verdict === "allowed-by-rule" ? explanation.rules.map(({ rule }) => rule.id) : [],
      ),
    );
    const unused = snapshots
      .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules ?? []))
      .filter(({ id }) => !used.has(id))
      .map(({ description }) => description);
    expect(unused).toEqual(
      expect.arrayContaining(["Old admin console", "Metrics", "RDP from the office", "Debug console"]),
    );
    expect(unused).not.toContain("HTTPS from everywhere");
  });
});
