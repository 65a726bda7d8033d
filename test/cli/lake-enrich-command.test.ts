import { readdirSync } from "node:fs";
import { join } from "node:path";
import { encodeSnapshot } from "@tributary/context";
import { describe, expect, it } from "vitest";
import { fullNetworkLine, largeNetwork, networkTraffic } from "../support/large-network.js";
import { tributary } from "./command.js";
import { azureBlob, lakeQuery, put, rowsOf, START, workFolder } from "./local-run.js";

const HEADER =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path";
const network = largeNetwork({ interfaces: 20, groups: 5, rules: [5, 20], groupsOfInterface: [1, 3] });
const FLOWS = 500;

function scene() {
  const folder = workFolder();
  const lines = networkTraffic(network, FLOWS).map((flow, n) => fullNetworkLine(flow, START + n));
  put(folder, "logs/a.log", `${HEADER}\n${lines.join("\n")}\n`);
  put(folder, "logs/PT1H.json", azureBlob("vnet-v4.json"));
  put(folder, "network.inventory", encodeSnapshot(network));
  return folder;
}

describe("tributary lake enrich", () => {
  it("gives a lake the verdicts that a run with the inventory gives", async () => {
    const cwd = scene();
    await tributary(["run", "logs", "--inventory", "network.inventory", "--lake", "explained"], { cwd });
    await tributary(["run", "logs"], { cwd });
    expect(await rowsOf(join(cwd, "lake"))).not.toEqual(await rowsOf(join(cwd, "explained")));

    const enriched = await tributary(["lake", "enrich", "--inventory", "network.inventory", "--output", "json"], {
      cwd,
    });

    expect(enriched).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(enriched.stdout)).toMatchObject({
      files: { read: 1, rewritten: 1 },
      flows: { explained: FLOWS, changed: FLOWS },
      interrupted: false,
    });
    expect(await rowsOf(join(cwd, "lake"))).toEqual(await rowsOf(join(cwd, "explained")));
  });

  it("keeps the inventory for the queries, and for the next time", async () => {
    const cwd = scene();
    await tributary(["run", "logs"], { cwd });
    await tributary(["lake", "enrich", "--inventory", "network.inventory"], { cwd });

    const query = await tributary(["query", "why-accepted", "--output", "json"], { cwd });
    const again = await tributary(["lake", "enrich"], { cwd });

    expect(JSON.parse(query.stdout)).toContainEqual(
      expect.objectContaining({ description: expect.stringMatching(/^Rule \d+ of group \d+$/) }),
    );
    expect(again.stdout).toMatch(/^500 VPC flows explained, 0 changed; 0 of 1 files written anew\n/);
  });

  it("says on a dry run what would change, and changes nothing", async () => {
    const cwd = scene();
    await tributary(["run", "logs"], { cwd });
    const before = await rowsOf(join(cwd, "lake"));

    const { stdout } = await tributary(["lake", "enrich", "--inventory", "network.inventory", "--dry-run"], { cwd });

    expect(stdout).toMatch(/^500 VPC flows explained, 500 would change; 1 of 1 files would be written anew\n {2}\S/);
    expect(await rowsOf(join(cwd, "lake"))).toEqual(before);
    expect(readdirSync(join(cwd, "lake"))).not.toContain("inventory");
  });

  it("names the remedy where there is no inventory or no lake", async () => {
    const cwd = scene();
    const noLake = await tributary(["lake", "enrich", "--inventory", "network.inventory"], { cwd });
    await tributary(["run", "logs"], { cwd });
    const noInventory = await tributary(["lake", "enrich"], { cwd });

    expect(noLake).toMatchObject({ code: 3, stderr: expect.stringContaining("holds no lake") });
    expect(noInventory).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("keeps no inventory: give one with --inventory"),
    });
    expect(await lakeQuery(join(cwd, "lake"), "SELECT count(*) FROM $rows WHERE status_detail IS NOT NULL")).toEqual([
      ["0"],
    ]);
  });
});
