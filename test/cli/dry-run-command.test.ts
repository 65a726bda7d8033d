import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { S3Service } from "../support/s3-service.js";
import { start, tributary } from "./command.js";
import { HEADER, put, vpcLines, workFolder } from "./local-run.js";

/** A folder to run in, with some logs and a place for temporary files. */
function scene() {
  const folder = workFolder();
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  put(folder, "logs/a.log", `${HEADER}\n${vpcLines(0, 1200)}`);
  put(folder, "logs/b.log.gz", gzipSync(vpcLines(1200, 1300)));
  return { folder, temporary, at: { cwd: folder, env: { TMPDIR: temporary } } };
}

describe("tributary run --dry-run", () => {
  it("says what the run would read, and makes no lake and leaves no file", async () => {
    const { folder, temporary, at } = scene();

    const { code, stdout, stderr } = await tributary(["run", "logs", "--dry-run", "--jobs", "2"], at);

    expect(stderr).toBe("");
    expect(stdout).toMatch(
      /^2 files to read, \d+ kB\n {2}estimated {2}from 2 of 2 files, .*, 1,300 flows\n {2}flows {6}about 1,300\n {2}time /,
    );
    expect(stdout).toContain("\nNothing was written: run without --dry-run to do it.\n");
    expect(code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["logs", "tmp"]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("changes nothing in a lake that is there, and knows what it has", async () => {
    const { folder, at } = scene();
    await tributary(["run", "logs"], at);
    const files = () => readdirSync(join(folder, "lake"), { recursive: true }).sort();
    const before = files();
    put(folder, "logs/c.log", vpcLines(1300, 1310));

    const { stdout } = await tributary(["run", "logs", "--dry-run"], at);
    const { stdout: all } = await tributary(["run", "logs/a.log", "--dry-run"], at);

    expect(stdout).toMatch(/^1 file to read, /);
    expect(stdout).toContain("  2 files read before and unchanged\n");
    expect(stdout).toContain("  flows      about 10\n");
    expect(all).toMatch(/^Nothing to read: all of it is in the lake\n/);
    expect(files()).toEqual(before);
    expect(existsSync(join(folder, "lake/.tributary/lock"))).toBe(false);
  });

  it("may look at a lake that another process writes to", async () => {
    const { folder, at } = scene();
    const writer = start(["run", "-", "--commit-every", "0.1"], at);
    const manifest = join(folder, "lake/.tributary/manifest");
    const held = new Promise<void>((resolve) => {
      const watcher = watch(folder, { recursive: true }, () => {
        if (!existsSync(manifest)) return;
        watcher.close();
        resolve();
      });
    });
    writer.child.stdin.write(vpcLines(0, 1000));
    await held;

    const { code } = await tributary(["run", "logs", "--dry-run"], at);

    expect(code).toBe(0);
    writer.child.stdin.end();
    expect((await writer.finished).code).toBe(0);
  });

  it("gives its parts as one JSON object, and as rows", async () => {
    const { at } = scene();

    const json = await tributary(["run", "logs", "--dry-run", "--output", "json"], at);
    const csv = await tributary(["run", "logs", "--dry-run", "--output", "csv"], at);

    expect(JSON.parse(json.stdout)).toMatchObject({
      dryRun: true,
      inputs: { toRead: { inputs: 2, bytes: expect.any(Number) }, unchanged: 0, outside: 0, problems: [] },
      sample: { inputs: 2, flows: 1300 },
      estimate: { flows: { low: 1300, likely: 1300, high: 1300 }, lakeBytes: { likely: expect.any(Number) } },
    });
    expect(csv.stdout).toMatch(/^what,low,likely,high\r\ninputs,2,2,2\r\n/);
    expect(csv.stdout).toContain("\r\nflows,1300,1300,1300\r\n");
  });

  it("shows no price for a store of others, which the environment may name", async () => {
    const { at } = scene();
    const s3 = await S3Service.start();
    s3.put("mine/a.log", `${HEADER}\n${vpcLines(0, 10)}`);
    const env = {
      ...at.env,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "example",
      AWS_REGION: "eu-west-1",
      AWS_CONFIG_FILE: "/nonexistent/config",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    };

    const { code, stdout, stderr } = await tributary(["run", "s3://logs/mine/", "--dry-run"], { ...at, env });
    await s3.close();

    expect(stderr).toBe("");
    expect(stdout.replace(/\s+/g, " ")).toContain("prices of this store are not known");
    expect(stdout).not.toContain("$");
    expect(code).toBe(0);
  });

  it("names what cannot be read as the run does, and ends with 4", async () => {
    const { folder, at } = scene();
    const { code, stdout, stderr } = await tributary(["run", "gone", "--dry-run"], at);
    expect(stderr).toBe(
      `note: ${join(folder, "gone")}: there is no such file: check the path, or whether something removed it meanwhile\n`,
    );
    expect(stdout).toMatch(/^Nothing to read/);
    expect(code).toBe(4);
  });

  it("refuses standard input, which comes only once", async () => {
    const { at } = scene();
    const { code, stderr } = await tributary(["run", "-", "--dry-run"], { ...at, input: "" });
    expect(stderr).toContain("standard input comes only once");
    expect(code).toBe(3);
  });

  it("ends with 130 on Ctrl-C, and leaves no file", async () => {
    const { folder, temporary, at } = scene();
    put(folder, "logs/large.log", vpcLines(0, 9000));
    const begun = once(watch(temporary), "change");
    const { child, finished } = start(["run", "logs", "--dry-run"], at);
    await begun;
    child.kill("SIGINT");

    const { code, stdout } = await finished;

    expect(stdout).toBe("");
    expect(code).toBe(130);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
