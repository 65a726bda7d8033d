import { describe, expect, it } from "vitest";
import { estimateRun, type RunConditions } from "../../packages/cli/src/dry-run/estimate.js";
import { InputCensus } from "../../packages/cli/src/dry-run/input-census.js";
import { keyPlace } from "../../packages/cli/src/dry-run/key-place.js";
import { countRange, dollars, durationRange } from "../../packages/cli/src/dry-run/rounded.js";
import { s3Cost } from "../../packages/cli/src/dry-run/s3-cost.js";
import type { SampleResult } from "../../packages/cli/src/dry-run/sample-run.js";
import { SpreadSample } from "../../packages/cli/src/dry-run/spread-sample.js";

const GB = 1024 ** 3;

describe("a spread sample", () => {
  function sampleOf(count: number, size: number): readonly number[] {
    const sample = new SpreadSample<number>(size);
    for (let item = 0; item < count; item++) sample.add(item);
    return sample.items();
  }

  it("has all of a short sequence", () => {
    expect(sampleOf(5, 8)).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([9, 31, 32, 33, 1000, 100_003])("has something of each eighth of %i items, in order", (count) => {
    const items = sampleOf(count, 8);
    expect(items).toHaveLength(8);
    for (const [part, item] of items.entries()) expect(Math.abs(item / count - (part + 0.5) / 8)).toBeLessThan(0.11);
  });
});

describe("the place that a path tells", () => {
  const name = "111122223333_vpcflowlogs_eu-central-1_fl-0a1b2c3d_20261014T2355Z_1a2b3c4d.log";
  const aws = { account: "111122223333", region: "eu-central-1", day: "2026-10-14" };

  it.each([
    [`s3://logs/AWSLogs/111122223333/vpcflowlogs/eu-central-1/2026/10/14/${name}.gz`, { form: "compressed", ...aws }],
    [`/copies/${name}.parquet`, { form: "parquet", ...aws }],
    ["AWSLogs/111122223333/vpcflowlogs/eu-central-1/2026/10/14/mine.log", { form: "plain", ...aws }],
    [
      "x/resourceId=/SUBSCRIPTIONS/BBBB1B1B-CC2C-DD3D-EE4E-FFFFFF5F5F5F/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/NSG/y=2026/m=10/d=14/h=23/m=00/macAddress=000D3A410004/PT1H.json",
      { form: "azure", account: "bbbb1b1b-cc2c-dd3d-ee4e-ffffff5f5f5f", day: "2026-10-14" },
    ],
    ["/var/log/flows.txt", { form: "plain" }],
  ])("%s", (path, place) => {
    expect(keyPlace(path)).toEqual(place);
  });
});

describe("the census of inputs", () => {
  const key = (account: string, day: string, n: number) =>
    `s3://logs/AWSLogs/${account}/vpcflowlogs/eu-west-1/${day.replaceAll("-", "/")}/${n}.log.gz`;

  it("counts inputs and bytes by account and region, and the partitions of accounts and days", () => {
    const census = new InputCensus();
    for (const day of ["2026-10-12", "2026-10-13"]) {
      census.add({ path: key("111122223333", day, 1), size: 100, named: false }, 100, true);
      census.add({ path: key("111122223333", day, 2), size: 200, named: false }, 50, true);
    }
    census.add({ path: "/tmp/a.log", size: 7, named: true }, 7, false);

    expect(census).toMatchObject({ inputs: 5, bytes: 307, partitions: 2 });
    expect(census.groups).toEqual([
      {
        account: "111122223333",
        region: "eu-west-1",
        inputs: 4,
        bytes: 300,
        firstDay: "2026-10-12",
        lastDay: "2026-10-13",
      },
      { account: null, region: null, inputs: 1, bytes: 7, firstDay: null, lastDay: null },
    ]);
    expect(census.forms).toMatchObject([
      { form: "compressed", inputs: 4, bytes: 300, objects: 4, objectBytes: 300 },
      { form: "plain", inputs: 1, bytes: 7, objects: 0, objectBytes: 0 },
    ]);
  });

  it("looks into a large Parquet file only where there is no smaller one", () => {
    const large = (n: number) => ({ path: `/tmp/${n}.parquet`, size: 60_000_000 - n, named: false });
    const census = new InputCensus();
    for (const n of [1, 3, 2]) census.add(large(n), large(n).size, false);
    expect(census.forms.map(({ sample }) => sample)).toEqual([[large(3)]]);
    const small = { path: "/tmp/small.parquet", size: 5, named: false };
    census.add(small, 5, false);
    expect(census.forms.map(({ sample }) => sample)).toEqual([[small]]);
  });

  it("counts accounts beyond the thousandth together", () => {
    const census = new InputCensus();
    for (let n = 0; n < 1500; n++) {
      const account = String(100_000_000_000 + n);
      census.add({ path: key(account, "2026-10-12", 1), size: 1, named: false }, 1, true);
    }
    expect(census.groups).toHaveLength(1001);
    expect(census.groups[0]).toMatchObject({ account: null, region: null, inputs: 500 });
  });
});

describe("what S3 charges by list prices", () => {
  it("is five dollars for a million lists and 40 cents for a million gets", () => {
    expect(s3Cost({ list: 1_000_000, get: 0 }, 0).requests).toBeCloseTo(5);
    expect(s3Cost({ list: 0, get: 1_000_000 }, 0).requests).toBeCloseTo(0.4);
  });

  it("is nothing for transfer inside the region, and out of it grows by steps", () => {
    const out = (bytes: number) => s3Cost({ list: 0, get: 0 }, bytes).transferOut;
    expect(s3Cost({ list: 1, get: 1 }, 500 * GB).transferInRegion).toBe(0);
    expect(out(50 * GB)).toEqual({ low: 0, high: expect.closeTo(4.5) });
    expect(out(1100 * GB)).toEqual({ low: expect.closeTo(90), high: expect.closeTo(99) });
    expect(out(20 * 1024 * GB).low).toBeCloseTo((10 * 1024 - 100) * 0.09 + 10 * 1024 * 0.085);
  });
});

describe("the estimate of a run", () => {
  const CONDITIONS: RunConditions = {
    partitions: 4,
    jobs: 1,
    cores: 8,
    objectBytes: 32_000_000,
    commitEvery: 20_000,
  };

  /** Files of 1,000 bytes with so many flows each, of which a tenth of a second reads a thousand. */
  function sampleOf(flows: readonly number[], changes: Partial<SampleResult> = {}): SampleResult {
    const sum = flows.reduce((a, b) => a + b, 0);
    return {
      files: flows.map((each) => ({ bytes: 1000, flows: each })),
      bytes: 1000 * flows.length,
      flows: sum,
      delivered: sum,
      notMatched: 0,
      notFlowLogs: 0,
      problems: [],
      lake: { files: 1, partitions: 1, rows: sum, bytes: 25_000 + 40 * sum },
      rangesPerFile: 0,
      rate: { flows: sum, seconds: sum / 10_000 },
      ...changes,
    };
  }
  const even = sampleOf(Array(8).fill(20));

  it("is exact where all was looked into", () => {
    const { flows, seconds } = estimateRun([{ inputs: 8, bytes: 8000, sample: even }], CONDITIONS);
    expect(flows).toEqual({ low: 160, likely: 160, high: 160 });
    expect(seconds).toMatchObject({ likely: 0.016 });
  });

  it("has narrow bounds where the inputs are alike, and wide ones where they differ or are few", () => {
    const width = (sample: SampleResult) => {
      const { flows } = estimateRun([{ inputs: 8000, bytes: 8_000_000, sample }], CONDITIONS);
      expect(flows.likely).toBeCloseTo(160_000);
      return (flows.high - flows.low) / flows.likely;
    };
    expect(width(even)).toBeLessThan(0.07);
    expect(width(sampleOf([1, 39, 1, 39, 1, 39, 1, 39]))).toBeGreaterThan(1);
    expect(width(sampleOf([20]))).toBeGreaterThan(0.9);
  });

  it("takes each form of inputs by its own sample", () => {
    const dense = sampleOf(Array(8).fill(200));
    const { flows, rate } = estimateRun(
      [
        { inputs: 100, bytes: 100_000, sample: even },
        { inputs: 100, bytes: 100_000, sample: dense },
      ],
      CONDITIONS,
    );
    expect(flows.likely).toBeCloseTo(22_000);
    expect(rate).toBeCloseTo(10_000);
  });

  it("counts on all of the jobs that have a core, and at worst on 0.6 of each further one", () => {
    const forms = [{ inputs: 8000, bytes: 8_000_000, sample: even }];
    const one = estimateRun(forms, CONDITIONS).seconds;
    const four = estimateRun(forms, { ...CONDITIONS, jobs: 4 }).seconds;
    expect(four.low).toBeCloseTo(one.low / 4);
    expect(four.high).toBeCloseTo(one.high / 2.8);
    expect(estimateRun(forms, { ...CONDITIONS, jobs: 4, cores: 1 }).seconds).toEqual(one);
  });

  it("takes at least as long as fetching does", () => {
    const forms = [{ inputs: 8000, bytes: 8_000_000, sample: even }];
    const fetch = { bytes: 8_000_000, perSecond: 40_000 };
    const { seconds } = estimateRun(forms, { ...CONDITIONS, jobs: 2, fetch });
    expect(seconds.low).toBe(100);
    expect(seconds.high).toBeGreaterThan(100);
  });

  it("adds to the rows of the lake what each of its files takes", () => {
    const forms = [{ inputs: 8000, bytes: 8_000_000, sample: even }];
    const { lakeBytes } = estimateRun(forms, CONDITIONS);
    // 160,000 rows in 6.5 files, and one for the commit within 16 seconds.
    expect(lakeBytes.likely / (40 * 160_000 + 25_000 * 7.3)).toBeCloseTo(1, 2);
    const many = estimateRun(forms, { ...CONDITIONS, partitions: 400 });
    expect(many.lakeBytes.likely - lakeBytes.likely).toBeCloseTo(25_000 * (400 - 6.5), -4);
  });

  it("expects nothing of a sample without flows", () => {
    const none = sampleOf([0, 0], { lake: { files: 0, partitions: 0, rows: 0, bytes: 0 } });
    const found = estimateRun([{ inputs: 10, bytes: 10_000, sample: none }], CONDITIONS);
    expect(found).toMatchObject({ flows: { likely: 0 }, seconds: { likely: 0 }, lakeBytes: { likely: 0 }, rate: 0 });
  });
});

describe("the text of an estimate", () => {
  it.each([
    [{ low: 1_214_000, likely: 1_250_000, high: 1_300_000 }, "1.21 million to 1.3 million"],
    [{ low: 3_990_000_000, likely: 4_000_000_000, high: 4_010_000_000 }, "about 4 billion"],
    [{ low: 123_456, likely: 150_000, high: 187_654 }, "123,000 to 188,000"],
    [{ low: 160, likely: 160, high: 160 }, "about 160"],
  ])("of %o flows is %s", (estimate, text) => {
    expect(countRange(estimate)).toBe(text);
  });

  it("of a time and of a price has no more digits than are known", () => {
    expect(durationRange({ low: 0.02, likely: 0.03, high: 0.05 })).toBe("about 1.0 s");
    expect(durationRange({ low: 3612, likely: 5000, high: 9123 })).toBe("1 h 00 min to 2 h 32 min");
    expect([0, 0.004, 0.123, 12.3, 1234.5].map(dollars)).toEqual([
      "$0",
      "less than $0.01",
      "$0.12",
      "$12.30",
      "$1,235",
    ]);
  });
});
