import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { COMMON_FORMATS, ConfigurationError, FlowMatch, type LogSelection } from "@tributary/flow";
import { DEFAULT_SETTINGS } from "@tributary/transform";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type DryRun, type DryRunOptions, dryRun } from "../../packages/cli/src/dry-run/dry-run.js";
import { dryRunText } from "../../packages/cli/src/dry-run/dry-run-text.js";
import { fileStore } from "../../packages/cli/src/ingest/file-bytes.js";
import { PathListing } from "../../packages/cli/src/ingest/input-listing.js";
import type { InputStore } from "../../packages/cli/src/ingest/stored-bytes.js";
import { listS3 } from "../../packages/cli/src/s3/list-s3.js";
import { S3Location } from "../../packages/cli/src/s3/s3-location.js";
import { Style } from "../../packages/cli/src/terminal/style.js";
import { bucketsOn, storeOn, stubAwsEnvironment } from "../support/s3-reader.js";
import { S3Service } from "../support/s3-service.js";
import { SeededRandom } from "../support/seeded-random.js";
import { HEADER, localRun, openLake, put, vpcLine, vpcLines, workFolder } from "./local-run.js";
import { writeParquet } from "./parquet-files.js";

const { window: _window, ...DEFAULTS } = DEFAULT_SETTINGS;
const SETTINGS = { ...DEFAULTS, accountFromStream: false, formats: COMMON_FORMATS };

interface DryRunChanges extends Partial<Omit<DryRunOptions, "sample" | "folder" | "listing">> {
  readonly again?: boolean;
  readonly match?: FlowMatch;
  readonly now?: () => number;
}

/** A dry run, as a rule with a clock that stands still. */
async function dry(
  listing: DryRunOptions["listing"],
  { again = false, match, now = () => Date.UTC(2026, 9, 15), ...changes }: DryRunChanges = {},
) {
  const folder = join(workFolder(), "sample");
  mkdirSync(folder);
  return dryRun({
    listing,
    store: fileStore,
    known: new Map(),
    sample: {
      ingest: {
        buffering: { processingBytes: 200_000, objectBytes: 4_000_000 },
        spoolBytes: 64_000_000,
        again,
        provenance: false,
        commitEvery: 20_000,
        now,
        ...(match === undefined ? {} : { match }),
      },
      settings: SETTINGS,
      formats: COMMON_FORMATS,
      lakeOptions: { memoryLimit: "300MB", compression: "zstd" },
    },
    jobs: 1,
    cores: 1,
    listed: () => 0,
    isAmazon: true,
    folder,
    signal: new AbortController().signal,
    ...changes,
  });
}

/** The key of an object of the n-th five minutes, sixteen a day. */
function keyOf(n: number): string {
  const time = new Date(Date.UTC(2026, 9, 10 + Math.floor(n / 16), n % 16)).toISOString();
  const stamp = `${time.slice(0, 13).replaceAll("-", "")}00Z`;
  const folders = `AWSLogs/111122223333/vpcflowlogs/eu-west-1/${time.slice(0, 10).replaceAll("-", "/")}`;
  return `${folders}/111122223333_vpcflowlogs_eu-west-1_fl-0a1b2c3d_${stamp}_1a2b3c4d.log.gz`;
}

/** Logs alike but for the number of their lines, 400 to 600. */
function logs(count: number, seed: number): readonly { readonly key: string; readonly body: Buffer }[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, n) => {
    const start = Date.UTC(2026, 9, 10 + Math.floor(n / 16), n % 16) / 1000;
    const first = random.integer(0, 50_000);
    const lines = Array.from({ length: random.integer(400, 600) }, (_, index) =>
      vpcLine(first + index, { start: start + (index % 300) }),
    );
    return { key: keyOf(n), body: gzipSync(`${HEADER}\n${lines.join("\n")}\n`) };
  });
}

describe("a dry run over files", () => {
  it("foresees the flows and the lake of the run within a tenth", async () => {
    const folder = workFolder();
    for (const { key, body } of logs(64, 20_261_010)) put(folder, `logs/${key}`, body);
    const paths = [join(folder, "logs")];

    const { estimate, sample, groups } = await dry(new PathListing(paths));
    const { summary } = await localRun(join(folder, "lake"), paths);

    expect(sample).toMatchObject({ inputs: 16, notFlowLogs: 0, problems: [] });
    expect(Math.abs((estimate?.flows.likely ?? 0) / summary.flows.read - 1)).toBeLessThan(0.1);
    expect(estimate?.flows.low).toBeLessThanOrEqual(summary.flows.read);
    expect(estimate?.flows.high).toBeGreaterThanOrEqual(summary.flows.read);
    expect(Math.abs((estimate?.lakeBytes.likely ?? 0) / summary.lake.bytes - 1)).toBeLessThan(0.1);
    expect(groups).toMatchObject([
      { account: "111122223333", inputs: 64, firstDay: "2026-10-10", lastDay: "2026-10-13" },
    ]);
  });

  it("foresees how many flows match", async () => {
    const folder = workFolder();
    for (const { key, body } of logs(40, 20_261_011)) put(folder, `logs/${key}`, body);
    const paths = [join(folder, "logs")];
    const match = FlowMatch.parse(["reject"]);

    const { estimate, sample } = await dry(new PathListing(paths), { match });
    const { summary } = await localRun(join(folder, "lake"), paths, { match });

    expect(sample?.notMatched).toBeGreaterThan(0);
    expect(summary.flows.delivered).toBeLessThan(summary.flows.read / 3);
    expect(Math.abs((estimate?.delivered.likely ?? 0) / summary.flows.delivered - 1)).toBeLessThan(0.1);
  });

  it("reads no more than the beginning of a large one", async () => {
    const folder = workFolder();
    const text = `${HEADER}\n${vpcLines(0, 30_000)}`;
    const path = put(folder, "large.log", text);
    const zipped = put(folder, "large.log.gz", gzipSync(text, { level: 0 }));

    let given = 0;
    const store: InputStore = {
      open: async (each) => {
        const stored = await fileStore.open(each);
        async function* stream(from: number) {
          for await (const chunk of stored.stream(from)) {
            given += chunk.length;
            yield chunk;
          }
        }
        return { path: each, size: stored.size, stream, range: stored.range.bind(stored), close: () => stored.close() };
      },
    };

    const { sample, estimate } = await dry(new PathListing([path, zipped]), { store });

    expect(text.length).toBeGreaterThan(3_000_000);
    expect(given).toBeLessThan(2_600_000);
    expect(sample).toMatchObject({ inputs: 2, bytes: 2_000_000, problems: [] });
    expect(Math.abs((estimate?.flows.likely ?? 0) / 60_000 - 1)).toBeLessThan(0.02);
  });

  it("times the run by its clock, and by the jobs that have a core", async () => {
    const folder = workFolder();
    const path = put(folder, "a.log", `${HEADER}\n${vpcLines(0, 500)}`);
    const secondsBy = async (ms: number, jobs = 1) => {
      let now = Date.UTC(2026, 9, 15);
      const clock = () => {
        now += ms;
        return now;
      };
      const { estimate } = await dry(new PathListing([path]), { now: clock, jobs, cores: 2 });
      expect(estimate?.rate).toBeCloseTo(500 / ((estimate?.seconds.likely ?? 0) * (jobs === 1 ? 1 : 1.8)));
      return estimate?.seconds;
    };

    const slow = await secondsBy(2);

    expect(slow?.likely).toBeGreaterThan(0);
    expect((await secondsBy(1))?.likely).toBeCloseTo((slow?.likely ?? 0) / 2);
    expect((await secondsBy(2, 2))?.low).toBeCloseTo((slow?.low ?? 0) / 2);
  });

  it("counts what the lake has, by size and completeness, and only the new part of a file that has grown", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const paths = [join(folder, "logs")];
    const [same, grown, fresh] = ["same.log", "grown.log", "new.log"].map((name) => join(folder, "logs", name));
    put(folder, "logs/same.log", vpcLines(0, 10));
    put(folder, "logs/grown.log", vpcLines(10, 20));
    await localRun(lake, paths);
    put(folder, "logs/grown.log", vpcLines(10, 25));
    put(folder, "logs/new.log", vpcLines(30, 40));
    const opened = await openLake(lake, { readOnly: true });

    const found = await dry(new PathListing(paths), { known: opened.inputs() });
    const again = await dry(new PathListing(paths), { known: opened.inputs(), again: true });
    const other = await dry(new PathListing(paths), { known: opened.inputs(), match: FlowMatch.parse(["443"]) });

    const bytes = vpcLines(20, 25).length + vpcLines(30, 40).length;
    expect([same, grown, fresh]).toHaveLength(3);
    expect(found.inputs).toMatchObject({ toRead: { inputs: 2, bytes }, unchanged: 1, otherMatch: 0 });
    expect(again.inputs).toMatchObject({ toRead: { inputs: 3 }, unchanged: 0 });
    // All flows of the one are there, and so those that match.
    expect(other.inputs).toMatchObject({ toRead: { inputs: 2 }, unchanged: 1, otherMatch: 0 });
  });

  it("tells damaged inputs and such without flows in its sample", async () => {
    const folder = workFolder();
    put(folder, "logs/a.log", vpcLines(0, 100));
    const damaged = put(folder, "logs/b.log.gz", gzipSync(vpcLines(0, 5000)).subarray(0, -2000));
    put(folder, "logs/notes.txt", "nothing of interest\n");

    const { sample } = await dry(new PathListing([join(folder, "logs")]));

    expect(sample).toMatchObject({ inputs: 3, notFlowLogs: 1, problems: [{ path: damaged, reason: "cut-off" }] });
  });

  it.each([0, 1, 3])("ends when it is interrupted at the %i. look at the clock", async (looks) => {
    const folder = workFolder();
    const path = put(folder, "a.log", vpcLines(0, 100));
    const controller = new AbortController();
    let left = looks;
    const now = () => {
      if (left-- === 0) controller.abort();
      return Date.UTC(2026, 9, 15);
    };
    await expect(dry(new PathListing([path]), { signal: controller.signal, now })).rejects.toThrow(/abort/);
  });

  it("ends when it is interrupted in the midst of a list without end", async () => {
    const controller = new AbortController();
    async function* endless() {
      for (let n = 0; ; n++) {
        if (n === 100) controller.abort();
        yield { path: `/logs/${n}.log`, size: 1, named: false };
      }
    }
    const listing = { inputs: endless, bytesTotal: undefined };
    await expect(dry(listing, { signal: controller.signal })).rejects.toThrow(/abort/);
  });
});

describe("a dry run over a bucket", () => {
  let s3: S3Service;
  beforeEach(async () => {
    stubAwsEnvironment();
    s3 = await S3Service.start();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await s3.close();
  });

  async function dryOn(selection: LogSelection, changes: DryRunChanges = {}): Promise<DryRun> {
    const buckets = bucketsOn(s3);
    const location = S3Location.parse("s3://logs");
    try {
      return await dry(
        new PathListing(["s3://logs"], {
          selection,
          listS3: () => listS3(buckets, location, selection, { onNote: () => undefined }),
        }),
        { store: storeOn(buckets).store, listed: () => buckets.requests.list, ...changes },
      );
    } finally {
      await buckets.destroy();
    }
  }

  it("lists as the run does, fetches the sample alone, and counts requests and what they cost", async () => {
    for (const { key, body } of logs(64, 20_261_012)) s3.put(key, body);
    const day = { from: Date.UTC(2026, 9, 11), to: Date.UTC(2026, 9, 13) };

    const found = await dryOn(day);

    const gets = s3.calls.filter((call) => call.startsWith("GET AWSLogs"));
    expect(gets).toHaveLength(16);
    // Two days of sixteen, and the slot after them that may hold flows that began in them.
    expect(found.inputs).toMatchObject({ toRead: { inputs: 33 }, objects: 33 });
    expect(found.s3).toMatchObject({ listed: s3.listed.length, requests: { list: s3.listed.length, get: 33 } });
    expect(found.s3?.cost?.requests).toBeCloseTo((s3.listed.length * 0.005 + 33 * 0.0004) / 1000);
  });

  it("counts the further requests that Parquet takes", async () => {
    const path = join(workFolder(), "a.log.parquet");
    const lines = Array.from({ length: 500 }, (_, n) => vpcLine(n));
    await writeParquet(path, HEADER.split(" "), lines);
    for (const n of [1, 2, 3]) s3.put(`${keyOf(n).replace(".gz", ".parquet")}`, readFileSync(path));

    const found = await dryOn({});

    expect(found.estimate?.flows).toEqual({ low: 1500, likely: 1500, high: 1500 });
    expect(found.s3?.requests.get).toBeGreaterThan(3);
    expect((found.s3?.requests.get ?? 0) % 3).toBe(0);
  });

  it("reads no object that the lake has with the same size and ETag", async () => {
    const [first, second] = logs(2, 20_261_013);
    if (first === undefined || second === undefined) throw new Error("no logs");
    const etag = s3.put(first.key, first.body).replaceAll('"', "");
    s3.put(second.key, second.body);
    const state = {
      kind: "vpc-lines",
      size: first.body.length,
      etag,
      position: 1,
      line: 1,
      prefixHash: "",
      complete: true,
    };
    const flows = { read: 0, delivered: 0, skipped: {}, parked: {} };
    const path = `s3://logs/${first.key}`;

    const found = await dryOn({}, { known: new Map([[path, { ...state, path, flows }]]) });
    const changed = await dryOn({}, { known: new Map([[path, { ...state, path, flows, etag: "other" }]]) });

    expect(found.inputs).toMatchObject({ toRead: { inputs: 1, bytes: second.body.length }, unchanged: 1 });
    expect(changed.inputs).toMatchObject({ toRead: { inputs: 2 }, unchanged: 0 });
  });

  it("names objects that may not be read", async () => {
    const [first, second] = logs(2, 20_261_014);
    if (first === undefined || second === undefined) throw new Error("no logs");
    s3.put(first.key, first.body);
    s3.put(second.key, second.body);
    s3.fault = (_method, key) => (key === first.key ? { status: 403, code: "AccessDenied" } : undefined);

    const { sample } = await dryOn({});

    expect(sample).toMatchObject({ inputs: 1, problems: [{ path: `s3://logs/${first.key}`, reason: "unreadable" }] });
  });

  it("stops when its credentials have expired", async () => {
    for (const { key, body } of logs(3, 20_261_014)) s3.put(key, body);
    s3.fault = (_method, key) => (key === "" ? undefined : { status: 400, code: "ExpiredToken" });
    await expect(dryOn({})).rejects.toBeInstanceOf(ConfigurationError);
  });

  it("says it all in 80 columns", async () => {
    for (const { key, body } of logs(64, 20_261_015)) s3.put(key, body);
    const text = dryRunText(await dryOn({}, { jobs: 8, cores: 8 }), Style(false));

    expect(text).toMatch(
      /^64 objects to read, \d+ kB\n {2}111122223333 {2}eu-west-1 {2}64 {2}\d+ kB {2}2026-10-10 to 2026-10-13\n/,
    );
    expect(text).toMatch(/ LIST \(as many as now\) and 64 GET: less than \$0\.01\n/);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("the text of a dry run", () => {
  const nothing: DryRun = {
    inputs: { toRead: { inputs: 0, bytes: 0 }, objects: 0, unchanged: 0, outside: 0, otherMatch: 0, problems: [] },
    groups: [],
  };

  it.each([
    [{}, "Nothing to read: nothing was found\n"],
    [{ unchanged: 85 }, "Nothing to read: all of it is in the lake\n  85 files read before and unchanged\n"],
    [{ outside: 2 }, "Nothing to read\n  2 files outside the times, accounts and regions asked for\n"],
    [{ otherMatch: 1 }, "Nothing to read\n  1 file read with another --match, left as they are\n"],
  ])("says why there is nothing to read: %o", (counts, begin) => {
    const text = dryRunText({ ...nothing, inputs: { ...nothing.inputs, ...counts } }, Style(false));
    expect(text.startsWith(begin)).toBe(true);
  });
});
