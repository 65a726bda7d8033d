import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  allRows,
  compactLake,
  DuckDbEngine,
  type Lake,
  lakeStatus,
  openDuckDb,
  pruneLake,
  readInventory,
  recordChecksums,
  verifyLake,
} from "@tributary/lake";
import { describe, expect, it } from "vitest";
import { localRun, openLake, put, rowsOf, uidsOf, vpcLine, workFolder } from "../cli/local-run.js";
import { MARK } from "./lake-fixture.js";

const RELEASED = fileURLToPath(new URL("../fixtures/lake/0.1.0/", import.meta.url));
const VIEWS = fileURLToPath(new URL("../../queries/views", import.meta.url));

/** A copy of the lake whose inputs lie where the test can change them. */
function scene() {
  const folder = workFolder();
  const lake = join(folder, "lake");
  const inputs = join(folder, "inputs");
  cpSync(join(RELEASED, "lake"), lake, { recursive: true });
  cpSync(join(RELEASED, "inputs"), inputs, { recursive: true });
  for (const under of [".tributary/manifest", "errors"]) {
    for (const name of readdirSync(join(lake, under), { recursive: true, encoding: "utf8" })) {
      if (!/\.jsonl?$/.test(name)) continue;
      const path = join(lake, under, name);
      const text = readFileSync(path, "utf8").replaceAll('"/srv/flow-logs', JSON.stringify(inputs).slice(0, -1));
      writeFileSync(path, text);
    }
  }
  return { folder, lake, inputs };
}

async function ask(lake: Lake, sql: string): Promise<readonly (readonly unknown[])[]> {
  const engine = await DuckDbEngine.open({ lake, viewsFolder: VIEWS, threads: 1 });
  try {
    return await allRows(await engine.query(sql));
  } finally {
    await engine.close();
  }
}

const TRAFFIC = `SELECT accountid, eventday, count(*), sum(bytes), string_agg(DISTINCT action, ',' ORDER BY action)
  FROM traffic GROUP BY ALL ORDER BY ALL`;
const AZURE = "external_12345678-90ab-cdef-1234-567890abcdef";
const TRAFFIC_ROWS = [
  ["111122223333", "20261010", 12, 1108, "Allowed,Denied"],
  ["111122223333", "20261011", 3, 606, "Allowed"],
  ["444455556666", "20261010", 2, 603, "Allowed"],
  [AZURE, "20261010", 3, 777, "Allowed,Denied"],
];

async function verified(lake: Lake) {
  const db = await openDuckDb({ threads: 1 });
  try {
    return await verifyLake({ lake, connection: db.connection });
  } finally {
    db.close();
  }
}

describe("a lake of version 0.1.0", () => {
  it("answers as it did, opened for reading", async () => {
    const lake = await openLake(scene().lake, { readOnly: true, create: false });
    expect(await ask(lake, TRAFFIC)).toEqual(TRAFFIC_ROWS);
    expect(
      await ask(lake, "SELECT parse_filename(path), flows_read, delivered, skipped, parked FROM ingest ORDER BY 1"),
    ).toEqual([
      ["PT1H.json", 4, 3, 0, 1],
      ["names.log", 3, 2, 0, 1],
      ["web.log", 15, 13, 1, 1],
      ["without-account.log", 2, 2, 0, 0],
    ]);
    expect(await ask(lake, "SELECT reason, parse_filename(input), position FROM parked ORDER BY 1")).toEqual([
      ["bad-field", "web.log", 10],
      ["bad-tuple", "PT1H.json", 12],
      ["field-count", "names.log", 4],
    ]);
    expect(await ask(lake, "SELECT uid FROM traffic ORDER BY time, uid LIMIT 2")).toEqual([
      ["2kHm5g9ONwYoslbZxqmeyw"],
      ["MAeKrtAlkONyTGF5g-MAng"],
    ]);
    expect(await readInventory(lake.folder)).toMatchObject([{ accountId: "111122223333", region: "eu-central-1" }]);
    await lake.close();
  });

  it("is passed over where nothing is new", async () => {
    const { lake, inputs } = scene();
    const before = await rowsOf(lake);
    const { summary } = await localRun(lake, [inputs], { settings: { account: "444455556666" } });
    expect(summary).toMatchObject({ inputs: { read: 0, unchanged: 4, problems: [] }, flows: { read: 0 } });
    expect(await rowsOf(lake)).toEqual(before);
  });

  it("takes what has grown and what is new", async () => {
    const { lake, inputs } = scene();
    const before = await uidsOf(lake);
    appendFileSync(join(inputs, "web.log"), `${vpcLine(1)}\n`);
    put(inputs, "new.log", `${vpcLine(2)}\n`);

    const { summary } = await localRun(lake, [inputs], { settings: { account: "444455556666" } });

    expect(summary).toMatchObject({ inputs: { unchanged: 3, problems: [] }, flows: { read: 2, delivered: 2 } });
    const after = await uidsOf(lake);
    expect(after).toHaveLength(22);
    expect(after).toEqual(expect.arrayContaining(before));
  });

  it("gives up what an input gave, and takes it again", async () => {
    const { lake, inputs } = scene();
    const before = await uidsOf(lake);
    const { summary } = await localRun(lake, [join(inputs, "web.log")], { again: true });
    expect(summary).toMatchObject({ inputs: { problems: [] }, flows: { delivered: 13 } });
    expect(await uidsOf(lake)).toEqual(before);
  });

  it("holds, although its files have no checksums until they are recorded", async () => {
    const lake = await openLake(scene().lake);
    const first = await verified(lake);
    expect(first).toMatchObject({ problems: 0, findings: [{ code: "no-checksum" }] });
    expect(await recordChecksums(lake, first.withoutChecksum, MARK)).toBe(8);
    expect((await verified(lake)).findings).toEqual([]);
    await lake.close();
  });

  it("can be compacted, which gives checksums, and pruned", async () => {
    const lake = await openLake(scene().lake);
    const rows = await rowsOf(lake.folder);

    const summary = await compactLake({ lake, run: "compact", now: () => 0 });

    expect(summary).toMatchObject({ merged: 2, written: 1, rows: 12 });
    expect(await rowsOf(lake.folder)).toEqual(rows);
    expect(lake.parquetFiles().filter(({ sha256 }) => sha256 !== undefined)).toHaveLength(1);
    expect(await ask(lake, TRAFFIC)).toEqual(TRAFFIC_ROWS);

    await pruneLake(lake, { before: "20261011" }, MARK);

    expect(await ask(lake, TRAFFIC)).toEqual([TRAFFIC_ROWS[1]]);
    expect((await verified(lake)).problems).toBe(0);
    expect(await lakeStatus(lake)).toMatchObject({ flows: 3, prunedFlows: 17, inputs: { known: 4, complete: 4 } });
    await lake.close();
  });
});
