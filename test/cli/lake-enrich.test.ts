import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { FlowContext } from "@tributary/context";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EnrichOptions, type EnrichSummary, enrichLake } from "../../packages/cli/src/enrich/enrich-lake.js";
import { randomLine } from "../support/vpc-arbitraries.js";
import {
  ACCOUNT,
  azureBlob,
  type LocalRunChanges,
  localRun,
  openLake,
  put,
  rowsOf,
  uidsOf,
  undisturbedRows,
  vpcLine,
  vpcLines,
  workFolder,
} from "./local-run.js";
import { scriptedContext } from "./scripted-context.js";

const spring = scriptedContext("spring");
const autumn = scriptedContext("autumn");

async function enrich(
  folder: string,
  context: FlowContext,
  { onStep, ...changes }: Partial<EnrichOptions> & { readonly onStep?: (step: string) => void } = {},
): Promise<EnrichSummary> {
  const lake = await openLake(folder, onStep === undefined ? {} : { onStep });
  try {
    return await enrichLake({ lake, context, run: "enrich-1", now: () => Date.UTC(2026, 9, 16), ...changes });
  } finally {
    await lake.close();
  }
}

/** Rows of a run that had the context at hand. */
const rowsWith = (context: FlowContext, paths: readonly string[], changes: LocalRunChanges = {}) =>
  undisturbedRows(paths, { ...changes, settings: { ...changes.settings, context } });

/** Two accounts, two days, a blob of Azure, several commits. */
async function scene() {
  const folder = workFolder();
  const inputs = join(folder, "inputs");
  const lake = join(folder, "lake");
  put(inputs, "a.log", vpcLines(0, 300));
  put(inputs, "b.log", `${vpcLine(300, { account: "444455556666" })}\n${vpcLine(301, { start: 1_791_500_000 })}\n`);
  await localRun(lake, [inputs]);
  put(inputs, "c.log", vpcLines(400, 420));
  put(inputs, "PT1H.json", azureBlob("vnet-v4.json"));
  await localRun(lake, [inputs]);
  return { folder, inputs, lake };
}

const parquetFiles = (lake: string): string[] =>
  readdirSync(join(lake, "ext"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".parquet"))
    .sort();

describe("enriching a lake", () => {
  it("gives the rows that a run with the inventory gives", async () => {
    const { inputs, lake } = await scene();
    const before = await rowsOf(lake);

    const summary = await enrich(lake, spring);

    const rows = await rowsOf(lake);
    expect(rows).toEqual(await rowsWith(spring, [inputs]));
    expect(rows).not.toEqual(before);
    expect(summary.flows).toMatchObject({ explained: 322, changed: 322 });
    expect(Object.values(summary.flows.verdicts).reduce((sum, count) => sum + count)).toBe(322);
  });

  it("replaces the context of another inventory without a trace", async () => {
    const { inputs, lake } = await scene();

    await enrich(lake, spring);
    await enrich(lake, autumn);

    expect(await rowsOf(lake)).toEqual(await rowsWith(autumn, [inputs]));
  });

  it("replaces the context that a run gave", async () => {
    const { folder, inputs } = await scene();
    const lake = join(folder, "explained");
    await localRun(lake, [inputs], { settings: { context: spring } });

    await enrich(lake, autumn);

    expect(await rowsOf(lake)).toEqual(await rowsWith(autumn, [inputs]));
  });

  it("writes nothing when the inventory says the same", async () => {
    const { lake } = await scene();
    await enrich(lake, spring);
    const files = parquetFiles(lake);

    const summary = await enrich(lake, spring);

    expect(summary).toMatchObject({ files: { rewritten: 0 }, flows: { explained: 322, changed: 0 }, commits: 0 });
    expect(parquetFiles(lake)).toEqual(files);
  });

  it("leaves files alone in which nothing changes, and those of Azure", async () => {
    const { lake } = await scene();
    await enrich(lake, spring);
    const files = parquetFiles(lake);
    const other = (flow: Parameters<FlowContext["explain"]>[0]) => (flow.srcport === 1024 + 301 ? autumn : spring);

    const summary = await enrich(lake, { explain: (flow, time) => other(flow).explain(flow, time) });

    expect(summary.files.rewritten).toBe(1);
    const kept = parquetFiles(lake).filter((name) => files.includes(name));
    expect(kept).toHaveLength(files.length - 1);
    expect(kept.filter((name) => name.includes("external_"))).toHaveLength(1);
  });

  it("keeps uids, the order of rows and what each input gave", async () => {
    const { inputs, lake } = await scene();
    const uids = await uidsOf(lake);

    await enrich(lake, spring);

    expect(await uidsOf(lake)).toEqual(uids);
    const { summary } = await localRun(lake, [join(inputs, "a.log")], { again: true, settings: { context: spring } });
    expect(summary.inputs.problems).toEqual([]);
    expect(await rowsOf(lake)).toEqual(await rowsWith(spring, [inputs]));
  });

  it("only counts on a dry run", async () => {
    const { lake } = await scene();
    const before = await rowsOf(lake);

    const summary = await enrich(lake, spring, { dryRun: true });

    expect(summary).toMatchObject({ flows: { explained: 322, changed: 322 }, commits: 0 });
    expect(await rowsOf(lake)).toEqual(before);
  });

  it("stops between files when it is interrupted, and does the rest the next time", async () => {
    const { inputs, lake } = await scene();
    const controller = new AbortController();

    const summary = await enrich(lake, spring, {
      signal: controller.signal,
      onProgress: ({ flows }) => flows > 300 && controller.abort(),
    });

    expect(summary).toMatchObject({ interrupted: true, commits: 1 });
    await enrich(lake, spring);
    expect(await rowsOf(lake)).toEqual(await rowsWith(spring, [inputs]));
  });
});

describe("flows of any format", () => {
  it("get the context that a run gives them", async () => {
    const seed = 20_261_121;
    const folder = workFolder();
    fc.sample(randomLine, { seed, numRuns: 150 }).forEach(({ fields, line }, index) => {
      put(folder, `inputs/${index}.log`, `${fields.join(" ")}\n${line}\n`);
    });
    const inputs = [join(folder, "inputs")];
    const changes: LocalRunChanges = { settings: { account: ACCOUNT, observables: true } };
    const lake = join(folder, "lake");
    await localRun(lake, inputs, changes);

    for (const context of [spring, autumn]) {
      await enrich(lake, context);
      const [rows, expected] = [await rowsOf(lake), await rowsWith(context, inputs, changes)];
      expect(rows.length).toBeGreaterThan(50);
      expect(rows.filter((row) => !expected.includes(row)).slice(0, 1), `seed ${seed}`).toEqual(
        expected.filter((row) => !rows.includes(row)).slice(0, 1),
      );
    }
  });
});

describe("enriching that crashes", () => {
  it("before any change to the disk loses and doubles nothing, and is completed by the next call", async () => {
    const { folder, inputs, lake } = await scene();
    const bare = await rowsOf(lake);
    const expected = await rowsWith(spring, [inputs]);
    const uids = await uidsOf(lake);
    const remains: { readonly copy: string; readonly step: string }[] = [];
    const onStep = (step: string) => {
      const copy = join(folder, `crash-${remains.length}`);
      cpSync(lake, copy, { recursive: true });
      remains.push({ copy, step });
    };

    await enrich(lake, spring, { onStep, commitBytes: 1 });

    expect(remains.length).toBeGreaterThan(10);
    const steps = remains.map(({ step }) => step);
    const telling = remains.filter(
      ({ step }, index) => steps.indexOf(step) === index || steps.lastIndexOf(step) === index,
    );
    for (const { copy, step } of telling) {
      const where = `crash before ${step}, ${copy}`;
      // Opening for writing clears what the crash left.
      await (await openLake(copy)).close();
      expect(await uidsOf(copy), where).toEqual(uids);
      const between = await rowsOf(copy);
      expect(
        between.every((row) => bare.includes(row) || expected.includes(row)),
        where,
      ).toBe(true);
      await enrich(copy, spring);
      expect(await rowsOf(copy), where).toEqual(expected);
    }
  });

  it("for want of space says so, and is completed by the next call", async () => {
    const { inputs, lake } = await scene();
    const onStep = (step: string) => {
      if (step === "place") throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    };

    await expect(enrich(lake, spring, { onStep })).rejects.toMatchObject({ code: "disk-full" });

    await enrich(lake, spring);
    expect(await rowsOf(lake)).toEqual(await rowsWith(spring, [inputs]));
  });
});
