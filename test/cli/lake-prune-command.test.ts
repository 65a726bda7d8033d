import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { dayBefore, duration, partitionAccounts } from "../../packages/cli/src/lake-care/age-option.js";
import { tributary } from "./command.js";
import { careScene } from "./lake-care-scene.js";
import { lakeQuery } from "./local-run.js";

const DAYS = 'SELECT DISTINCT "accountId", "eventDay" FROM $rows ORDER BY ALL';

describe("tributary lake prune", () => {
  it("removes days, and the next run does not read them again", async () => {
    const { cwd, lake } = await careScene();

    const pruned = await tributary(["lake", "prune", "--before", "2026-10-15"], { cwd });

    expect(pruned.code).toBe(0);
    expect(pruned.stdout).toMatch(
      /^4 flows of days before 2026-10-15 in 2 files \(.* kB\) removed\n {2}111122223333 {2}2026-10-10 to 2026-10-10 {2}1 day, 2 files, 4 flows, .* kB\n$/,
    );
    const left = [
      ["111122223333", "20261015"],
      ["444455556666", "20261015"],
    ];
    expect(await lakeQuery(lake, DAYS)).toEqual(left);
    const next = await tributary(["run", "logs", "--output", "json"], { cwd });
    expect(JSON.parse(next.stdout)).toMatchObject({ inputs: { unchanged: 2 }, flows: { read: 0 } });
    expect(await lakeQuery(lake, DAYS)).toEqual(left);
    expect((await tributary(["lake", "verify"], { cwd })).code).toBe(0);
  });

  it("says on a dry run what would go, and removes nothing", async () => {
    const { cwd, lake } = await careScene();
    const args = ["lake", "prune", "--before", "2026-12-01", "--account", "444455556666", "--dry-run"];
    const table = await tributary(args, { cwd });
    const json = await tributary([...args, "--output", "json"], { cwd });
    expect(table.stdout).toContain(
      "would be removed\n  444455556666  2026-10-15 to 2026-10-15  1 day, 1 file, 1 flow,",
    );
    expect(JSON.parse(json.stdout)).toMatchObject({ before: "2026-12-01", removed: false, accounts: [{ flows: 1 }] });
    expect(await lakeQuery(lake, DAYS)).toHaveLength(3);
  });

  it("with nothing to remove says so, and asks for a day", async () => {
    const { cwd } = await careScene();
    expect(await tributary(["lake", "prune", "--before", "2026-10-10"], { cwd })).toMatchObject({
      code: 0,
      stdout: "Nothing to remove: no day before 2026-10-10\n",
    });
    expect(await tributary(["lake", "prune"], { cwd })).toMatchObject({ code: 2 });
    expect((await tributary(["lake", "prune", "--before", "2026-02-30"], { cwd })).stderr).toContain("such as 90d");
  });
});

describe("ages", () => {
  const now = Date.UTC(2026, 9, 15, 23, 59);

  it.each([
    ["0d", "20261015"],
    ["90d", "20260717"],
    ["2024-02-29", "20240229"],
  ])("%s before 15 October 2026 is %s", (text, day) => {
    expect(dayBefore(text, now)).toBe(day);
  });

  it.each(["", "90", "2026-2-1", "2026-02-29", "20261001", "yesterday"])("%j is none", (text) => {
    expect(() => dayBefore(text, now)).toThrow(InvalidArgumentError);
  });

  it.each([
    ["90s", 90_000],
    ["1h", 3_600_000],
    ["0.5d", 43_200_000],
  ])("%s is %i ms", (text, ms) => {
    expect(duration(text)).toBe(ms);
  });

  it.each(["", "1", "0h", "1 week", "-1h"])("%j is no duration", (text) => {
    expect(() => duration(text)).toThrow(InvalidArgumentError);
  });
});

it("accounts may be given as the clouds name them", () => {
  const subscription = "12345678-90AB-cdef-1234-567890abcdef";
  expect(partitionAccounts(subscription, ["111122223333"])).toEqual([
    "111122223333",
    "external_12345678-90ab-cdef-1234-567890abcdef",
  ]);
  expect(() => partitionAccounts("production", undefined)).toThrow(InvalidArgumentError);
});
