import type { AzureRecordHeader } from "@tributary/flow";
import { FlowTransform } from "@tributary/transform";
import { describe, expect, it } from "vitest";
import {
  allDocuments,
  documentsOf,
  event,
  only,
  RecordingPutBack,
  START,
  settings,
  transformOnce,
  uidOfDocument,
} from "../support/transform-event.js";

const GOOD = `${START * 1000},10.20.0.4,198.51.100.7,50000,443,6,O,E,NX,1,2,3,4`;
const NETWORK = "/providers/Microsoft.Network/virtualNetworks/web-vnet";
const SUBSCRIPTION = "12345678-90ab-cdef-1234-567890abcdef";

function record(
  tuples: readonly string[],
  header: Partial<AzureRecordHeader> = {},
  blob = "flowlogresourceid=/x/pt1h.json",
): string {
  return JSON.stringify({
    tributary: { v: 1, kind: "azure" },
    blob,
    offset: 12,
    header: { layout: "vnet-v4", time: "2026-04-02T18:31:50Z", ...header },
    groups: [{ flow: 0, group: 1, first: 4, rule: "PlatformRule", tuples }],
  });
}

const OWNED = { targetResourceId: `/subscriptions/${SUBSCRIPTION.toUpperCase()}/resourceGroups/web-rg${NETWORK}` };

describe("a packed Azure record", () => {
  it("goes to the partition of its subscription, in lower case, and of its flows' day", async () => {
    const { response, report } = await transformOnce(event(record([GOOD, GOOD], OWNED)));
    expect(only(response.records)).toMatchObject({
      result: "Ok",
      metadata: { partitionKeys: { accountId: `external_${SUBSCRIPTION}`, eventDay: "20260402" } },
    });
    expect(report).toMatchObject({ read: 2, delivered: 2 });
    expect(new Set(documentsOf(only(response.records)).map(uidOfDocument)).size).toBe(2);
  });

  it.each([
    ["its target", OWNED, "flowlogresourceid=/x/pt1h.json"],
    [
      "its security group",
      { resourceId: `/SUBSCRIPTIONS/${SUBSCRIPTION}/RESOURCEGROUPS/R` },
      "resourceid=/x/pt1h.json",
    ],
    ["its flow log", { flowLogResourceId: `/Subscriptions/${SUBSCRIPTION}/resourceGroups/NetworkWatcherRG` }, "x"],
    ["its blob", {}, `flowlogresourceid=/${SUBSCRIPTION}_networkwatcherrg/networkwatcher_westeurope_a/pt1h.json`],
  ])("belongs to the subscription that %s names", async (_, header, blob) => {
    const document = only(allDocuments(await transformOnce(event(record([GOOD], header, blob)))));
    expect(document).toMatchObject({ cloud: { account: { uid: SUBSCRIPTION } } });
  });

  it("is parked when nothing names a subscription", async () => {
    const { response, outcomes } = await transformOnce(event(record([GOOD])));
    expect(only(response.records).result).toBe("ProcessingFailed");
    expect(only(only(outcomes).parked)).toMatchObject({
      reason: "no-account",
      raw: GOOD,
      position: "flowlogresourceid=/x/pt1h.json@12/0/1/4",
    });
  });

  it("has its region from its flow log before the configured one", async () => {
    const flowLogResourceId = `/subscriptions/${SUBSCRIPTION}/resourceGroups/r/providers/Microsoft.Network/networkWatchers/NetworkWatcher_northeurope`;
    const [named, configured] = allDocuments(
      await transformOnce(event(record([GOOD], { ...OWNED, flowLogResourceId }), record([GOOD], OWNED)), {
        region: "eu-west-1",
      }),
    );
    expect([named, configured]).toMatchObject([
      { cloud: { region: "northeurope" } },
      { cloud: { region: "eu-west-1" } },
    ]);
  });

  it("delivers its good tuples and puts the bad ones back alone, under their places", async () => {
    const bad = [GOOD.replace("443", "70000"), "nonsense"];
    const putBack = new RecordingPutBack();
    const transform = new FlowTransform(settings(), putBack);
    const first = await transform.transform(event(record([bad[0] ?? "", GOOD, bad[1] ?? ""], OWNED)));
    expect(first.report).toMatchObject({ read: 3, delivered: 1, putBack: 2 });
    const again = await transform.transform(event(only(putBack.records).data));
    expect(only(again.response.records).result).toBe("ProcessingFailed");
    expect(only(again.outcomes).parked.map(({ reason, raw, position }) => [reason, raw, position])).toEqual([
      ["bad-tuple", bad[0], "flowlogresourceid=/x/pt1h.json@12/0/1/4"],
      ["bad-tuple", bad[1], "flowlogresourceid=/x/pt1h.json@12/0/1/6"],
    ]);
  });

  it("parks tuples outside the time window", async () => {
    const old = GOOD.replace(String(START * 1000), String((START - 30 * 86_400) * 1000));
    const { report } = await transformOnce(event(record([old], OWNED)));
    expect(report.parked).toEqual({ "time-out-of-window": 1 });
  });

  it("is parked as a whole when its envelope is broken", async () => {
    const broken = JSON.parse(record([GOOD], OWNED)) as { offset: unknown };
    broken.offset = -1;
    const { outcomes } = await transformOnce(event(JSON.stringify(broken)));
    expect(only(only(outcomes).parked)).toMatchObject({
      reason: "bad-record",
      message: expect.stringContaining("offset is -1") as unknown,
    });
  });
});
