import { LogPrefixes, type LogSelection, wantsKey } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const DAY = 86_400_000;
const FROM = Date.UTC(2026, 9, 14);
const REGION = "AWSLogs/123456789012/vpcflowlogs/eu-west-1/";

/** The steps as text; those of one level have a `/*` at their end. */
function steps(prefix: string, selection: LogSelection): string[] {
  return new LogPrefixes(selection).start(prefix).map((step) => `${step.prefix}${step.level ? "*" : ""}`);
}

describe("the prefixes of a window", () => {
  it("are its day, and what may hold late flows of the days beside it", () => {
    expect(steps(REGION, { from: FROM, to: FROM + DAY })).toEqual([
      `${REGION}2026/10/13/*`,
      `${REGION}2026/10/14/`,
      `${REGION}2026/10/15/*`,
    ]);
  });

  it("are whole months where it holds them", () => {
    expect(steps(REGION, { from: Date.UTC(2025, 10, 29, 12), to: Date.UTC(2026, 1, 1, 12) })).toEqual([
      `${REGION}2025/11/29/*`,
      `${REGION}2025/11/30/`,
      `${REGION}2025/12/`,
      `${REGION}2026/01/`,
      `${REGION}2026/02/01/*`,
    ]);
  });

  it("are in the folders' own naming", () => {
    const hive = "AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-west-1/";
    const hour = { from: FROM + DAY / 2, to: FROM + DAY / 2 + 1 };
    expect(steps(hive, hour)).toEqual([`${hive}year=2026/month=10/day=14/*`]);
    const azure = "x/resourceId=/SUBSCRIPTIONS/0A1B/NETWORKSECURITYGROUPS/WEB/y=2026/";
    expect(steps(azure, hour)).toEqual([`${azure}m=10/d=14/*`]);
    expect(steps(`${azure}m=10/d=14/h=12/`, hour)).toEqual([`${azure}m=10/d=14/h=12/`]);
  });

  it("are asked for where it has one end, or many years", () => {
    expect(steps(REGION, { from: FROM })).toEqual([`${REGION}*`]);
    expect(steps(`${REGION}2026/`, { from: FROM })).toEqual([`${REGION}2026/*`]);
    expect(steps(`${REGION}2027/`, { from: FROM })).toEqual([`${REGION}2027/`]);
    expect(steps(`${REGION}2025/`, { from: FROM })).toEqual([]);
    expect(steps(REGION, { from: Date.UTC(2000, 0, 1), to: FROM })).toEqual([`${REGION}*`]);
  });

  it("begin where the user says", () => {
    const window = { from: FROM, to: FROM + DAY };
    expect(steps(`${REGION}2026/10/14/`, window)).toEqual([`${REGION}2026/10/14/`]);
    expect(steps(`${REGION}2026/10/16/`, window)).toEqual([]);
    expect(steps(`${REGION}2026/10/15/00/`, window)).toEqual([`${REGION}2026/10/15/00/`]);
    expect(steps(`${REGION}2026/10/15/01/`, window)).toEqual([]);
    expect(steps(`${REGION}2026/10/14/mine/deep/`, window)).toEqual([`${REGION}2026/10/14/mine/deep/`]);
    expect(steps(`${REGION}2026/1`, window)).toEqual([`${REGION}2026/1*`]);
  });

  it("hold every key that is wanted", () => {
    const seed = 20_261_014;
    const minute = fc.integer({ min: Date.UTC(2024, 0, 1) / 300_000, max: Date.UTC(2028, 0, 1) / 300_000 });
    fc.assert(
      fc.property(minute, fc.integer({ min: 1, max: 120_000 }), minute, fc.boolean(), (start, length, slot, hourly) => {
        const selection = { from: start * 300_000, to: (start + length) * 300_000 };
        const stamp = new Date(slot * 300_000).toISOString();
        const [year = "", month = "", day = ""] = stamp.slice(0, 10).split("-");
        const file = `123456789012_vpcflowlogs_eu-west-1_fl-1_${year}${month}${day}T${stamp.slice(11, 13)}${stamp.slice(14, 16)}Z_1a.log.gz`;
        const key = `${REGION}${year}/${month}/${day}/${hourly ? `${stamp.slice(11, 13)}/` : ""}${file}`;
        const found = new LogPrefixes(selection).start(REGION).some(({ prefix }) => key.startsWith(prefix));
        if (wantsKey(selection, key)) expect(found).toBe(true);
      }),
      { seed, numRuns: 300 },
    );
  });
});

describe("the prefixes of accounts and regions", () => {
  it.each<[string, string, LogSelection, string[]]>([
    ["asks for accounts", "a/AWSLogs/", {}, ["a/AWSLogs/*"]],
    ["asks for accounts of an organisation", "AWSLogs/o-a1b2c3d4e5/", {}, ["AWSLogs/o-a1b2c3d4e5/*"]],
    ["asks for regions", "AWSLogs/123456789012/", {}, ["AWSLogs/123456789012/vpcflowlogs/*"]],
    ["takes regions that are named", "AWSLogs/123456789012/", { regions: ["eu-west-1"] }, [REGION]],
    ["takes a region whole", REGION, {}, [REGION]],
    ["leaves out another region", REGION, { regions: ["eu-west-2"] }, []],
    ["leaves out another account", "AWSLogs/123456789012/", { accounts: ["444455556666"] }, []],
    [
      "reads another service's folder when it is named",
      "AWSLogs/123456789012/CloudTrail/",
      {},
      ["AWSLogs/123456789012/CloudTrail/"],
    ],
  ])("%s", (_, prefix, selection, expected) => {
    expect(steps(prefix, selection)).toEqual(expected);
  });
});
