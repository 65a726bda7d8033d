import { join } from "node:path";
import { type Lake, openDuckDb, stringLiteral } from "@tributary/lake";
import { flow, inputState, NOON, StagedCommit, spool } from "./lake-fixture.js";

/** A name of the lake as DuckDB's readers take it. */
function literal(lake: Lake, name: string): string {
  return stringLiteral(join(lake.folder, name).replaceAll(/[[*?]/g, "[$&]"));
}

const originOf = (path: string) => `.tributary/origin/${path.split("/").at(-1)}`;

/** Every row that counts, as JSON text with its partition and the path of its input, sorted. */
export async function wholeRows(lake: Lake): Promise<string[]> {
  const paths = new Map([...lake.inputs().values()].map(({ number, path }) => [number, path]));
  const db = await openDuckDb({ threads: 1 });
  try {
    const rows: string[] = [];
    for (const { path, partition } of lake.parquetFiles()) {
      const result = await db.connection.runAndReadAll(
        `SELECT to_json(flows)::VARCHAR, origin.input
         FROM read_parquet(${literal(lake, path)}, hive_partitioning = false) AS flows
         POSITIONAL JOIN read_parquet(${literal(lake, originOf(path))}, hive_partitioning = false) AS origin`,
      );
      for (const [row, input] of result.getRows()) {
        rows.push(`${partition.accountId} ${partition.eventDay} ${paths.get(Number(input))} ${row}`);
      }
    }
    return rows.sort();
  } finally {
    db.close();
  }
}

/** One column's values in the order of a file's rows. */
export async function valuesOf(lake: Lake, path: string, expression: string): Promise<unknown[]> {
  const db = await openDuckDb({ threads: 1 });
  try {
    const result = await db.connection.runAndReadAll(
      `SELECT ${expression} FROM read_parquet(${literal(lake, path)}, hive_partitioning = false)`,
    );
    return result.getRows().map(([value]) => value);
  } finally {
    db.close();
  }
}

export interface Given {
  readonly input: string;
  /** ms after noon of the partition's day. */
  readonly times: readonly number[];
  readonly account?: string;
  /** yyyyMMdd. */
  readonly day?: string;
  readonly parked?: number;
  /** Replace top-level keys of its documents. */
  readonly changes?: Readonly<Record<string, unknown>>;
}

/** Commits what one input gave: flows of one account and day, and parked entries. */
export async function give(lake: Lake, given: Given): Promise<void> {
  const { input, times, account = "111122223333", day = "20261121", parked = 0, changes = {} } = given;
  const noon = NOON + (startOf(day) - startOf("20261121"));
  const documents = times.map((time) =>
    flow({
      time: noon + time,
      time_dt: new Date(noon + time).toISOString(),
      cloud: { provider: "AWS", region: "eu-central-1", account: { uid: account } },
      action: `${input} ${time}`,
      ...changes,
    }),
  );
  const commit = new StagedCommit(lake);
  const range = { input: commit.inputNumber(input), documents: documents.length };
  if (documents.length > 0) {
    await commit.addDocuments({ accountId: account, eventDay: day }, spool(join(lake.folder, ".."), documents), [
      range,
    ]);
  }
  for (let n = 0; n < parked; n++) await commit.park("bad-field", input, n, `raw ${n} of ${input}\u2028`);
  const before = lake.inputs().get(input)?.flows ?? { read: 0, delivered: 0, skipped: {}, parked: {} };
  const delivered = before.delivered + times.length;
  const allParked = (before.parked["bad-field"] ?? 0) + parked;
  const flows = { read: delivered + allParked, delivered, skipped: {}, parked: { "bad-field": allParked } };
  await commit.finish({ inputs: [inputState(input, { flows })] });
}

function startOf(day: string): number {
  return Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T00:00:00Z`);
}

/** Takes all that an input gave out of the lake. */
export async function forget(lake: Lake, input: string): Promise<void> {
  const commit = new StagedCommit(lake);
  commit.removeInput(input);
  await commit.finish({ inputs: [] });
}
