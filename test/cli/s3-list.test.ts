import type { S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { noObjects } from "../../packages/cli/src/s3/list-s3.js";
import { S3Buckets } from "../../packages/cli/src/s3/s3-buckets.js";
import { S3Location } from "../../packages/cli/src/s3/s3-location.js";
import { s3Page } from "../../packages/cli/src/s3/s3-page.js";
import { bucketsOn, listing, stubAwsEnvironment } from "../support/s3-reader.js";
import { S3Service } from "../support/s3-service.js";

const DAY = 86_400_000;
const START = Date.UTC(2025, 8, 1);
const ACCOUNTS = ["111122223333", "444455556666", "777788889999"];
const REGIONS = ["eu-central-1", "eu-west-1", "us-east-1"];

let s3: S3Service;
let buckets: S3Buckets;
beforeEach(async () => {
  stubAwsEnvironment();
  s3 = await S3Service.start();
  buckets = bucketsOn(s3);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await buckets.destroy();
  await s3.close();
});

type Layout = "plain" | "hive" | "organisation";

function keyOf(layout: Layout, account: string, region: string, time: number, hourly: boolean): string {
  const iso = new Date(time).toISOString();
  const [year, month, day] = [iso.slice(0, 4), iso.slice(5, 7), iso.slice(8, 10)];
  const [hour, minute] = [iso.slice(11, 13), iso.slice(14, 16)];
  const name = `${account}_vpcflowlogs_${region}_fl-0a1b2c3d_${year}${month}${day}T${hour}${minute}Z_1a2b3c4d.log.gz`;
  if (layout === "hive") {
    const folders = `AWSLogs/aws-account-id=${account}/aws-service=vpcflowlogs/aws-region=${region}`;
    return `${folders}/year=${year}/month=${month}/day=${day}/${hourly ? `hour=${hour}/` : ""}${name}`;
  }
  const root = layout === "organisation" ? "AWSLogs/o-a1b2c3d4e5" : "AWSLogs";
  return `${root}/${account}/vpcflowlogs/${region}/${year}/${month}/${day}/${hourly ? `${hour}/` : ""}${name}`;
}

/** A bucket of three accounts, three regions and some days, with one file for each half day. */
function fill({ layout = "plain" as Layout, under = "", days = 400, hourly = false } = {}): string[] {
  const keys = ACCOUNTS.flatMap((account) =>
    REGIONS.flatMap((region) =>
      Array.from(
        { length: days * 2 },
        (_, half) => `${under}${keyOf(layout, account, region, START + (half * DAY) / 2, hourly)}`,
      ),
    ),
  );
  for (const key of keys) s3.put(key, "x");
  return keys;
}

const window = { from: START + 200 * DAY, to: START + 201 * DAY };
/** Half days are wanted from a quarter of an hour before the window to half an hour after it: two in it, and its end. */
const wantedOf = (keys: readonly string[]): string[] => {
  const days = [`${stamp(window.from)}T0000Z`, `${stamp(window.from)}T1200Z`, `${stamp(window.to)}T0000Z`];
  return keys.filter((key) => days.some((day) => key.includes(day))).sort();
};
const stamp = (time: number): string => new Date(time).toISOString().slice(0, 10).replaceAll("-", "");

describe("the list for one day of 400, three accounts and three regions", () => {
  it.each<Layout>(["plain", "hive", "organisation"])(
    "lists only that day's prefixes in the %s layout",
    async (layout) => {
      const keys = fill({ layout });
      const found = await listing(buckets, "s3://logs", window);
      expect(found.keys).toEqual(wantedOf(keys));
      // The day and the edges of the two beside it, for each account and region; the bucket, AWSLogs, the organisation, regions.
      expect(buckets.requests).toEqual({ list: 9 * 3 + 2 + (layout === "organisation" ? 1 : 0) + 3, get: 0, head: 0 });
      expect(s3.listed.filter((prefix) => /202[56]/.test(prefix))).toHaveLength(27);
      expect(found.notes).toEqual([]);
    },
  );

  it("lists only its hours where days are divided", async () => {
    const keys = fill({ hourly: true, days: 210 });
    const found = await listing(buckets, "s3://logs/AWSLogs/", window);
    expect(found.keys).toEqual(wantedOf(keys));
    // One hour of each day after it, none of the days before, where hour 23 has no files.
    expect(buckets.requests.list).toBe(1 + 3 + 9 * (3 + 1));
  });

  it("asks for nothing that accounts and regions exclude", async () => {
    const keys = fill({ days: 210 });
    const selection = { ...window, accounts: ["444455556666"], regions: ["eu-west-1"] };
    const found = await listing(buckets, "s3://logs/AWSLogs/", selection);
    expect(found.keys).toEqual(wantedOf(keys).filter((key) => key.includes("444455556666/vpcflowlogs/eu-west-1")));
    expect(buckets.requests.list).toBe(1 + 3);
  });

  it("prunes years, months and days when the window has one end", async () => {
    const keys = fill({ days: 210 });
    const found = await listing(buckets, "s3://logs/AWSLogs/444455556666/vpcflowlogs/eu-west-1/", {
      from: START + 205 * DAY,
    });
    expect(found.keys).toHaveLength(10);
    expect(keys).toEqual(expect.arrayContaining([...found.keys]));
    // Years, months, days, the day before from, and each day from then on.
    expect(buckets.requests.list).toBe(3 + 1 + 5);
  });

  it.each(["team/a/", "x/AWSLogs-old/"])("finds the layout below %s", async (under) => {
    const keys = fill({ under, days: 210 });
    s3.put("readme.txt", "not selected by time");
    const found = await listing(buckets, "s3://logs", window);
    expect(found.keys).toEqual(["readme.txt", ...wantedOf(keys)].sort());
  });

  it("does not enter other services' folders", async () => {
    const keys = fill({ days: 210 });
    for (const service of ["CloudTrail", "elasticloadbalancing"])
      s3.put(`AWSLogs/111122223333/${service}/eu-west-1/2026/x.gz`, "x");
    expect((await listing(buckets, "s3://logs", window)).keys).toEqual(wantedOf(keys));
    expect((await listing(buckets, "s3://logs")).keys).toEqual([...keys].sort());
    expect(s3.listed.filter((prefix) => /CloudTrail|elastic/.test(prefix))).toEqual([]);
  });

  it("only searches folders beside those of flow logs, and says so", async () => {
    const keys = fill({ days: 210 });
    const nested = `zone/${keyOf("plain", "111122223333", "eu-west-1", window.from, false)}`;
    s3.put(nested, "x");
    for (let i = 0; i < 50; i++) s3.put(`athena/${i}.csv`, "x");
    s3.pageSize = 20;
    const found = await listing(buckets, "s3://logs", window);
    expect(found.keys).toEqual([...wantedOf(keys), nested].sort());
    expect(s3.listed.filter((prefix) => prefix === "athena/")).toHaveLength(1);
    expect(found.notes).toEqual([expect.stringMatching(/^s3:\/\/logs\/athena\/ .* beside .* name them to read all$/)]);
    expect((await listing(buckets, "s3://logs")).keys).toContain("athena/7.csv");
  });
});

describe("the list of Azure's blobs in a bucket", () => {
  it("lists only the wanted hours", async () => {
    const blob = (day: number, hour: number) =>
      `insights-logs-flowlogflowevent/flowLogResourceID=/0A1B_NETWORKS/NETWORKWATCHER_WESTEUROPE_LOG/y=2026/m=03/d=${String(day).padStart(2, "0")}/h=${String(hour).padStart(2, "0")}/m=00/macAddress=000D3AF87856/PT1H.json`;
    for (let day = 1; day <= 28; day++) for (let hour = 0; hour < 24; hour++) s3.put(blob(day, hour), "{}");
    s3.put(keyOf("plain", "111122223333", "eu-west-1", START, false), "x");
    const noon = Date.UTC(2026, 2, 14, 12);
    const found = await listing(buckets, "s3://logs", { from: noon, to: noon + 3_600_000 });
    expect(found.keys).toEqual([blob(14, 11), blob(14, 12), blob(14, 13)]);
    expect(s3.listed.filter((prefix) => prefix.includes("/d="))).toHaveLength(4);
    expect(found.notes).toEqual([]);
  });
});

describe("the list of folders of somebody's own", () => {
  it("holds all keys, and says that they tell no time", async () => {
    for (const key of ["mine/a.log", "mine/2026/b.log"]) s3.put(key, "x");
    const found = await listing(buckets, "s3://logs/mine/", window);
    expect(found.keys).toEqual(["mine/2026/b.log", "mine/a.log"]);
    expect(found.notes).toEqual([
      expect.stringMatching(/^s3:\/\/logs\/mine\/2026\/b\.log .* whatever --from and --to$/),
    ]);
    expect((await listing(buckets, "s3://logs/mine/")).notes).toEqual([]);
  });

  it("is not asked for folder by folder when there are many", async () => {
    for (let i = 0; i < 500; i++) s3.put(`mine/${i}/a.log`, "x");
    expect((await listing(buckets, "s3://logs/mine/", window)).keys).toHaveLength(500);
    expect(buckets.requests.list).toBe(2);
  });

  it("ends with the folders that are looked into", async () => {
    s3.put("a/b/c/d/e/f/g.log", "x");
    expect((await listing(buckets, "s3://logs")).keys).toEqual(["a/b/c/d/e/f/g.log"]);
    expect(buckets.requests.list).toBe(6);
  });

  it("leaves out what stands for folders", async () => {
    for (const key of ["mine/", "mine/a/", "mine/a_$folder$"]) s3.put(key, "");
    s3.put("mine/a/b.log", "x");
    expect((await listing(buckets, "s3://logs/mine")).keys).toEqual(["mine/a/b.log"]);
  });
});

describe("a location", () => {
  it("that is a whole key gives this object alone, even when others begin so", async () => {
    const etag = s3.put("a/flows.log", "four");
    s3.put("a/flows.log.gz", "x");
    expect((await listing(buckets, "s3://logs/a/flows.log", window)).inputs).toEqual([
      { path: "s3://logs/a/flows.log", size: 4, named: true, etag: etag.replaceAll('"', "") },
    ]);
    expect(buckets.requests.list).toBe(1);
  });

  it("that is a folder's name gives what is in it, and not what is in others that begin so", async () => {
    for (const key of ["vpc-old/a.log", "vpc/b.log", "vpc2/c.log"]) s3.put(key, "x");
    expect((await listing(buckets, "s3://logs/vpc")).keys).toEqual(["vpc/b.log"]);
  });

  it("may be the beginning of names", async () => {
    for (const key of ["vpc-old/a.log", "vpc.log", "vpc2/c.log"]) s3.put(key, "x");
    expect((await listing(buckets, "s3://logs/vp")).keys).toEqual(["vpc-old/a.log", "vpc.log", "vpc2/c.log"]);
    const keys = fill({ days: 210 });
    const found = await listing(buckets, "s3://logs/AWSLogs/4444", window);
    expect(found.keys).toEqual(wantedOf(keys).filter((key) => key.includes("/444455556666/")));
  });

  it("where nothing is gives nothing, and is a problem to name", async () => {
    expect(noObjects("s3://logs/none")).toMatchObject({ path: "s3://logs/none", reason: "no-files" });
    expect((await listing(buckets, "s3://logs/none")).keys).toEqual([]);
    expect((await listing(buckets, "s3://logs")).keys).toEqual([]);
  });
});

describe("keys", () => {
  it("come whatever characters they have, over all pages, in order of UTF-8", async () => {
    const keys = [
      "a b.log",
      "a%20b.log",
      "a+b.log",
      "a&b<c>.log",
      "é.log",
      "日本.log",
      "\u{1f600}.log",
      "\uffee.log",
      "tab\t.log",
      "x//y.log",
      "../z.log",
      "q?r#s.log",
    ];
    for (const key of keys) s3.put(key, key);
    s3.pageSize = 3;
    const found = await listing(buckets, "s3://logs/");
    expect(found.keys).toEqual([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it("come in order when folders stand between them", async () => {
    const keys = [
      "m/a.log",
      "m/b/1.log",
      "m/b/2.log",
      "m/b-0.log",
      "m/c.log",
      "m/d/3.log",
      "m/\uffee.log",
      "m/\u{1f600}/x.log",
    ];
    for (const key of keys) s3.put(key, "x");
    const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const pageSize of [1, 2, 1000]) {
      s3.pageSize = pageSize;
      expect((await listing(buckets, "s3://logs/m/")).keys).toEqual(inOrder);
    }
  });
});

describe("a store whose list does not end", () => {
  it("is left when it gives pages in a circle", async () => {
    for (const key of ["m/a.log", "m/b.log", "m/c.log"]) s3.put(key, "x");
    s3.pageSize = 1;
    s3.fault = (_method, _key, { query }) => {
      // What follows the second page is the first again.
      if (s3.calls.length === 2) (query as Map<string, string>).delete("continuation-token");
      return undefined;
    };
    await expect(listing(buckets, "s3://logs/m/")).rejects.toMatchObject({
      code: "endless-list",
      message: expect.stringMatching(/gives pages in no order, "m\/a.log" after "m\/b.log", name a deeper prefix/),
    });
  });

  it("may give pages in any order where it is a directory bucket of Amazon's", async () => {
    const answer = { IsTruncated: true, NextContinuationToken: "next", Contents: [{ Key: "m/a.log", Size: 1 }] };
    const client = { send: async () => answer } as unknown as S3Client;
    const unordered = new S3Buckets({ endpoint: s3.endpoint }, { client: async () => client });
    const page = (bucket: string) =>
      s3Page(unordered, S3Location.parse(`s3://${bucket}`), {
        prefix: "m/",
        after: { token: "before", last: "m/b.log", empty: 0 },
      });
    await expect(page("logs")).rejects.toMatchObject({ code: "endless-list" });
    expect((await page("logs--euw1-az1--x-s3")).objects).toEqual([{ key: "m/a.log", size: 1 }]);
  });

  it("is left after a thousand pages that hold nothing", async () => {
    s3.put("m/a.log", "x");
    s3.pageSize = 0;
    const empty = (pages: number) =>
      s3Page(buckets, S3Location.parse("s3://logs"), {
        prefix: "m/",
        after: { token: "bS8=", last: "m/", empty: pages },
      });
    expect((await empty(999)).next).toMatchObject({ last: "m/", empty: 1000 });
    await expect(empty(1000)).rejects.toMatchObject({ code: "endless-list" });
  });
});
