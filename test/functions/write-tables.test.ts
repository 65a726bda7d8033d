import { writeTables } from "@tributary/functions";
import { describe, expect, it } from "vitest";
import { MemoryTables } from "../support/inventory-stores.js";
import { DAY, eni, HOUR, inventory, NOON } from "../support/small-inventory.js";

const NO_WAIT = { backOff: () => Promise.resolve() };
const FOLDER = "accountid=123456789012/region=eu-west-1/eventday=20260401/inventory.jsonl";
const INTERFACES = `tables/interfaces/${FOLDER}`;
const RULES = `tables/security_group_rules/${FOLDER}`;

const linesOf = (objects: MemoryTables, key: string): unknown[] =>
  (objects.objects.get(key)?.text ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

describe("the tables of the inventory", () => {
  it("are one object for each table, account, region and day", async () => {
    const objects = new MemoryTables();
    const outcomes = await writeTables(objects, "tables", inventory([1, 2], NOON), NO_WAIT);
    expect(outcomes).toEqual({ security_group_rules: "written", interfaces: "written" });
    expect([...objects.objects.keys()].sort()).toEqual([INTERFACES, RULES]);
    expect(linesOf(objects, INTERFACES)).toMatchObject([{ interface_id: eni(1) }, { interface_id: eni(2) }]);
    expect(linesOf(objects, RULES)).toMatchObject([{ protocol: "tcp", from_port: 443, interface_count: 2 }]);
  });

  it("have one JSON object on each line, the last one ended too", async () => {
    const objects = new MemoryTables();
    await writeTables(objects, "tables", inventory([1, 2], NOON), NO_WAIT);
    expect(objects.objects.get(INTERFACES)?.text).toMatch(/^(?:\{[^\n]*\}\n){2}$/);
  });

  it("are not written again when a later collection of the day sees the same", async () => {
    const objects = new MemoryTables();
    const first = inventory([1], NOON);
    await writeTables(objects, "tables", first, NO_WAIT);
    const outcomes = await writeTables(objects, "tables", { ...first, collectedAt: NOON + HOUR }, NO_WAIT);
    expect(outcomes).toEqual({ security_group_rules: "unchanged", interfaces: "unchanged" });
    expect(objects.writes).toBe(2);
  });

  it("are written again, each alone, when something changed", async () => {
    const objects = new MemoryTables();
    const first = inventory([1], NOON);
    await writeTables(objects, "tables", first, NO_WAIT);
    const renamed = first.interfaces.map((each) => ({ ...each, name: "web-1" }));
    const outcomes = await writeTables(objects, "tables", { ...first, interfaces: renamed }, NO_WAIT);
    expect(outcomes).toEqual({ security_group_rules: "unchanged", interfaces: "written" });
    expect(linesOf(objects, INTERFACES)).toMatchObject([{ name: "web-1" }]);
  });

  it("begin anew each day", async () => {
    const objects = new MemoryTables();
    const first = inventory([1], NOON);
    await writeTables(objects, "tables", first, NO_WAIT);
    await writeTables(objects, "tables", { ...first, collectedAt: NOON + DAY }, NO_WAIT);
    expect(objects.objects.size).toBe(4);
    expect([...objects.objects.keys()]).toContain(INTERFACES.replace("20260401", "20260402"));
  });

  it("keep what a newer collection wrote", async () => {
    const objects = new MemoryTables();
    await writeTables(objects, "tables", inventory([1, 2], NOON + HOUR), NO_WAIT);
    const outcomes = await writeTables(objects, "tables", inventory([1], NOON), NO_WAIT);
    expect(outcomes).toEqual({ security_group_rules: "newer-there", interfaces: "newer-there" });
    expect(linesOf(objects, INTERFACES)).toHaveLength(2);
  });

  it("keep what a newer collection wrote in between", async () => {
    const objects = new MemoryTables();
    objects.beforeWrite = () => {
      objects.objects.set(RULES, { etag: "other", digest: "other", collectedAt: NOON + HOUR, text: "" });
    };
    const outcomes = await writeTables(objects, "tables", inventory([1], NOON), NO_WAIT);
    expect(outcomes).toEqual({ security_group_rules: "newer-there", interfaces: "written" });
  });

  it("are given up after a limit when others keep writing them", async () => {
    const objects = new MemoryTables();
    let others = 0;
    const keepLosing = () => {
      const etag = `other-${++others}`;
      objects.objects.set(RULES, { etag, digest: "other", collectedAt: NOON - HOUR, text: "" });
      objects.beforeWrite = keepLosing;
    };
    objects.beforeWrite = keepLosing;
    const waits: number[] = [];
    const backOff = async (repetition: number) => {
      waits.push(repetition);
    };
    await expect(writeTables(objects, "tables", inventory([1], NOON), { backOff })).rejects.toMatchObject({
      code: "table-contended",
    });
    expect(others).toBe(5);
    expect(waits).toEqual([1, 2, 3, 4]);
  });
});
