import { describe, expect, it } from "vitest";
import { tributary } from "./command.js";
import { careScene } from "./lake-care-scene.js";
import { workFolder } from "./local-run.js";

describe("tributary lake status", () => {
  it("shows sizes, accounts, missing days and gaps on lines that fit a narrow terminal", async () => {
    const { cwd } = await careScene();
    const { code, stdout } = await tributary(["lake", "status"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("  6 flows in 4 files, 3 partitions, ");
    expect(stdout).toContain("  2 inputs, all read to their end\n");
    expect(stdout).toMatch(/ {2}1 parked {2}\(\S+ 1\)\n/);
    expect(stdout).toMatch(/ {2}2 small files in 1 partition, \d.* kB: tributary lake compact\n/);
    expect(stdout).toContain("  111122223333  2026-10-10 to 2026-10-15\n    2 days, 5 flows in 3 files");
    expect(stdout).toContain("    4 days missing: 2026-10-11, 2026-10-12, 2026-10-13, 2026-10-14\n");
    expect(stdout).toContain("Gaps longer than 1 h 00 min\n  2 of accounts, 2 of interfaces\n");
    expect(stdout).toContain(
      "  111122223333 eni-0a1b2c3d4e5f60718  1 h 59 min  2026-10-10T12:01:03Z to 2026-10-10T14:00:00Z\n",
    );
    expect(stdout).toContain("NODATA");
  });

  it("gives the same as JSON and as rows", async () => {
    const { cwd } = await careScene();
    const json = await tributary(["lake", "status", "--output", "json", "--gap", "2h"], { cwd });
    const csv = await tributary(["lake", "status", "--output", "csv", "--gap", "2h"], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: { flows: 6, files: 4, accounts: [{ account: "111122223333", flows: 5 }, { account: "444455556666" }] },
      gaps: { accountGaps: 1, interfaceGaps: 1, longerThan: 7_200_000, note: expect.stringContaining("NODATA") },
    });
    const [head, ...rows] = csv.stdout.trim().split("\r\n");
    expect(head).toBe("kind,account,interface,from,to,hours,days,missing_days,files,flows,bytes");
    expect(rows.map((row) => row.split(",").slice(0, 5).join())).toEqual([
      "account,111122223333,,2026-10-10,2026-10-15",
      "account,444455556666,,2026-10-15,2026-10-15",
      expect.stringMatching(/^gap,111122223333,,2026-10-10T14:00:59Z,2026-10-15T12:00:05Z/),
      expect.stringMatching(/^gap,111122223333,eni-0a1b2c3d4e5f60718,2026-10-10T14:00:59Z,2026-10-15T12:00:05Z/),
    ]);
  });

  it("without gaps reads no flow, and says nothing of them", async () => {
    const { cwd } = await careScene();
    const { stdout } = await tributary(["lake", "status", "--no-gaps", "--output", "json"], { cwd });
    expect(Object.keys(JSON.parse(stdout))).toEqual(["status"]);
  });

  it("names the remedy for a bad duration, and where there is no lake", async () => {
    const cwd = workFolder();
    expect(await tributary(["lake", "status", "--gap", "soon"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Give a duration such as 30m, 1h or 2d."),
    });
    expect(await tributary(["lake", "status"], { cwd })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("holds no lake"),
    });
  });
});
