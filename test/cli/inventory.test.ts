import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type InventorySnapshot, snapshotFileName } from "@tributary/context";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepInventory } from "../../packages/cli/src/inventory/keep-inventory.js";
import { loadInventory } from "../../packages/cli/src/inventory/load-inventory.js";
import { readSnapshot } from "../../packages/cli/src/inventory/snapshot-file.js";
import { describeNetwork, interfaceIds } from "../support/ec2-network.js";
import { type Ec2Script, ScriptedEc2 } from "../support/scripted-ec2.js";
import { tributary } from "./command.js";

const ENRICHER = fileURLToPath(new URL("../fixtures/cli/enricher", import.meta.url));
const NAME = "123456789012_eu-west-1.inventory";
const DAY = 86_400_000;
const TIME = Date.UTC(2026, 9, 10);

let folder: string;
const servers: ScriptedEc2[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tributary-inventory-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(async () => {
  for (const server of servers) await server.close();
});

const inventory = (...args: string[]) => tributary(["inventory", ...args], { cwd: folder });

/** An interface that is there, or none. */
function snapshot(collectedAt: number, ids: readonly string[]): InventorySnapshot {
  const interfaces = ids.map((id) => ({
    id,
    addresses: ["10.0.0.1"],
    prefixes: [],
    publicAddresses: [],
    groups: [],
    type: "interface",
    tags: {},
    asOf: collectedAt,
  }));
  const rest = { missing: [], groups: [], prefixLists: [], networkAcls: [] };
  return { accountId: "123456789012", region: "eu-west-1", collectedAt, interfaces, ...rest };
}

const KEEP = { keepMs: 14 * DAY, startAnew: false };

describe("an inventory to load", () => {
  it("may be a folder of the output of the AWS command line, as of its newest file", async () => {
    for (const name of readdirSync(ENRICHER)) {
      writeFileSync(join(folder, name), readFileSync(join(ENRICHER, name)));
      utimesSync(join(folder, name), TIME / 1000 - 60, TIME / 1000 - 60);
    }
    utimesSync(join(folder, "security-groups.json"), TIME / 1000, TIME / 1000);

    const [found, ...others] = await loadInventory(folder);

    expect(others).toEqual([]);
    expect(found).toMatchObject({ accountId: "123456789012", region: "eu-west-1", collectedAt: TIME });
    expect(found?.interfaces.map(({ addresses }) => addresses)).toEqual([["10.0.150.9"], ["10.0.2.219"]]);
  });

  it("may be a snapshot, or a folder of snapshots and command output at any depth", async () => {
    const { path } = await keepInventory(join(folder, "kept", "deep"), snapshot(TIME, ["eni-1"]), KEEP);
    mkdirSync(join(folder, "kept", "more"));
    const from = join(ENRICHER, "network-interfaces.json");
    writeFileSync(join(folder, "kept", "more", "network-interfaces.json"), readFileSync(from));

    const alone = await loadInventory(path);
    const both = await loadInventory(join(folder, "kept"), { asOf: TIME + 1 });

    expect(alone).toEqual([snapshot(TIME, ["eni-1"])]);
    expect(both.map(({ collectedAt }) => collectedAt)).toEqual([TIME, TIME + 1]);
  });

  it("is told by its content, whatever its file is called", async () => {
    const { path } = await keepInventory(join(folder, "kept"), snapshot(TIME, ["eni-1"]), KEEP);
    for (const name of ["eu-west-1.snapshot", "download.json", "download"]) {
      copyFileSync(path, join(folder, name));
      expect(await loadInventory(join(folder, name))).toEqual([snapshot(TIME, ["eni-1"])]);
    }

    // Not the one whose name says nothing.
    expect(await loadInventory(folder)).toHaveLength(3);
  });

  it("leaves out hidden files and files with other names", async () => {
    await keepInventory(folder, snapshot(TIME, ["eni-1"]), KEEP);
    writeFileSync(join(folder, ".half.json"), "{");
    writeFileSync(join(folder, "notes.txt"), "none");

    expect(await loadInventory(folder)).toHaveLength(1);
  });

  it.each([
    ["that is not there", "nowhere", "no-inventory", /there is no .*nowhere/],
    ["without any file of it", "empty", "no-inventory", /empty holds no inventory.*inventory collect/],
    ["that is no output of the command line", "other.json", "not-a-description", /other\.json/],
    ["that is a broken snapshot", "broken.inventory", undefined, /broken\.inventory/],
  ])("%s is refused by name with the remedy", async (_, name, code, message) => {
    mkdirSync(join(folder, "empty"));
    writeFileSync(join(folder, "other.json"), '{"Vpcs":[]}');
    writeFileSync(join(folder, "broken.inventory"), "not a snapshot");

    const error = await loadInventory(join(folder, name)).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    if (code !== undefined) expect(error).toMatchObject({ code });
  });
});

describe("a snapshot that is kept", () => {
  it("is named by account and region, and leaves nothing beside it", async () => {
    await keepInventory(folder, snapshot(TIME, ["eni-1"]), KEEP);

    expect(readdirSync(folder)).toEqual([NAME]);
    expect(snapshotFileName(snapshot(TIME, []))).toBe(NAME);
  });

  it("keeps what is gone for a while, and then forgets it", async () => {
    await keepInventory(folder, snapshot(TIME, ["eni-1"]), KEEP);
    const soon = await keepInventory(folder, snapshot(TIME + DAY, []), KEEP);
    const late = await keepInventory(folder, snapshot(TIME + 20 * DAY, []), KEEP);

    expect(soon.snapshot.interfaces).toMatchObject([{ id: "eni-1", asOf: TIME, until: TIME + DAY }]);
    expect(late.snapshot.interfaces).toEqual([]);
    expect(await readSnapshot(join(folder, NAME))).toEqual(late.snapshot);
  });

  it("drops what ended first when it grows too large, and says so", async () => {
    const gone = Array.from({ length: 40 }, (_, index) => `eni-gone-${index}`);
    await keepInventory(folder, snapshot(TIME, gone), KEEP);

    const kept = await keepInventory(folder, snapshot(TIME + DAY, ["eni-1"]), { ...KEEP, maxBytes: 1500 });

    expect(kept.snapshot.interfaces.map(({ id }) => id)).toEqual(["eni-1"]);
    expect(kept.note).toContain("the 40 former states that ended first were dropped");
    expect(await readSnapshot(join(folder, NAME))).toEqual(kept.snapshot);
  });

  it("that is broken stays as it is, until it is to be replaced", async () => {
    writeFileSync(join(folder, NAME), "broken");

    const refused = keepInventory(folder, snapshot(TIME, ["eni-1"]), KEEP);
    await expect(refused).rejects.toMatchObject({
      code: "broken-inventory",
      message: expect.stringContaining("--force"),
    });
    expect(readFileSync(join(folder, NAME), "utf8")).toBe("broken");

    await keepInventory(folder, snapshot(TIME, ["eni-1"]), { ...KEEP, startAnew: true });
    expect(await readSnapshot(join(folder, NAME))).toEqual(snapshot(TIME, ["eni-1"]));
  });

  it("is not overwritten by an older one, nor by that of another account", async () => {
    const path = join(folder, "one.inventory");
    await keepInventory(path, snapshot(TIME, ["eni-1"]), KEEP);

    const older = keepInventory(path, snapshot(TIME - 1, []), KEEP);
    const other = keepInventory(path, { ...snapshot(TIME, []), accountId: "444455556666" }, KEEP);

    await expect(older).rejects.toMatchObject({ code: "older-inventory" });
    await expect(other).rejects.toMatchObject({ code: "other-inventory" });
    expect(await readSnapshot(path)).toEqual(snapshot(TIME, ["eni-1"]));
  });
});

describe("inventory import and show", () => {
  it("make snapshots of files, and tell what they hold", async () => {
    const made = await inventory("import", ENRICHER, "--out", "kept", "--as-of", "2026-10-10T00:00:00Z");
    const shown = await inventory("show", "kept", "--output", "json");

    expect(made.code).toBe(0);
    expect(made.stderr).toBe(`written: ${join("kept", NAME)}\n`);
    expect(JSON.parse(shown.stdout)).toMatchObject([
      {
        account: "123456789012",
        region: "eu-west-1",
        as_of: "2026-10-10T00:00:00Z",
        interfaces: 2,
        groups: 2,
        rules: 2,
        gone: 0,
      },
    ]);
  });

  it("name the parts for which there was no file", async () => {
    const { stdout } = await inventory("show", join(ENRICHER, "network-interfaces.json"), "--output", "json");

    expect((JSON.parse(stdout) as { missing: string }[])[0]?.missing).toMatch(/groups.*rules.*network-acls/);
  });

  it("show the states of an interface by its address, and the rules of a group by its name", async () => {
    const interfaces = await inventory("show", ENRICHER, "--interface", "10.0.2.219", "--output", "json");
    const rules = await inventory("show", ENRICHER, "--group", "ssh", "--output", "json");

    expect(JSON.parse(interfaces.stdout)).toMatchObject([{ interface: "eni-0b0d5ccd83421d08d" }]);
    expect(JSON.parse(rules.stdout)).toMatchObject([
      { rule: "sgr-00b06fe3bdcc26c35", direction: "ingress", protocol: "tcp", ports: "21-22", peer: "0.0.0.0/0" },
      { rule: "sgr-09c9a1735de2a080a", direction: "egress" },
    ]);
  });

  it("end with 3 for an interface that is in no inventory", async () => {
    const { code, stderr } = await inventory("show", ENRICHER, "--interface", "web-9");

    expect(code).toBe(3);
    expect(stderr).toContain('no interface "web-9"');
  });
});

const KEY = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "example", AWS_EC2_METADATA_DISABLED: "true" };

/** Runs `inventory collect` against an EC2 that says what a script tells it to. */
async function collect(script: Ec2Script, ...args: string[]) {
  const server = await ScriptedEc2.start(script);
  servers.push(server);
  const options = ["--region", "eu-west-1", "--endpoint", server.endpoint, "--out", "kept", "--output", "json"];
  const finished = await tributary(["inventory", "collect", ...options, ...args], { cwd: folder, env: KEY });
  return { ...finished, server };
}

const described: Ec2Script = (call) => describeNetwork({ interfaces: interfaceIds(3) }, call);

describe("inventory collect", () => {
  it("writes a snapshot of each region", async () => {
    const { code, stdout } = await collect(described, "--region", "us-east-1", "--account", "123456789012");

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { account: "123456789012", region: "eu-west-1", interfaces: 3, missing: "" },
      { account: "123456789012", region: "us-east-1", interfaces: 3, missing: "" },
    ]);
    expect(readdirSync(join(folder, "kept")).sort()).toEqual([NAME, "123456789012_us-east-1.inventory"]);
  });

  it("finds the account of credentials that do not tell it", async () => {
    const { code, stdout } = await collect(described);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ account: "123456789012" }]);
  });

  it("names a missing permission, keeps the rest and ends with 4", async () => {
    const denied: Ec2Script = (call, number) =>
      call.action === "DescribeNetworkAcls"
        ? { kind: "error", status: 403, code: "UnauthorizedOperation" }
        : described(call, number);
    const { code, stdout, stderr } = await collect(denied, "--account", "123456789012");

    expect(code).toBe(4);
    expect(stderr).toMatch(/not read: network-acls.*ec2:DescribeNetworkAcls is not allowed.*--print-policy/);
    expect(JSON.parse(stdout)).toMatchObject([{ interfaces: 3, missing: "network-acls" }]);
  });

  it("that can read nothing writes nothing and ends with 1", async () => {
    const { code, stderr } = await collect(
      () => ({ kind: "error", status: 403, code: "UnauthorizedOperation" }),
      "--account",
      "123456789012",
    );

    expect(code).toBe(1);
    expect(stderr).toContain("ec2:DescribeNetworkInterfaces is not allowed");
    expect(existsSync(join(folder, "kept"))).toBe(false);
  });

  it("does not ask EC2 when a broken snapshot is in its place", async () => {
    mkdirSync(join(folder, "kept"));
    writeFileSync(join(folder, "kept", NAME), "broken");
    const { code, stderr, server } = await collect(described, "--account", "123456789012");

    expect(code).toBe(3);
    expect(stderr).toContain("--force");
    expect(server.calls).toEqual([]);
    expect(readFileSync(join(folder, "kept", NAME), "utf8")).toBe("broken");
  });

  it("prints the policy that it needs, for the regions given", async () => {
    const { code, stdout } = await inventory("collect", "--print-policy", "--region", "eu-west-1");

    expect(code).toBe(0);
    const { Statement } = JSON.parse(stdout) as { Statement: { Action: string[] }[] };
    expect(Statement[0]?.Action).toContain("ec2:DescribeNetworkInterfaces");
    expect(Statement[0]).toMatchObject({ Condition: { StringEquals: { "ec2:Region": ["eu-west-1"] } } });
  });

  it.each([
    [["--role-arn", "admin"], /ARN of a role/],
    [["--endpoint", "localhost"], /URL such as/],
    [["--account", "12"], /12 digits/],
    [[], /no region: give --region/],
  ])("%j is wrong usage", async (args, message) => {
    const env = { ...KEY, AWS_REGION: "", AWS_DEFAULT_REGION: "" };
    const { code, stderr } = await tributary(["inventory", "collect", ...args], { cwd: folder, env });

    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("looks at a region of the environment as closely as at one that is given", async () => {
    const env = { ...KEY, AWS_REGION: "../eu-west-1", AWS_DEFAULT_REGION: "" };
    const { code, stderr } = await tributary(["inventory", "collect", "--account", "123456789012"], {
      cwd: folder,
      env,
    });

    expect(code).toBe(2);
    expect(stderr).toContain('AWS_REGION is "../eu-west-1". Give an AWS region');
  });

  it("refuses to put two regions into one file", async () => {
    const { code, stderr, server } = await collect(
      described,
      ...["--region", "us-east-1", "--account", "123456789012", "--out", "one.inventory"],
    );

    expect(code).toBe(3);
    expect(stderr).toMatch(/one file.*2 accounts and regions/);
    expect(server.calls).toEqual([]);
  });
});
