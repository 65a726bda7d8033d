import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InventorySnapshot } from "@tributary/context";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nearest } from "../../packages/cli/src/explain/nearest-text.js";
import { timeWindow, windowStart } from "../../packages/cli/src/explain/time-window.js";
import { keepInventory } from "../../packages/cli/src/inventory/keep-inventory.js";
import { loadInventory } from "../../packages/cli/src/inventory/load-inventory.js";
import { writeSample } from "../../packages/cli/src/sample/write-sample.js";
import { networkInterface } from "../lake/inventory-fixture.js";
import { tributary } from "./command.js";
import { localRun } from "./local-run.js";

interface UseJson {
  readonly peers: number;
  readonly flows: number;
  readonly bytes: number;
  readonly first_seen?: string;
  readonly last_seen?: string;
}

interface RuleJson {
  readonly id: string;
  readonly match: string;
  readonly network_acl?: { readonly outcome: string; readonly entries: readonly string[] };
  readonly use: UseJson | "not-observed";
}

interface TargetJson {
  readonly direction: string;
  readonly interface: { readonly id: string };
  readonly rules: readonly RuleJson[];
  readonly used_by?: readonly { readonly address: string; readonly flows: number; readonly rules: readonly string[] }[];
}

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tributary-target-"));
  await writeSample({ flows: 6000, out: join(folder, "sample"), seed: 1 });
  await localRun(join(folder, "lake"), [join(folder, "sample", "AWSLogs")]);
  for (const snapshot of await loadInventory(join(folder, "sample", "inventory"))) {
    await keepInventory(join(folder, "lake", "inventory", "snapshots"), snapshot, { keepMs: 0, startAnew: false });
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const explain = (...args: string[]) => tributary(["explain", "--lake", "lake", ...args], { cwd: folder });

async function found(...args: string[]): Promise<readonly TargetJson[]> {
  const { code, stdout, stderr } = await explain(...args, "--output", "json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as readonly TargetJson[];
}

describe("a target's port", () => {
  it("is explained by every rule that is open, what the network ACL leaves of it, and who used it", async () => {
    const [database, ...others] = await found("--target", "db-1", "--port", "5432");

    expect(others).toEqual([]);
    expect(database?.rules.map(({ id, match, network_acl: acl }) => [id, match, acl])).toEqual([
      ["sgr-0a11b22c33d440401", "yes", { outcome: "allowed", entries: ["100"] }],
      // Only the database's own subnet, in which network ACLs do not apply.
      ["sgr-0a11b22c33d440402", "yes", { outcome: "allowed", entries: [] }],
      ["sgr-0a11b22c33d440403", "yes", { outcome: "in part", entries: ["100", "*"] }],
    ]);
    expect(database?.used_by?.map(({ address }) => address).sort()).toEqual([
      "10.20.10.21",
      "10.20.10.23",
      "10.20.11.22",
    ]);
    for (const { rules } of database?.used_by ?? [])
      expect(rules).toEqual(["sgr-0a11b22c33d440401", "sgr-0a11b22c33d440403"]);
  });

  it("counts use by rule, never a reply or a rejected flow, and finds what is open but unused", async () => {
    const [database] = await found("--target", "db-1", "--port", "5432");
    const asked = await tributary(
      [
        ...["query", "--output", "json", "--sql"],
        `select count(*) as flows, sum(bytes) as bytes from traffic
         where dst = '10.20.20.31' and dport = 5432 and action = 'Allowed' and interface = 'eni-0a11b22c33d44e307'`,
      ],
      { cwd: folder },
    );

    const [counted] = JSON.parse(asked.stdout) as { flows: number; bytes: number }[];
    const [byApplication, byDatabase] = database?.rules ?? [];
    expect(byApplication?.use).toMatchObject({ peers: 3, ...counted });
    expect(byDatabase?.use).toEqual({ peers: 0, flows: 0, likely_flows: 0, bytes: 0 });
  });

  it("tells how much of its use rests on guesses", async () => {
    const inventory = ["--inventory", "sample/inventory"];
    await tributary(["run", "--lake", "judged", ...inventory, "sample/AWSLogs"], { cwd: folder });
    const ask = (...args: string[]) => tributary(["explain", "--lake", "judged", ...args], { cwd: folder });

    // Its flow logs have the default fields, so no tcp-flags.
    const { stdout: windows } = await ask("--target", "windows-1", "--port", "3389");
    const { stdout: database } = await ask("--target", "db-1", "--port", "5432");

    expect(windows).toMatch(/\d+ sources? likely used it/);
    expect(windows.replaceAll("\n   ", " ")).toMatch(/Of these \d+ flows all are likely only/);
    expect(database).not.toContain("likely");
  });

  it("may be asked for one source, or for a block of them", async () => {
    const [one] = await found("--target", "db-1", "--port", "5432", "--src", "10.20.1.12");
    const [block] = await found("--target", "db-1", "--port", "5432", "--src", "10.20.0.0/15");

    expect(one?.rules).toMatchObject([
      { id: "sgr-0a11b22c33d440403", match: "yes", network_acl: { outcome: "denied", entries: ["*"] } },
    ]);
    expect(one?.used_by).toEqual([]);
    expect(block?.used_by).toHaveLength(3);
    // The rules let a part of the block in.
    expect(new Set(block?.rules.map(({ match }) => match))).toEqual(new Set(["maybe"]));
  });

  it("may be asked for where the target goes", async () => {
    const [worker] = await found("--target", "worker-3", "--port", "443", "--dst", "203.0.113.100");

    expect(worker?.direction).toBe("egress");
    expect(worker?.rules.map(({ id }) => id)).toEqual(["sgr-0b44c55d66e770182"]);
    expect(worker?.rules[0]?.use).not.toBe("not-observed");
  });

  it("may be asked for ICMP and for all protocols, which have no port", async () => {
    const [ping] = await found("--target", "windows-1", "--protocol", "icmp");
    const [all] = await found("--target", "windows-1", "--protocol", "all");

    expect(ping?.rules.map(({ id }) => id)).toEqual(["sgr-0b44c55d66e770402"]);
    expect(all?.rules.map(({ id }) => id)).toEqual(["sgr-0b44c55d66e770401", "sgr-0b44c55d66e770402"]);
  });
});

describe("a target", () => {
  it.each([["eni-0b44c55d66e77f306"], ["i-0b44c55d66e77f406"], ["10.30.0.50"], ["203.0.113.152"], ["windows-1"]])(
    "is found by %s",
    async (target) => {
      const interfaces = await found("--target", target, "--port", "3389");

      expect(interfaces.map((each) => each.interface.id)).toEqual(["eni-0b44c55d66e77f306"]);
    },
  );

  it("that several interfaces are called shows each of them", async () => {
    const interfaces = await found("--target", "spare", "--port", "22");

    expect(interfaces.map((each) => each.interface.id).sort()).toEqual([
      "eni-0a11b22c33d44e30d",
      "eni-0b44c55d66e77f307",
    ]);
  });

  it("that many interfaces are called shows the first twenty and says how to ask for one", async () => {
    const names = Array.from({ length: 23 }, (_, index) => networkInterface(`eni-${index}`, { name: "worker" }));
    const named = { ...(await loadInventory(join(folder, "sample", "inventory")))[0], interfaces: names };
    await keepInventory(join(folder, "many"), named as InventorySnapshot, { keepMs: 0, startAnew: false });

    const args = ["explain", "--inventory", "many", "--target", "worker", "--port", "443", "--output", "json"];
    const { code, stdout, stderr } = await tributary(args, { cwd: folder });

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(20);
    expect(stderr).toContain(
      '23 interfaces are called "worker": the first 20 are explained, 3 left out. Name one by its id',
    );
  });

  it("without flows in the lake has no unused rules: that is not observed", async () => {
    const [spare] = await found("--target", "eni-0a11b22c33d44e30d", "--port", "8080");
    const { stdout } = await explain("--target", "eni-0a11b22c33d44e30d", "--port", "8080");

    expect(spare?.rules.map(({ use }) => use)).toEqual(["not-observed"]);
    expect(stdout).toContain("use is not observed");
  });

  it("that no rule opens says so", async () => {
    const { code, stdout } = await explain("--target", "bastion", "--port", "5432");

    expect(code).toBe(0);
    expect(stdout).toContain("No rule lets it in.");
    expect(stdout).toContain("Turned away:");
  });

  it("without security groups says so", async () => {
    const { code, stdout } = await explain("--target", "nat", "--port", "22");

    expect(code).toBe(0);
    expect(stdout).toContain("no security groups");
  });

  it("that nothing is called ends with 3 and names what is spelt alike", async () => {
    const { code, stderr } = await explain("--target", "wbe-1", "--port", "443");

    expect(code).toBe(3);
    expect(stderr).toMatch(/no "wbe-1".*Did you mean .*web-1/);
  });

  it("that has not the own address that is given ends with 3 and names those it has", async () => {
    const { code, stderr } = await explain(
      "--target",
      "web-1",
      "--port",
      "443",
      "--src",
      "192.0.2.1",
      "--dst",
      "10.9.9.9",
    );

    expect(code).toBe(3);
    expect(stderr).toContain("10.20.0.11");
  });
});

describe("the answer", () => {
  it("goes step by step and says what was not looked at", async () => {
    const { stdout } = await explain("--target", "db-1", "--port", "5432");

    expect(stdout.split("\n").filter((line) => /^\d\. /.test(line))).toEqual([
      "1. Interface",
      "2. 3 of 4 inbound rules fit",
      "3. Network ACL data (acl-0a11b22c33d44e103)",
      "4. Who used it from 2026-10-08T00:00:00Z to 2026-10-15T00:00:00Z",
      "5. Open, and how much of it is used",
      "6. Limits",
    ]);
    expect(stdout).toContain("app-3 (10.20.10.23)");
    expect(stdout).toMatch(/sgr-0a11b22c33d440402 .* never/);
    expect(stdout.replaceAll("\n   ", " ")).toContain("Not looked at: route tables, load balancers");
  });

  it("as Markdown has headings and tables for a ticket", async () => {
    const { stdout } = await explain("--target", "db-1", "--port", "5432", "--output", "markdown");

    expect(stdout).toMatch(/^## tcp 5432 into db-1 \(eni-0a11b22c33d44e307\)\n/);
    expect(stdout).toMatch(/^\| ✓ \| `sgr-0a11b22c33d440401` \| `tcp` \| `5432` \|/m);
  });

  it("without a lake has the rules, and says how to learn who used them", async () => {
    const { code, stdout } = await tributary(
      ["explain", "--inventory", "sample/inventory", "--target", "db-1", "--port", "5432"],
      { cwd: folder },
    );

    expect(code).toBe(0);
    expect(stdout).not.toContain("Who used it");
    expect(stdout).toContain("give the --lake");
  });

  it("comes from ./lake when nothing else is named, and says so", async () => {
    const { code, stderr } = await tributary(["explain", "--target", "db-1", "--port", "5432"], { cwd: folder });

    expect(code).toBe(0);
    expect(stderr).toBe("Using the inventory of lake.\n");
  });

  it("is of the window that is asked for", async () => {
    const [last] = await found("--target", "windows-1", "--port", "3389", "--from", "2026-10-14T00:00:00Z");
    const [all] = await found("--target", "windows-1", "--port", "3389");

    const flows = (json: TargetJson | undefined) => (json?.used_by ?? []).reduce((sum, each) => sum + each.flows, 0);
    expect(flows(last)).toBeGreaterThan(0);
    expect(flows(last)).toBeLessThan(flows(all));
  });
});

describe("a window", () => {
  it("counts back from the end of the newest day", () => {
    expect(timeWindow(windowStart("7d"), "2026-10-14")).toEqual({
      from: Date.UTC(2026, 9, 8),
      to: Date.UTC(2026, 9, 15),
    });
    expect(timeWindow(windowStart("12h"), "2026-10-14").from).toBe(Date.UTC(2026, 9, 14, 12));
    expect(timeWindow(windowStart("2026-10-01"), "2026-10-14").from).toBe(Date.UTC(2026, 9, 1));
  });

  it.each(["2026-10-15", "2027-01-01"])("that begins at %s, when the lake has ended, is none", (text) => {
    expect(() => timeWindow(windowStart(text), "2026-10-14")).toThrow(/the lake ends before that.*2026-10-14/);
  });

  it.each(["0d", "7", "d", "2026-13-01", "2026-10-01T00:00:00"])("does not begin at %s", (text) => {
    expect(() => windowStart(text)).toThrow(/Give a span/);
  });
});

it("names spelt alike are those with few changes, the nearest first", () => {
  expect(nearest("web1", ["web-1", "web-2", "db-1", "web-1"])).toEqual(["web-1", "web-2"]);
  expect(nearest("balancer", ["balancer-a", "app-1"])).toEqual(["balancer-a"]);
  expect(nearest("anything else", ["web-1"])).toEqual([]);
});
