import { gzipSync } from "node:zlib";
import { type LineBatch, packLines, VpcFormat } from "@tributary/flow";
import { DEFAULT_SETTINGS, FlowTransform, type TransformSettings } from "@tributary/transform";
import { describe, expect, it } from "vitest";
import {
  ARRIVAL,
  allDocuments,
  type Content,
  defaultLine,
  event,
  type OcsfDocument,
  only,
  RecordingPutBack,
  START,
  STREAM_ACCOUNT,
  transformOnce,
  wrapped,
} from "../support/transform-event.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Fate {
  readonly account?: unknown;
  readonly region?: unknown;
  readonly time?: unknown;
  readonly basis?: unknown;
  readonly day?: string | undefined;
  readonly parked?: string | undefined;
}

/** Where a record of one line ends up. */
async function fateOf(content: Content, overrides: Partial<TransformSettings> = {}): Promise<Fate> {
  const transformation = await transformOnce(event(content), overrides);
  const document = allDocuments(transformation)[0];
  if (document === undefined) return { parked: transformation.outcomes[0]?.parked[0]?.reason };
  const cloud = document.cloud as { account: { uid: string }; region?: string };
  return {
    account: cloud.account.uid,
    region: cloud.region,
    time: document.time,
    basis: (document.unmapped as OcsfDocument).time_basis,
    day: transformation.response.records[0]?.metadata?.partitionKeys.eventDay,
  };
}

function headed(fields: string, line: string): string {
  return `${fields}\n${line}`;
}

function envelope(message: string, more: object = {}): Uint8Array {
  const logEvents = [{ id: "1", timestamp: START * 1000 + 250, message }];
  return gzipSync(
    JSON.stringify({
      messageType: "DATA_MESSAGE",
      owner: "444455556666",
      logGroup: "g",
      logStream: "s",
      logEvents,
      ...more,
    }),
  );
}

function packedLine(line: string, batch: Partial<LineBatch>): string {
  return packLines({ key: "AWSLogs/a.log", ids: [1], lines: [line], ...batch });
}

describe("the account of a VPC flow", () => {
  const FIELDS = "account-id srcaddr dstaddr start";
  const line = (account: string): string => headed(FIELDS, `${account} 10.0.0.1 10.0.0.2 ${START}`);

  it("is the line's own before all others", async () => {
    expect(await fateOf(line("123456789012"), { account: "777788889999" })).toMatchObject({ account: "123456789012" });
    expect(await fateOf(envelope(defaultLine()))).toMatchObject({ account: "123456789012" });
  });

  it("is that of its delivery next: the envelope's owner or the file's folder", async () => {
    const settings = { account: "777788889999" };
    expect(await fateOf(envelope(defaultLine({ account: "unknown" })), settings)).toMatchObject({
      account: "444455556666",
    });
    const packed = packedLine(`- 10.0.0.1 10.0.0.2 ${START}`, { fields: FIELDS, account: "444455556666" });
    expect(await fateOf(packed, settings)).toMatchObject({ account: "444455556666" });
  });

  it("is the configured one next, and the delivery stream's last", async () => {
    expect(await fateOf(line("unknown"), { account: "777788889999" })).toMatchObject({ account: "777788889999" });
    expect(await fateOf(line("-"))).toMatchObject({ account: STREAM_ACCOUNT });
    expect(await fateOf(wrapped(defaultLine({ account: "unknown" })))).toMatchObject({ account: STREAM_ACCOUNT });
  });

  it("is never made up: without any the line is parked", async () => {
    expect(await fateOf(line("-"), { accountFromStream: false })).toEqual({ parked: "no-account" });
    expect(await fateOf(wrapped(defaultLine({ account: "unknown" })), { accountFromStream: false })).toEqual({
      parked: "no-account",
    });
  });
});

describe("the region of a VPC flow", () => {
  it("is the line's own, else its delivery's, else the configured one, else absent", async () => {
    const fields = "account-id srcaddr dstaddr start region";
    const at = (region: string): string => `123456789012 10.0.0.1 10.0.0.2 ${START} ${region}`;
    const batch = { fields, region: "us-west-2" };
    expect(await fateOf(packedLine(at("eu-north-1"), batch), { region: "eu-west-1" })).toMatchObject({
      region: "eu-north-1",
    });
    expect(await fateOf(packedLine(at("-"), batch), { region: "eu-west-1" })).toMatchObject({ region: "us-west-2" });
    expect(await fateOf(headed(fields, at("-")), { region: "eu-west-1" })).toMatchObject({ region: "eu-west-1" });
    expect(await fateOf(headed(fields, at("-")))).toMatchObject({ region: undefined });
    expect(await fateOf(wrapped(defaultLine()), { region: "eu-west-1" })).toMatchObject({ region: "eu-west-1" });
  });
});

describe("the time of a VPC flow", () => {
  const FIELDS = "account-id srcaddr dstaddr start end";
  const line = (start: number | "-", end: number | "-"): string => `123456789012 10.0.0.1 10.0.0.2 ${start} ${end}`;

  it("is its start, about which nothing need be said", async () => {
    expect(await fateOf(headed(FIELDS, line(START, START + 60)))).toMatchObject({
      time: START * 1000,
      basis: undefined,
      day: "20260402",
    });
  });

  it("is its end where it has no start", async () => {
    expect(await fateOf(headed(FIELDS, line("-", START + 60)))).toMatchObject({
      time: (START + 60) * 1000,
      basis: "end",
    });
  });

  it("is that of its log event where it has neither", async () => {
    const fields = "account-id srcaddr dstaddr start end";
    const content = envelope(line("-", "-"));
    expect(await fateOf(content, { formats: [VpcFormat.parse(fields)] })).toMatchObject({
      time: START * 1000 + 250,
      basis: "log-event",
    });
    expect(
      await fateOf(`2026-04-02T18:00:00.000Z ${line("-", "-")}`, { formats: [VpcFormat.parse(fields)] }),
    ).toMatchObject({ time: Date.UTC(2026, 3, 2, 18), basis: "log-event" });
  });

  it("is the slot in the file's name where it came in a file", async () => {
    const content = packedLine(line("-", "-"), { fields: FIELDS, time: START * 1000 - HOUR, timeBasis: "file-name" });
    expect(await fateOf(content, { timeFromArrival: false })).toMatchObject({
      time: START * 1000 - HOUR,
      basis: "file-name",
    });
  });

  it("is its arrival last, if the settings allow it", async () => {
    expect(await fateOf(headed(FIELDS, line("-", "-")))).toMatchObject({ time: ARRIVAL, basis: "arrival" });
    expect(await fateOf(headed(FIELDS, line("-", "-")), { timeFromArrival: false })).toEqual({ parked: "no-time" });
    expect(await fateOf(packedLine(line("-", "-"), { fields: FIELDS }))).toEqual({ parked: "no-time" });
  });

  it("decides the day, in UTC", async () => {
    const midnight = Date.UTC(2026, 3, 2);
    expect(await fateOf(headed(FIELDS, line(midnight / 1000 - 1, "-")))).toMatchObject({ day: "20260401" });
    expect(await fateOf(headed(FIELDS, line(midnight / 1000, "-")))).toMatchObject({ day: "20260402" });
  });
});

describe("the time window", () => {
  const at = (ms: number, overrides?: Partial<TransformSettings>): Promise<Fate> =>
    fateOf(wrapped(defaultLine({ start: Math.floor(ms / 1000) })), overrides);

  it("reaches from 7 days before the arrival to 1 day after it", async () => {
    expect(await at(ARRIVAL - 7 * DAY)).toMatchObject({ day: "20260326" });
    expect(await at(ARRIVAL - 7 * DAY - 1000)).toEqual({ parked: "time-out-of-window" });
    expect(await at(ARRIVAL + DAY)).toMatchObject({ day: "20260403" });
    expect(await at(ARRIVAL + DAY + 1000)).toEqual({ parked: "time-out-of-window" });
  });

  it("is a setting", async () => {
    const overrides = { window: { pastDays: 30, futureDays: 0 } };
    expect(await at(ARRIVAL - 30 * DAY, overrides)).toMatchObject({ time: ARRIVAL - 30 * DAY });
    expect(await at(ARRIVAL + 1000, overrides)).toEqual({ parked: "time-out-of-window" });
  });

  it.each([0, 999, 253_402_300_000])("never lets an impossible time through, such as second %d", async (start) => {
    const { window: _, ...withoutWindow } = DEFAULT_SETTINGS;
    const transform = new FlowTransform(withoutWindow, new RecordingPutBack());
    const { outcomes } = await transform.transform(event(wrapped(defaultLine({ start }))));
    expect(only(only(outcomes).parked).reason).toBe("time-out-of-window");
  });

  it("says what to do", async () => {
    const { outcomes } = await transformOnce(event(wrapped(defaultLine({ start: 1_500_000_000 }))));
    expect(only(only(outcomes).parked).message).toContain("widen the window");
  });
});

describe("a flow without ends", () => {
  it.each([
    ["no source", "account-id dstaddr start", `123456789012 10.0.0.2 ${START}`],
    ["no destination", "account-id srcaddr dstaddr start", `123456789012 10.0.0.1 - ${START}`],
    ["no address at all", "account-id action start", `123456789012 ACCEPT ${START}`],
  ])("is parked when it names %s", async (_, fields, line) => {
    expect(await fateOf(headed(fields, line))).toEqual({ parked: "no-endpoint" });
  });

  it("is delivered when its interface stands for the missing side", async () => {
    const fields = "account-id interface-id srcaddr flow-direction start";
    expect(await fateOf(headed(fields, `123456789012 eni-1 10.0.0.1 ingress ${START}`))).toMatchObject({
      account: "123456789012",
    });
    expect(await fateOf(headed(fields, `123456789012 eni-1 10.0.0.1 egress ${START}`))).toEqual({
      parked: "no-endpoint",
    });
  });
});
