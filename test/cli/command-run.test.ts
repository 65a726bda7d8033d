import { readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { tributary } from "./command.js";
import {
  HEADER,
  lakeQuery,
  put,
  rowsOf,
  SHORT_FORMAT,
  shortLine,
  undisturbedRows,
  vpcLines,
  workFolder,
} from "./local-run.js";

/** A folder to run in, with some logs. */
function scene(): string {
  const folder = workFolder();
  put(folder, "logs/a.log", `${HEADER}\n${vpcLines(0, 1200)}`);
  put(folder, "logs/b.log.gz", gzipSync(vpcLines(1200, 1300)));
  return folder;
}

describe("tributary run", () => {
  it("reads a folder into ./lake, sums up on stdout and is silent on stderr", async () => {
    const folder = scene();

    const { code, stdout, stderr } = await tributary(["run", "logs", "--jobs", "1"], { cwd: folder });

    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(
      /^1,300 flows from 2 files in .*\n {2}delivered {2}1,300\n {2}skipped {4}0\n {2}parked {5}0\nLake lake: 1,300 flows in 1 file, 1 partition, /,
    );
    expect(await rowsOf(join(folder, "lake"))).toEqual(await undisturbedRows([join(folder, "logs")]));
  });

  it("gives its counts as one JSON object, which add up", async () => {
    const folder = scene();
    const broken = `${HEADER}\n2 111122223333 eni-0a1b2c3d4e5f60718 - - - - - - - 1791633600 1791633659 - NODATA\nbroken\n`;
    put(folder, "logs/c.log", broken);

    const args = ["run", "logs", "--jobs", "1", "--output", "json"];
    const { code, stdout, stderr } = await tributary(args, { cwd: folder });

    const summary = JSON.parse(stdout) as Record<string, unknown>;
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(summary).toMatchObject({
      flows: { read: 1302, delivered: 1300, skipped: { nodata: 1 }, parked: { "field-count": 1 } },
      documents: 1300,
      inputs: { read: 3, unchanged: 0, notFlowLogs: [], problems: [] },
      lake: { path: join(folder, "lake"), files: 1, partitions: 1, rows: 1300, bytes: expect.any(Number) },
      seconds: expect.any(Number),
      interrupted: false,
    });
    expect(stderr).toBe("");
    expect(code).toBe(4);
  });

  it.each([
    [
      "jsonl",
      '{"outcome":"delivered","reason":null,"flows":1300}\n{"outcome":"parked","reason":"no-format-fits","flows":1}\n',
    ],
    ["csv", "outcome,reason,flows\r\ndelivered,,1300\r\nparked,no-format-fits,1\r\n"],
    [
      "markdown",
      "| outcome | reason | flows |\n| --- | --- | ---: |\n| delivered |  | 1300 |\n| parked | no-format-fits | 1 |\n",
    ],
  ])("gives its counts as %s", async (form, expected) => {
    const folder = scene();
    put(folder, "logs/c.log", `broken 1 2 10.0.0.1\n`);

    const { code, stdout } = await tributary(["run", "logs", "--output", form], { cwd: folder });

    expect(stdout).toBe(expected);
    expect(code).toBe(4);
  });

  it("ends with 0 and reads nothing when run once more", async () => {
    const folder = scene();
    await tributary(["run", "logs"], { cwd: folder });

    const { code, stdout } = await tributary(["run", "logs"], { cwd: folder });

    expect(stdout).toMatch(/^0 flows from 0 files/);
    expect(stdout).toContain("2 files read before and unchanged");
    expect(code).toBe(0);
  });

  it("ends with 4, names what it could not read and where parked flows are, and keeps the rest", async () => {
    const folder = scene();
    put(folder, "logs/c.log.gz", gzipSync(vpcLines(0, 5000)).subarray(0, -2000));
    put(folder, "logs/d.log", "broken 1 2 10.0.0.1\n");
    put(folder, "logs/notes.txt", "nothing of interest\n");

    const { code, stdout, stderr } = await tributary(["run", "logs", "gone.log"], { cwd: folder });

    expect(stderr.trimEnd().split("\n")).toEqual([
      `note: ${join(folder, "gone.log")}: there is no such file: check the path, or whether something removed it meanwhile`,
      `note: ${join(folder, "logs/c.log.gz")}: its gzip data ends too early: fetch the file again, and run the same command for the rest`,
    ]);
    expect(stdout).toContain("parked     1  (no-format-fits 1)");
    expect(stdout).toContain("2 files not read to the end, see above");
    expect(stdout).toContain(
      "1 file without flows, left out:\n    logs/notes.txt: text that is no flow log\n    if one holds flows: give its field list with --format, or name the file itself",
    );
    expect(stdout).toContain("what was parked, with its text: lake/errors");
    expect(readdirSync(join(folder, "lake/errors"))).toEqual(["no-format-fits"]);
    expect(code).toBe(4);
  });

  it("takes the inventory among the logs for what it is, given with --inventory or not", async () => {
    const folder = workFolder();
    await tributary(["sample", "--flows", "300", "--out", "sample"], { cwd: folder });
    const run = async (...args: readonly string[]) => {
      const { stdout } = await tributary(["run", "./sample", ...args, "--output", "json"], { cwd: folder });
      return (JSON.parse(stdout) as { inputs: { notFlowLogs: readonly { path: string; what: string }[] } }).inputs;
    };

    const given = await run("--inventory", "./sample/inventory");
    const notGiven = await run("--lake", "other");

    expect(given).toMatchObject({ notFlowLogs: [], problems: [] });
    expect(notGiven).toMatchObject({ problems: [] });
    const files = readdirSync(join(folder, "sample/inventory"), { recursive: true, withFileTypes: true });
    expect(notGiven.notFlowLogs.map(({ path }) => path).sort()).toEqual(
      files
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name))
        .sort(),
    );
    expect(new Set(notGiven.notFlowLogs.map(({ what }) => what))).toEqual(
      new Set(["what the AWS CLI says of a network, which --inventory takes"]),
    );
  });

  it("says how to mend a file that is another one now, and does so with --again", async () => {
    const folder = scene();
    await tributary(["run", "logs"], { cwd: folder });
    put(folder, "logs/a.log", vpcLines(5, 9));

    const refused = await tributary(["run", "logs"], { cwd: folder });
    const again = await tributary(["run", "logs/a.log", "--again"], { cwd: folder });

    expect(refused.stderr).toContain("run with --again to replace its rows");
    expect(refused.code).toBe(4);
    expect(again.code).toBe(0);
    expect(await rowsOf(join(folder, "lake"))).toHaveLength(104);
  });

  it("reads lines without header, account and time by its options", async () => {
    const folder = workFolder();
    put(folder, "short.log", `${shortLine(0)}\n`);
    const options = ["--format", SHORT_FORMAT, "--account", "111122223333", "--time", "2026-10-10T12:00:00Z"];

    const { code } = await tributary(
      ["run", "short.log", ...options, "--region", "eu-west-1", "--lake-region", "eu-west-2", "--lake", "my lake"],
      { cwd: folder },
    );

    expect(code).toBe(0);
    const facts = "SELECT region, accountId, eventDay, cloud.region, time, unmapped['time_basis'] FROM $rows";
    expect(await lakeQuery(join(folder, "my lake"), facts)).toEqual([
      ["eu-west-2", "111122223333", "20261010", "eu-west-1", String(Date.UTC(2026, 9, 10, 12)), "arrival"],
    ]);
  });

  it("reads standard input", async () => {
    const folder = workFolder();

    const { code, stdout } = await tributary(["run", "-"], { cwd: folder, input: gzipSync(vpcLines(0, 500)) });

    expect(stdout).toMatch(/^500 flows from 1 file /);
    expect(code).toBe(0);
  });

  it("colours only what it is told to, and NO_COLOR and --no-color switch it off", async () => {
    const folder = scene();
    const colored = await tributary(["run", "logs"], { cwd: folder, env: { FORCE_COLOR: "1" } });
    const none = await tributary(["run", "logs"], { cwd: folder, env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    const option = await tributary(["--no-color", "run", "logs"], { cwd: folder, env: { FORCE_COLOR: "1" } });
    const late = await tributary(["run", "logs", "--no-color"], { cwd: folder, env: { FORCE_COLOR: "1" } });

    expect(colored.stdout).toContain("\u001b[");
    for (const { code, stdout, stderr } of [none, option, late]) {
      expect(stdout + stderr).not.toContain("\u001b");
      expect(code).toBe(0);
    }
  });

  it("lets no file name speak to the terminal", async () => {
    const folder = workFolder();
    put(folder, "logs/a\u001b[31m\nnote: all is well.log", gzipSync(vpcLines(0, 400)).subarray(0, -9));
    put(folder, "logs/b\u001b[31m\nLake.txt", "no flow log\n");

    const { stdout, stderr } = await tributary(["run", "logs"], { cwd: folder });

    expect(stdout + stderr).not.toContain("\u001b");
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringContaining("a\\x1b[31m\\nnote: all is well.log")]);
    expect(stdout).toContain("logs/b\\x1b[31m\\nLake.txt: text that is no flow log");
  });
});
