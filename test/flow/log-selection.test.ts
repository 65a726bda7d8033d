import { type LogSelection, tellsTime, wantsKey } from "@tributary/flow";
import { describe, expect, it } from "vitest";

const FROM = Date.UTC(2026, 9, 14);
const DAY: LogSelection = { from: FROM, to: FROM + 86_400_000 };

const name = (time: string, account = "123456789012", region = "eu-west-1") =>
  `${account}_vpcflowlogs_${region}_fl-0a1b2c3d4e5f60718_${time}_1a2b3c4d.log.gz`;
const plain = (folders: string, file: string, account = "123456789012", region = "eu-west-1") =>
  `logs/AWSLogs/${account}/vpcflowlogs/${region}/${folders}/${file}`;
const hive = (folders: string, file: string) =>
  `AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-west-1/${folders}/${file}`;
const blob = (folders: string) =>
  `insights-logs-flowlogflowevent/flowLogResourceID=/0A1B_NETWORKS/NETWORKWATCHER_WESTEUROPE_LOG/${folders}/m=00/macAddress=000D3AF87856/PT1H.json`;

describe("a selection of a day", () => {
  it.each([
    ["in it", "20261014T1200Z", true],
    ["a quarter of an hour before it", "20261013T2345Z", true],
    ["earlier", "20261013T2335Z", false],
    ["shortly after it, where its late flows are", "20261015T0025Z", true],
    ["later", "20261015T0030Z", false],
  ])("decides over a file whose slot is %s", (_, time, wanted) => {
    expect(wantsKey(DAY, plain("2026/10/14", name(time)))).toBe(wanted);
    expect(wantsKey(DAY, `/home/data/${name(time)}`)).toBe(wanted);
  });

  it.each([
    ["a day", plain("2026/10/14", "renamed.log"), true],
    ["another day", plain("2026/10/16", "renamed.log"), false],
    ["an hour", plain("2026/10/15/00", "renamed.log"), true],
    ["a later hour", plain("2026/10/15/01", "renamed.log"), false],
    ["a Hive day", hive("year=2026/month=10/day=14", "renamed.log"), true],
    ["a Hive hour of another day", hive("year=2026/month=10/day=13/hour=22", "renamed.log"), false],
    ["a month that is none", plain("2026/13/01", "renamed.log"), true],
    ["a year after it", plain("2027/13/01", "renamed.log"), false],
    ["Azure's hour", blob("y=2026/m=10/d=14/h=23"), true],
    ["Azure's hour before", blob("y=2026/m=10/d=13/h=23"), true],
    ["an earlier hour of Azure's", blob("y=2026/m=10/d=13/h=22"), false],
  ])("decides over a file with another name by its folder of %s", (_, key, wanted) => {
    expect(wantsKey(DAY, key)).toBe(wanted);
  });

  it.each(["flows.log", "exports/2026/10/16/flows.log.gz", "AWSLogs/readme.txt"])(
    "wants %s, which tells no time",
    (key) => {
      expect(wantsKey(DAY, key)).toBe(true);
      expect(tellsTime(key)).toBe(false);
    },
  );

  it("may have one end alone", () => {
    const key = plain("2026/10/14", name("20261014T1200Z"));
    expect(wantsKey({ from: FROM }, key)).toBe(true);
    expect(wantsKey({ from: FROM + 86_400_000 }, key)).toBe(false);
    expect(wantsKey({ to: FROM }, key)).toBe(false);
  });
});

describe("a selection of accounts and regions", () => {
  it.each<[string, LogSelection, boolean]>([
    ["the account", { accounts: ["123456789012"] }, true],
    ["other accounts", { accounts: ["444455556666", "210987654321"] }, false],
    ["the region", { regions: ["us-east-1", "eu-west-1"] }, true],
    ["another region", { regions: ["eu-west-2"] }, false],
    ["the account in another region", { accounts: ["123456789012"], regions: ["eu-west-2"] }, false],
    ["nothing", {}, true],
  ])("decides over a file when it has %s", (_, selection, wanted) => {
    const file = name("20261014T1200Z");
    expect(wantsKey(selection, plain("2026/10/14", file))).toBe(wanted);
    expect(wantsKey(selection, hive("year=2026/month=10/day=14", "renamed.log"))).toBe(wanted);
    expect(wantsKey(selection, file)).toBe(wanted);
  });

  it("wants Azure's blobs of its regions, whatever the accounts", () => {
    const key = blob("y=2026/m=10/d=14/h=23");
    expect(wantsKey({ accounts: ["123456789012"] }, key)).toBe(true);
    expect(wantsKey({ regions: ["westeurope"] }, key)).toBe(true);
    expect(wantsKey({ regions: ["eu-west-1"] }, key)).toBe(false);
  });
});
