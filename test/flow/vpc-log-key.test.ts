import { parseVpcLogKey } from "@tributary/flow";
import { describe, expect, it } from "vitest";

const NAME = "123456789012_vpcflowlogs_eu-west-1_fl-0a1b2c3d4e5f60718_20260402T1830Z_1a2b3c4d.log";
const DAILY = `AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/04/02/${NAME}`;
const HIVE = `AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=04/day=02/hour=18/${NAME}`;
const SAID = { account: "123456789012", region: "eu-west-1", time: Date.UTC(2026, 3, 2, 18, 30) };

describe("the key of a VPC flow-log file", () => {
  it.each([
    ["in daily folders", DAILY, DAILY],
    ["under a prefix", `some/prefix/${DAILY}.gz`, DAILY],
    [
      "in an organisation's folders",
      DAILY.replace("AWSLogs/", "AWSLogs/o-a1b2c3d4e5/"),
      DAILY.replace("AWSLogs/", "AWSLogs/o-a1b2c3d4e5/"),
    ],
    ["in Hive's folders", `${HIVE}.gz`, HIVE],
    ["in Hive's folders as an S3 event writes them", HIVE.replaceAll("=", "%3D"), HIVE],
    ["as a copy on disk", `/home/data/${DAILY}.gz`, DAILY],
    ["as a copy on a Windows disk", `C:\\logs\\${DAILY.replaceAll("/", "\\")}`, DAILY],
    ["as a file name alone", `downloads/${NAME}.gz`, NAME],
  ])("says account, region and time %s", (_, path, key) => {
    expect(parseVpcLogKey(path)).toEqual({ key, ...SAID });
  });

  it("is the same for the object and for a copy of it, compressed or not", () => {
    expect(parseVpcLogKey(`/backup/${DAILY}`)?.key).toBe(parseVpcLogKey(`${DAILY}.gz`)?.key);
  });

  it("says what its folders say when its name is another", () => {
    const path = "AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/04/02/renamed.log";
    expect(parseVpcLogKey(path)).toEqual({ key: path, account: SAID.account, region: SAID.region });
  });

  it.each(["flows.log", "logs/2026/04/02/flows.log.gz", ""])("is none when it is %j", (path) => {
    expect(parseVpcLogKey(path)).toBeUndefined();
  });
});
