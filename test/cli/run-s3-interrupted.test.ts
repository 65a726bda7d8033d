import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stubAwsEnvironment } from "../support/s3-reader.js";
import { S3Service } from "../support/s3-service.js";
import { SeededRandom } from "../support/seeded-random.js";
import { openLake, rowsOf, workFolder } from "./local-run.js";
import { BUCKET, fetched, fill, LINES, lakeIn, type S3RunChanges, s3Run } from "./run-s3-scene.js";

const OBJECTS = 500;
const INTERRUPTIONS = 10;

let s3: S3Service;
let folder: string;
beforeEach(async () => {
  stubAwsEnvironment();
  s3 = await S3Service.start();
  fill(s3, OBJECTS);
  folder = workFolder();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await s3.close();
});

/** A clock that goes on by a second whenever it is read, so that there is a commit after every few objects. */
function briskClock(): () => number {
  let now = Date.UTC(2026, 9, 15);
  return () => {
    now += 1000;
    return now;
  };
}

interface Committed {
  /** Those that are read to their end. */
  readonly keys: ReadonlySet<string>;
  /** Flows that the states of all objects speak of. */
  readonly delivered: number;
  readonly rows: number;
}

/** What counts for the lake's next reader. */
async function committed(lake: string): Promise<Committed> {
  const opened = await openLake(lake, { readOnly: true });
  const inputs = [...opened.inputs().values()];
  return {
    keys: new Set(inputs.flatMap(({ complete, path }) => (complete ? [path.slice(BUCKET.length + 1)] : []))),
    delivered: inputs.reduce((sum, { flows }) => sum + flows.delivered, 0),
    rows: opened.parquetFiles().reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** A run that the first signal stops once it has made so many steps of reading. */
async function stopped(lake: string, steps: number, changes: S3RunChanges): Promise<boolean> {
  const controller = new AbortController();
  let made = 0;
  const { summary } = await s3Run(lake, s3, {
    ...changes,
    signal: controller.signal,
    onProgress: () => {
      if (++made === steps) controller.abort();
    },
  });
  return summary.interrupted;
}

/** A run whose process is killed before one of its changes to the disk. */
async function killed(lake: string, steps: number, changes: S3RunChanges): Promise<boolean> {
  const remains = join(folder, "remains");
  let made = 0;
  const onStep = (): void => {
    if (++made < steps) return;
    // The folder as the kill leaves it: nothing that happens to it later counts.
    if (made === steps) cpSync(lake, remains, { recursive: true });
    throw new Error("killed");
  };
  const run = s3Run(lake, s3, { ...changes, lakeOptions: { onStep } });
  const ended = await run.then(
    () => false,
    (error: Error) => {
      if (error.message !== "killed") throw error;
      return true;
    },
  );
  if (!ended) return false;
  rmSync(lake, { recursive: true });
  renameSync(remains, lake);
  return true;
}

describe.each([1, 2])("a run of %d jobs over many objects", (jobs) => {
  it("that is interrupted ten times at random ends with the rows of an undisturbed one", async () => {
    const seed = 20_261_121 + jobs;
    const random = new SeededRandom(seed);
    const undisturbed = lakeIn(workFolder());
    await s3Run(undisturbed, s3);
    const lake = lakeIn(folder);
    await (await openLake(lake)).close();
    s3.calls.length = 0;
    const changes = (): S3RunChanges => ({ jobs, now: briskClock() });

    let repeated = 0;
    for (let time = 1; time <= INTERRUPTIONS; time++) {
      const where = `seed ${seed}, interruption ${time}`;
      const before = await committed(lake);
      const calls = s3.calls.length;
      const interrupt = random.chance(0.5) ? stopped : killed;

      // Steps of reading are more than changes to the disk.
      const interrupted = await interrupt(lake, random.integer(1, interrupt === stopped ? 30 : 25), changes());

      expect(interrupted, where).toBe(true);
      const keys = fetched({ calls: s3.calls.slice(calls) } as S3Service);
      repeated += keys.filter((key) => before.keys.has(key)).length;
      expect(repeated, where).toBe(0);
      expect(new Set(keys).size, where).toBe(keys.length);
      const after = await committed(lake);
      expect(after.rows, where).toBe(after.delivered);
      expect(after.rows, where).toBeGreaterThanOrEqual(after.keys.size * LINES);
    }
    const left = OBJECTS - (await committed(lake)).keys.size;
    expect(left, `seed ${seed}`).toBeGreaterThan(0);
    s3.calls.length = 0;
    const last = await s3Run(lake, s3, changes());

    expect(last.summary.inputs, `seed ${seed}`).toMatchObject({ read: left, unchanged: OBJECTS - left, problems: [] });
    expect(fetched(s3), `seed ${seed}`).toHaveLength(left);
    expect(await rowsOf(lake), `seed ${seed}`).toEqual(await rowsOf(undisturbed));
  });
});
