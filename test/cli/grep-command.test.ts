import { createReadStream } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { start, tributary } from "./command.js";
import { HEADER, put, vpcLine, vpcLines, workFolder } from "./local-run.js";

function logs(): string {
  const folder = workFolder();
  put(folder, "a.log", `${HEADER}\n${vpcLines(0, 50)}`);
  put(folder, "b.log.gz", gzipSync(`${HEADER}\n${vpcLines(50, 100)}`));
  return folder;
}

describe("tributary grep", () => {
  it("prints what matches, and the sum on stderr", async () => {
    const { code, stdout, stderr } = await tributary(["grep", "10.0.0.3,10.0.0.70", logs(), "-o", "raw"]);
    expect(stdout).toBe(`${vpcLine(3)}\n${vpcLine(70)}\n`);
    expect(stderr).toBe("2 of 100 flows match, 2 files.\n");
    expect(code).toBe(0);
  });

  it("joins further conditions by and", async () => {
    const list = put(workFolder(), "list.txt", "10.0.0.3\n10.0.0.4\n");
    const args = ["grep", "reject", logs(), "--match", "443", "--match-file", list, "-o", "raw"];
    expect((await tributary(args)).stdout).toBe(`${vpcLine(3)}\n`);
  });

  it("takes paths alone when an option says what to look for", async () => {
    const folder = logs();
    const { code, stdout } = await tributary([
      "grep",
      "--match",
      "10.0.0.70",
      join(folder, "a.log"),
      join(folder, "b.log.gz"),
      "-o",
      "raw",
    ]);
    expect([code, stdout]).toEqual([0, `${vpcLine(70)}\n`]);
  });

  it("reads standard input", async () => {
    const { stdout } = await tributary(["grep", "10.0.0.5", "-", "-o", "raw"], {
      input: `${HEADER}\n${vpcLines(0, 10)}`,
    });
    expect(stdout).toBe(`${vpcLine(5)}\n`);
  });

  it("succeeds when nothing matches", async () => {
    const { code, stdout, stderr } = await tributary(["grep", "192.0.2.1", logs()]);
    expect([code, stdout, stderr]).toEqual([0, "", "0 of 100 flows match, 2 files.\n"]);
  });

  it("stops after as many flows as asked for", async () => {
    const { code, stdout } = await tributary(["grep", "tcp", logs(), "--limit", "3", "-o", "raw"]);
    expect([code, stdout.trimEnd().split("\n").length]).toEqual([0, 3]);
  });

  it("ends with 4 when a file could not be read", async () => {
    const folder = logs();
    const { code, stderr } = await tributary(["grep", "tcp", folder, join(folder, "missing.log"), "--count"]);
    expect(code).toBe(4);
    expect(stderr).toContain("missing.log: there is no such file");
  });

  it.each([
    [["nonsense", "."], '"nonsense" is nothing to look for'],
    [["443"], "where? give files or folders"],
    [["443", ".", "--match", "10.0.0.300"], '"10.0.0.300" is nothing to look for'],
    [["443", ".", "--limit", "0"], "Give a whole number of at least 1"],
  ])("says how to use it: %j", async (args, message) => {
    const { code, stderr } = await tributary(["grep", ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it("ends with 3 for a list that is none", async () => {
    const list = put(workFolder(), "list.txt", "hxxps://198.51.100.7/\n");
    const { code, stderr } = await tributary(["grep", "--match-file", list, "."]);
    expect(stderr).toContain('line 1: "hxxps://198.51.100.7/" is a link');
    expect(code).toBe(3);
  });

  it("ends quietly when its reader has seen enough", async () => {
    const path = put(workFolder(), "large.log", `${HEADER}\n${vpcLines(0, 60_000)}`);
    const { child, finished } = start(["grep", "tcp", path, "-o", "raw"]);
    child.stdin.end();
    child.stdout.once("data", () => child.stdout.destroy());
    const { code, stderr } = await finished;
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("ends at once when it is interrupted", async () => {
    const path = put(workFolder(), "some.log", `${HEADER}\n${vpcLines(0, 2000)}`);
    const { child, finished } = start(["grep", "tcp", "-", "-o", "raw"]);
    // Standard input stays open: it would wait for more.
    createReadStream(path).pipe(child.stdin, { end: false });
    child.stdout.once("data", () => child.kill("SIGINT"));
    expect((await finished).code).toBe(130);
  });
});
