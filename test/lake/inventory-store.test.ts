import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allRows, DuckDbEngine, type Lake, readInventory, storeInventory } from "@tributary/lake";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COLLECTED, group, networkInterface, rule, snapshot } from "./inventory-fixture.js";
import { awkwardFolder, filesIn, openLake } from "./lake-fixture.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const viewsFolder = join(import.meta.dirname, "..", "..", "queries", "views");

let lake: Lake;
beforeEach(async () => {
  lake = await openLake(awkwardFolder());
});
afterEach(async () => {
  await lake.close();
});

async function rowsOf(sql: string) {
  const engine = await DuckDbEngine.open({ lake, viewsFolder, threads: 1 });
  try {
    return await allRows(await engine.query(sql));
  } finally {
    await engine.close();
  }
}

describe("the inventory of a lake", () => {
  it("is what was stored, one snapshot for each account and region", async () => {
    const other = snapshot({ region: "eu-west-1" });

    await storeInventory(lake.folder, [snapshot(), other]);

    expect(await readInventory(lake.folder)).toEqual([snapshot(), other]);
  });

  it("is empty where none was stored", async () => {
    expect(await readInventory(lake.folder)).toEqual([]);
  });

  it("keeps the history of a snapshot as it is", async () => {
    const gone = networkInterface("eni-0", { asOf: COLLECTED - DAY, until: COLLECTED - HOUR });
    const stored = snapshot({ interfaces: [gone, networkInterface("eni-1", { asOf: COLLECTED - DAY })] });

    await storeInventory(lake.folder, [stored]);
    await storeInventory(lake.folder, [stored]);

    expect(await readInventory(lake.folder)).toEqual([stored]);
  });

  it("grows by a later collection: what holds keeps its beginning, what is gone its end", async () => {
    const later = snapshot({
      collectedAt: COLLECTED + DAY,
      interfaces: [
        networkInterface("eni-1", { asOf: COLLECTED + DAY }),
        networkInterface("eni-2", { asOf: COLLECTED + DAY }),
      ],
    });
    await storeInventory(lake.folder, [
      snapshot({ interfaces: [networkInterface("eni-0"), networkInterface("eni-1")] }),
    ]);

    const [kept] = await storeInventory(lake.folder, [later]);

    expect(kept?.interfaces.map(({ id, asOf, until }) => [id, asOf, until])).toEqual([
      ["eni-0", COLLECTED, COLLECTED + DAY],
      ["eni-1", COLLECTED, undefined],
      ["eni-2", COLLECTED + DAY, undefined],
    ]);
    expect(await readInventory(lake.folder)).toEqual([kept]);
  });

  it("is the same whichever of two came first", async () => {
    const later = snapshot({
      collectedAt: COLLECTED + DAY,
      interfaces: [networkInterface("eni-2", { asOf: COLLECTED + DAY })],
    });
    const [forward] = await storeInventory(lake.folder, [snapshot(), later]);
    const backwards = await openLake(awkwardFolder());

    await storeInventory(backwards.folder, [later]);
    const [backward] = await storeInventory(backwards.folder, [snapshot()]);
    await backwards.close();

    expect(backward).toEqual(forward);
  });

  it("takes over the history that a later snapshot brings along", async () => {
    const since = COLLECTED - 10 * DAY;
    const gone = networkInterface("eni-9", { asOf: since, until: COLLECTED - DAY });
    const later = snapshot({
      collectedAt: COLLECTED + DAY,
      interfaces: [networkInterface("eni-1", { asOf: since }), gone],
    });
    await storeInventory(lake.folder, [snapshot()]);

    const [kept] = await storeInventory(lake.folder, [later]);

    expect(kept?.interfaces).toEqual([networkInterface("eni-1", { asOf: since }), gone]);
  });

  it("refuses to be replaced while it cannot be read", async () => {
    await storeInventory(lake.folder, [snapshot()]);
    const path = join(lake.folder, "inventory/snapshots/111122223333_eu-central-1.inventory");
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, -1));

    await expect(storeInventory(lake.folder, [snapshot()])).rejects.toMatchObject({
      code: "damaged-snapshot",
      message: expect.stringContaining("remove it, and give the inventory once more with --inventory") as string,
    });
  });

  it("drops the states that ended first when it grows too large, and says so", async () => {
    const former = Array.from({ length: 80 }, (_, index) =>
      networkInterface(`eni-gone-${index}`, { asOf: COLLECTED - DAY, until: COLLECTED - HOUR + index }),
    );
    const notes: string[] = [];

    const [kept] = await storeInventory(
      lake.folder,
      [snapshot({ interfaces: [networkInterface("eni-1"), ...former] })],
      { maxBytes: 4000, note: (text) => notes.push(text) },
    );

    const ids = kept?.interfaces.map(({ id }) => id) ?? [];
    expect(ids).toContain("eni-1");
    expect(ids).toContain("eni-gone-79");
    expect(ids).not.toContain("eni-gone-0");
    expect(notes).toEqual([
      expect.stringContaining(`the ${81 - ids.length} former states that ended first were dropped`),
    ]);
    expect(await readInventory(lake.folder)).toEqual([kept]);
    expect(await rowsOf("SELECT count(*) FROM interfaces")).toEqual([[ids.length]]);
  });

  it("writes nothing of an inventory that is too large without any history", async () => {
    await expect(storeInventory(lake.folder, [snapshot()], { maxBytes: 100 })).rejects.toMatchObject({
      code: "snapshot-too-large",
    });

    expect(filesIn(lake.folder).filter((name) => name.startsWith("inventory"))).toEqual([]);
  });

  it("refuses a region that would leave its folder", async () => {
    await expect(storeInventory(lake.folder, [snapshot({ region: "../x" })])).rejects.toMatchObject({
      code: "bad-partition",
    });
  });

  it("is not disturbed by what a crash left half-written", async () => {
    await storeInventory(lake.folder, [snapshot()]);
    for (const name of filesIn(join(lake.folder, "inventory"))) {
      writeFileSync(join(lake.folder, "inventory", `${name}.new`), "half");
    }

    expect(await readInventory(lake.folder)).toEqual([snapshot()]);
    expect(await rowsOf("SELECT count(*) FROM security_group_rules")).toEqual([[1]]);
    await storeInventory(lake.folder, [snapshot()]);
    expect(await readInventory(lake.folder)).toEqual([snapshot()]);
  });

  it("leaves no half-written file behind", async () => {
    await storeInventory(lake.folder, [snapshot()]);

    expect(filesIn(join(lake.folder, "inventory"))).toEqual([
      "interfaces/accountid=111122223333/region=eu-central-1/eventday=20261120/part.jsonl",
      "security_group_rules/accountid=111122223333/region=eu-central-1/eventday=20261120/part.jsonl",
      "snapshots/111122223333_eu-central-1.inventory",
    ]);
  });
});

describe("the tables of an inventory", () => {
  it("have no rows without one, and all their columns", async () => {
    expect(
      await rowsOf("SELECT rule_id, cidr, interface_count, accountid, eventday FROM security_group_rules"),
    ).toEqual([]);
    expect(await rowsOf("SELECT interface_id, addresses, until, region FROM interfaces")).toEqual([]);
  });

  it("show rules with their place and time", async () => {
    const ranges = rule("sgr-2", {
      fromPort: 8000,
      toPort: 8080,
      description: "from Zürich",
      peer: { kind: "group", groupId: "sg-lb", active: true },
    });
    await storeInventory(lake.folder, [snapshot({ groups: [group("sg-web", [ranges])] })]);

    const columns =
      "accountid, region, eventday, rule_id, group_id, group_name, direction, protocol, from_port, to_port, cidr, referenced_group_id, description, interface_count, as_of, until";
    expect(await rowsOf(`SELECT ${columns} FROM security_group_rules`)).toEqual([
      [
        "111122223333",
        "eu-central-1",
        "20261120",
        "sgr-2",
        "sg-web",
        "web",
        "ingress",
        "tcp",
        8000,
        8080,
        null,
        "sg-lb",
        "from Zürich",
        1,
        "2026-11-20T00:00:00.000Z",
        null,
      ],
    ]);
  });

  it("show interfaces with their lists", async () => {
    const stored = networkInterface("eni-1", {
      addresses: ["10.0.0.5", "2001:db8::5"],
      publicAddresses: ["203.0.113.5"],
      tags: { team: "a=b" },
    });
    await storeInventory(lake.folder, [snapshot({ interfaces: [stored] })]);

    expect(await rowsOf("SELECT interface_id, addresses, public_addresses, groups, tags FROM interfaces")).toEqual([
      ["eni-1", ["10.0.0.5", "2001:db8::5"], ["203.0.113.5"], ["sg-web"], '{"team":"a=b"}'],
    ]);
  });

  it("keep one set of rows for each day of collection", async () => {
    await storeInventory(lake.folder, [snapshot()]);
    await storeInventory(lake.folder, [snapshot({ collectedAt: COLLECTED + HOUR })]);
    await storeInventory(lake.folder, [snapshot({ collectedAt: COLLECTED + DAY, groups: [] })]);

    expect(await rowsOf("SELECT eventday, rule_id, until FROM security_group_rules ORDER BY 1")).toEqual([
      ["20261120", "sgr-https", null],
      ["20261121", "sgr-https", "2026-11-21T00:00:00.000Z"],
    ]);
  });
});
