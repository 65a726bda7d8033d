import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CopyOptions, copySample } from "../../packages/cli/src/dry-run/sample-copy.js";
import { sampleFailure } from "../../packages/cli/src/dry-run/sample-failure.js";
import { UnreadableInput } from "../../packages/cli/src/ingest/input-problem.js";
import { put, workFolder } from "./local-run.js";
import { MemoryBytes } from "./parquet-files.js";

const CONTENT = Buffer.from("some lines\n");

/** Copies an input of this path, which has some bytes. */
function copied(path: string, changes: Partial<CopyOptions> = {}) {
  return copySample([{ path, size: CONTENT.length, named: false }], {
    store: { open: async () => new MemoryBytes(path, CONTENT) },
    folder: workFolder(),
    now: () => 0,
    signal: new AbortController().signal,
    ...changes,
  });
}

describe("the copy of a sample", () => {
  it.each([
    ["two bytes a character", "é".repeat(250)],
    ["three bytes a character", "日".repeat(250)],
    ["four bytes a character", "\u{1f600}".repeat(250)],
    ["one and four bytes", `${"\u{1f600}a".repeat(120)}`],
    ["one byte a character", "a".repeat(900)],
  ])("has a name that fits any file system: %s", async (_, name) => {
    const { files, problems } = await copied(`s3://logs/${name}/AWSLogs/${name}.log`);
    expect(problems).toEqual([]);
    const path = files[0]?.path ?? "";
    expect(readFileSync(path)).toEqual(CONTENT);
    expect(Buffer.byteLength(basename(path))).toBeGreaterThan(196);
    expect(Buffer.byteLength(basename(path))).toBeLessThanOrEqual(200);
    expect(`${name}.log`.endsWith(basename(path))).toBe(true);
    expect(basename(dirname(path))).toBe("AWSLogs");
  });

  it("ends as the input, even where its path is longer than a path may be", async () => {
    const { files } = await copied(`s3://logs/${"日本/".repeat(1200)}AWSLogs/123456789012/a.log`);
    expect(files[0]?.path).toMatch(/日本\/AWSLogs\/123456789012\/a\.log$/);
  });

  it("that cannot be written says where it should be, and what to do", async () => {
    const folder = join(put(workFolder(), "file", "x"), "sample");
    await expect(copied("s3://logs/a.log", { folder })).rejects.toMatchObject({
      code: "not-writable",
      message: expect.stringMatching(/^the sample cannot be written to .*a\.log \(ENOTDIR\): set TMPDIR/),
    });
  });
});

describe("a failure of the copy", () => {
  it("for want of room is named so", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    expect(sampleFailure(full, "/tmp/x/a.log")).toMatchObject({
      code: "disk-full",
      message: "no space is left for the sample at /tmp/x/a.log: free some, or set TMPDIR to a folder on another disk",
      cause: full,
    });
  });

  it("of the input is left as it is", () => {
    const problem = new UnreadableInput("changed", "it was replaced");
    expect(sampleFailure(problem, "/tmp/x/a.log")).toBe(problem);
  });
});
