import { COMMON_FORMATS } from "@tributary/flow";
import { collectorSettings, transformSettings } from "@tributary/functions";
import { DEFAULT_SETTINGS } from "@tributary/transform";
import { describe, expect, it } from "vitest";

describe("the environment of the transform", () => {
  it("may be empty: the defaults, and no inventory", () => {
    expect(transformSettings({})).toEqual({ transform: DEFAULT_SETTINGS });
  });

  it("decides about everything", () => {
    const formats = ["version interface-id srcaddr dstaddr"];
    const { transform, inventory } = transformSettings({
      VPC_FORMATS: JSON.stringify(formats),
      FALLBACK_ACCOUNT: "123456789012",
      FALLBACK_REGION: "eu-west-1",
      ACCOUNT_FROM_STREAM: "false",
      TIME_FROM_ARRIVAL: "false",
      WINDOW_PAST_DAYS: "30",
      WINDOW_FUTURE_DAYS: "2",
      OBSERVABLES: "true",
      RESPONSE_BUDGET_BYTES: "5000000",
      INVENTORY_BUCKET: "inventory-bucket",
      INVENTORY_PREFIX: "stage/inventory",
      INVENTORY_REFRESH_SECONDS: "30",
      COLLECTOR_QUEUE_URL: "https://sqs.example/queue",
      DIRECT_LOOKUPS_PER_MINUTE: "5",
      LOOKUP_ACCOUNT: "123456789012",
      AWS_REGION: "eu-west-1",
    });
    expect(transform).toMatchObject({
      account: "123456789012",
      region: "eu-west-1",
      accountFromStream: false,
      timeFromArrival: false,
      window: { pastDays: 30, futureDays: 2 },
      observables: true,
      responseBudgetBytes: 5_000_000,
    });
    expect(transform.formats).toHaveLength(1);
    expect(transform.formats).not.toEqual(COMMON_FORMATS);
    expect(inventory).toEqual({
      bucket: "inventory-bucket",
      prefix: "stage/inventory",
      refreshEvery: 30_000,
      queueUrl: "https://sqs.example/queue",
      lookups: { callsPerMinute: 5, accountId: "123456789012", region: "eu-west-1" },
    });
  });

  it("takes one end of the window and keeps the default of the other", () => {
    const { window } = DEFAULT_SETTINGS;
    expect(transformSettings({ WINDOW_PAST_DAYS: "30" }).transform.window).toEqual({ ...window, pastDays: 30 });
  });

  it("does without slashes at the end of a prefix", () => {
    const environment = { INVENTORY_BUCKET: "b", INVENTORY_PREFIX: "stage/inventory//" };
    expect(transformSettings(environment).inventory?.prefix).toBe("stage/inventory");
    expect(() => transformSettings({ ...environment, INVENTORY_PREFIX: "/" })).toThrow(/INVENTORY_PREFIX is "\/"/);
  });

  it("makes no direct lookups unless it says so", () => {
    expect(transformSettings({ INVENTORY_BUCKET: "b" }).inventory).toEqual({
      bucket: "b",
      prefix: "inventory",
      refreshEvery: 60_000,
    });
  });

  it.each([
    ["OBSERVABLES", "yes", /OBSERVABLES is "yes": set it to true or false/],
    ["RESPONSE_BUDGET_BYTES", "6MB", /RESPONSE_BUDGET_BYTES is "6MB": set it to a whole number/],
    ["RESPONSE_BUDGET_BYTES", "7000000", /whole number from 100000 to 6000000/],
    ["FALLBACK_ACCOUNT", "1234", /FALLBACK_ACCOUNT is "1234": set it to an account id of 12 digits/],
    ["VPC_FORMATS", "version srcaddr", /VPC_FORMATS is no JSON/],
    ["VPC_FORMATS", "[]", /VPC_FORMATS is no JSON list of formats/],
    ["VPC_FORMATS", '["srcaddr srcaddr"]', /^VPC_FORMATS has a format that cannot be read: ./],
  ])("names what is wrong with %s=%s", (name, value, message) => {
    expect(() => transformSettings({ [name]: value })).toThrow(message);
  });

  it("names the account that direct lookups lack", () => {
    const environment = { INVENTORY_BUCKET: "b", DIRECT_LOOKUPS_PER_MINUTE: "5", AWS_REGION: "eu-west-1" };
    expect(() => transformSettings(environment)).toThrow(/LOOKUP_ACCOUNT is not set/);
  });
});

describe("the environment of the collector", () => {
  const TARGET = { accountId: "123456789012", region: "eu-west-1" };
  const least = { INVENTORY_BUCKET: "b", INVENTORY_TARGETS: JSON.stringify([TARGET]) };

  it("needs a bucket and targets", () => {
    expect(collectorSettings(least)).toEqual({
      targets: [TARGET],
      bucket: "b",
      prefix: "inventory",
      tablesBucket: "b",
      tablesPrefix: "tables",
      tags: [],
      keepFor: 30 * 24 * 3_600_000,
      unknownFor: 900_000,
      fullAbove: 400,
      lookupCallsPerMinute: 20,
    });
    expect(() => collectorSettings({ ...least, INVENTORY_BUCKET: undefined })).toThrow(/INVENTORY_BUCKET is not set/);
    expect(() => collectorSettings({ ...least, INVENTORY_TARGETS: undefined })).toThrow(/INVENTORY_TARGETS is no list/);
  });

  it("does without slashes at the end of its prefixes", () => {
    const settings = collectorSettings({ ...least, INVENTORY_PREFIX: "a/inventory/", TABLES_PREFIX: "a/tables/" });
    expect(settings).toMatchObject({ prefix: "a/inventory", tablesPrefix: "a/tables" });
  });

  it("may name a role for each target, and tags", () => {
    const target = { ...TARGET, roleArn: "arn:aws:iam::123456789012:role/inventory", externalId: "lake" };
    const settings = collectorSettings({
      ...least,
      INVENTORY_TARGETS: JSON.stringify([target]),
      INVENTORY_TAGS: "team, cost",
    });
    expect(settings.targets).toEqual([target]);
    expect(settings.tags).toEqual(["team", "cost"]);
  });

  it.each<[string, unknown, RegExp]>([
    ["no account", [{ region: "eu-west-1" }], /accountId missing/],
    ["a short account", [{ ...TARGET, accountId: "12" }], /accountId "12"/],
    ["no region", [{ accountId: "123456789012" }], /region missing/],
    ["a zone", [{ ...TARGET, region: "eu-west-1a" }], /region "eu-west-1a"/],
    ["the root of an account", [{ ...TARGET, roleArn: "arn:aws:iam::123456789012:root" }], /roleArn/],
    ["the same twice", [TARGET, TARGET], /123456789012\/eu-west-1 twice/],
    ["none", [], /is no list of 1 to 1000/],
  ])("refuses targets with %s", (_, targets, message) => {
    expect(() => collectorSettings({ ...least, INVENTORY_TARGETS: JSON.stringify(targets) })).toThrow(message);
  });
});
