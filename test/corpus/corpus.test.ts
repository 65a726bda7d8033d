import { readdirSync, readFileSync, statSync } from "node:fs";
import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { FlowExplainer, inventoriesOf, readDescriptions } from "@tributary/context";
import { Lake, LakeStage, openDuckDb } from "@tributary/lake";
import { duckdbColumns, glueColumns, jsonSchema, networkActivity } from "@tributary/ocsf";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { IngestSummary } from "../../packages/cli/src/ingest/ingest-summary.js";
import { localRun } from "../cli/local-run.js";
import { EXPECTED_INPUTS, EXPECTED_OTHERS } from "./expected.js";

// Given by .ci/run: a folder with samples/ and ocsf/.
const shared = resolve(process.env["TRIBUTARY_CORPUS"] ?? "");
const samples = join(shared, "samples");
const NOW = Date.UTC(2026, 9, 1);

type Document = Readonly<Record<string, unknown>>;

const json = (path: string): unknown => JSON.parse(readFileSync(join(shared, path), "utf8"));
const compile = (schema: unknown): ValidateFunction =>
  new Ajv2020({ strict: false, allErrors: true }).compile(schema as object);

/** The two interfaces whose groups and rules were published with their flows. */
const ENRICHER = new URL("../fixtures/context/enricher/", import.meta.url);
const inventory = inventoriesOf(
  readDescriptions(
    readdirSync(ENRICHER).map((name) => ({ name, text: readFileSync(new URL(name, ENRICHER), "utf8") })),
  ),
  { collectedAt: Date.UTC(2023, 8, 30) },
);

async function ingest(paths: readonly string[], lake: string): Promise<IngestSummary> {
  const run = await localRun(lake, paths, {
    settings: { context: new FlowExplainer(inventory) },
    buffering: { processingBytes: 200_000, objectBytes: 64_000_000 },
    now: () => NOW,
    commitEvery: 60_000,
  });
  return run.summary;
}

let folder: string;
let summary: IngestSummary;
const documents: Document[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-corpus-"));
  // Documents as they go into the conversion, that is as the transformation wrote them.
  const addDocuments = LakeStage.prototype.addDocuments;
  const spy = vi.spyOn(LakeStage.prototype, "addDocuments").mockImplementation(async function (
    this: LakeStage,
    partition,
    spool,
    ranges,
    options,
  ) {
    for (const line of (await readFile(spool, "utf8")).split("\n")) {
      if (line !== "") documents.push(JSON.parse(line) as Document);
    }
    return addDocuments.call(this, partition, spool, ranges, options);
  });
  summary = await ingest([samples], join(folder, "lake"));
  spy.mockRestore();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function withoutContext({ status_detail: _sentence, enrichments: _enrichments, ...rest }: Document): Document {
  const { sg_verdict: verdict, sg_basis: _basis, sg_as_of: _asOf, ...unmapped } = (rest.unmapped ?? {}) as Document;
  const { firewall_rule: _rule, ...withoutRule } = rest;
  return verdict === undefined ? rest : { ...withoutRule, unmapped };
}

describe("the corpus, read into a lake", () => {
  it("gives every file what the table says", async () => {
    const lake = await Lake.open(join(folder, "lake"), { columns: duckdbColumns(networkActivity), readOnly: true });
    const found = Object.fromEntries(
      [...lake.inputs().values()].map(({ path, kind, flows: { delivered, skipped, parked } }) => [
        relative(samples, path),
        { kind, delivered, skipped, parked },
      ]),
    );
    await lake.close();
    const expected = Object.fromEntries(
      Object.entries(EXPECTED_INPUTS).map(([path, input]) => [path, { skipped: {}, parked: {}, ...input }]),
    );
    expect(found).toEqual(expected);
  });

  it("recognises every other file as what it is", () => {
    const others = summary.inputs.notFlowLogs.map(({ path, what }) => ({ path: relative(samples, path), what }));
    for (const { path, what } of others) {
      const expected = EXPECTED_OTHERS.find(([pattern]) => pattern.test(path));
      expect(expected, path).toBeDefined();
      expect(what, path).toMatch(expected?.[1] ?? /$^/);
    }
    expect(others.length + Object.keys(EXPECTED_INPUTS).length).toBe(countFiles(samples));
    expect(summary.inputs.problems).toEqual([]);
  });

  it("accounts for every flow", () => {
    const { read, delivered, skipped, parked } = summary.flows;
    const total = (counters: Readonly<Record<string, number>>): number =>
      Object.values(counters).reduce((sum, count) => sum + count, 0);
    expect(read).toBe(delivered + total(skipped) + total(parked));
    expect(documents).toHaveLength(delivered);
    expect(summary.lake.rows).toBe(delivered);
  });

  it("explains the flows of the interfaces whose rules are known, and says so of the others", () => {
    const found: Record<string, number> = {};
    for (const document of documents) {
      const { sg_verdict: verdict, sg_basis: basis } = (document.unmapped ?? {}) as Record<string, string | undefined>;
      if (verdict !== undefined) found[`${verdict} ${basis ?? ""}`] = (found[`${verdict} ${basis ?? ""}`] ?? 0) + 1;
    }
    expect(found).toEqual({
      "allowed-by-rule exact": 47,
      "no-rule-matches exact": 118,
      "return-traffic exact": 50,
      "unknown-interface ": 160,
    });
  });

  it("keeps the text of everything parked", async () => {
    const errors = join(folder, "lake", "errors");
    const entries: { reason: string; raw: string }[] = [];
    for (const reason of await readdir(errors)) {
      for (const file of await readdir(join(errors, reason))) {
        const text = await readFile(join(errors, reason, file), "utf8");
        for (const line of text.trimEnd().split("\n"))
          entries.push(JSON.parse(line) as { reason: string; raw: string });
      }
    }
    const counts: Record<string, number> = {};
    for (const { reason } of entries) counts[reason] = (counts[reason] ?? 0) + 1;
    expect(counts).toEqual(summary.flows.parked);
    expect(entries.some(({ raw }) => raw.includes("tgw-attach-"))).toBe(true);
  });

  it("reads with hive partitioning, every row in the folder of its account and day", async () => {
    const db = await openDuckDb();
    const glob = join(folder, "lake", "ext", "**", "*.parquet");
    const result = await db.connection.runAndReadAll(
      `SELECT count(*)::INTEGER AS flows,
         count(*) FILTER (accountid NOT IN (cloud.account.uid, 'external_' || cloud.account.uid))::INTEGER AS misplaced,
         count(*) FILTER (eventday <> strftime(to_timestamp(time / 1000.0), '%Y%m%d'))::INTEGER AS other_day
       FROM (SELECT * FROM read_parquet('${glob}', hive_partitioning = true,
         hive_types = {'region': VARCHAR, 'accountId': VARCHAR, 'eventDay': VARCHAR}))`,
    );
    db.close();
    expect(result.getRows()).toEqual([[summary.flows.delivered, 0, 0]]);
  });

  it("gives a growing blob the same rows step by step as at once", async () => {
    const blob = join(folder, "PT1H.json");
    const stepwise = join(folder, "stepwise");
    for (let step = 0; step <= 5; step++) {
      await copyFile(join(samples, `azure/growth/snapshot-${step}.json`), blob);
      await ingest([blob], stepwise);
    }
    const atOnce = join(folder, "at-once");
    await ingest([blob], atOnce);
    expect(await rowsOf(stepwise)).toEqual(await rowsOf(atOnce));
  });
});

describe("the compiled OCSF 1.1.0 schema", () => {
  const upstream = compile(json("ocsf/1.1.0/network_activity.schema.json"));
  const own = compile(jsonSchema(networkActivity));

  it("accepts every document, and so does the schema of the class definition", () => {
    for (const document of documents) {
      expect(upstream(document), JSON.stringify(upstream.errors)).toBe(true);
      expect(own(document), JSON.stringify(own.errors)).toBe(true);
    }
  });

  it("accepts the valid examples and refuses each invalid one", () => {
    const valid = readdirSync(join(shared, "ocsf/samples/valid")).filter((file) => /flow/.test(file));
    expect(valid.length).toBeGreaterThan(0);
    for (const file of valid) {
      expect(upstream(json(`ocsf/samples/valid/${file}`)), file).toBe(true);
      expect(own(json(`ocsf/samples/valid/${file}`)), `${file} ${JSON.stringify(own.errors)}`).toBe(true);
    }
    const invalid = json("ocsf/samples/invalid/network_activity.json") as { name: string; event: Document }[];
    expect(invalid.length).toBeGreaterThan(0);
    for (const { name, event } of invalid) {
      expect(upstream(event), name).toBe(false);
      expect(own(event), name).toBe(false);
    }
  });

  it("has a column for every attribute that is emitted", () => {
    const columns = json("ocsf/glue/network_activity.columns.json") as { columns: unknown; attribute_paths: string[] };
    expect(glueColumns(networkActivity)).toEqual(columns.columns);
    const known = new Set(columns.attribute_paths);
    const emitted = new Set(documents.flatMap((document) => attributePaths(document)));
    expect([...emitted].filter((path) => !known.has(path))).toEqual([]);
    expect(emitted.size).toBeGreaterThan(50);
  });

  it("finds typical documents no longer than 1.6 kB, what an inventory adds aside", () => {
    const sizes = documents.map((document) => JSON.stringify(withoutContext(document)).length).sort((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length * 0.5)]).toBeLessThanOrEqual(1600);
  });
});

async function rowsOf(lake: string): Promise<unknown> {
  const db = await openDuckDb();
  const result = await db.connection.runAndReadAll(
    `SELECT to_json(rows)::VARCHAR FROM read_parquet('${join(lake, "ext/**/*.parquet")}', hive_partitioning = true) AS rows
     ORDER BY metadata.uid`,
  );
  db.close();
  return result.getRows();
}

function attributePaths(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => attributePaths(element, path));
  if (typeof value !== "object" || value === null || path === "unmapped") return [path];
  return Object.entries(value).flatMap(([name, child]) =>
    attributePaths(child, path === "" ? name : `${path}.${name}`),
  );
}

function countFiles(path: string): number {
  if (!statSync(path).isDirectory()) return 1;
  return readdirSync(path).reduce((sum, name) => sum + countFiles(join(path, name)), 0);
}
