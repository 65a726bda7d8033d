import { type AzureRecordHeader, azureBlobKey, parseAzureBlobPath, recordBlobKey } from "@tributary/flow";
import { describe, expect, it } from "vitest";

const SUB = "12345678-90ab-cdef-1234-567890abcdef";
const HOUR = "y=2026/m=04/d=02/h=18/m=00/macAddress=0022480A0B0C/PT1H.json";
const NSG = `resourceId=/SUBSCRIPTIONS/${SUB.toUpperCase()}/RESOURCEGROUPS/WEB-RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB-NSG/${HOUR}`;
const WATCHER = `flowLogResourceID=/${SUB.toUpperCase()}_NETWORKWATCHERRG/NETWORKWATCHER_NORTHEUROPE_WEB-VNET-FLOWLOG/${HOUR}`;
const PORTAL = `flowLogResourceID=/${SUB.toUpperCase()}_NETWORKWATCHERRG/NETWORKWATCHER_NORTHEUROPE_WEB-VNET-WEB-RG-FLOWLOGS/${HOUR}`;
const ARM = `flowLogResourceID=/SUBSCRIPTIONS/${SUB.toUpperCase()}/RESOURCEGROUPS/NETWORKWATCHERRG/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/NETWORKWATCHER_NORTHEUROPE/FLOWLOGS/WEB-VNET-FLOWLOG/${HOUR}`;

describe("azureBlobKey", () => {
  it("is the path from its marker on, in lower case", () => {
    for (const path of [NSG, WATCHER, PORTAL, ARM]) expect(azureBlobKey(path)).toBe(path.toLowerCase());
  });

  it("is the same for a blob's URL, its name in the container and copies on disk", () => {
    const key = azureBlobKey(WATCHER);
    const copies = [
      `https://logs.blob.core.windows.net/insights-logs-flowlogflowevent/${WATCHER}`,
      `https://logs.blob.core.windows.net/insights-logs-flowlogflowevent/${WATCHER}?snapshot=2026-04-02T19:00:00Z`,
      `https://logs.blob.core.windows.net/insights-logs-flowlogflowevent/${encodeURIComponent(WATCHER)}`,
      WATCHER.replaceAll("=", "%3d"),
      `/subjects/blobs/${WATCHER.toUpperCase()}`,
      `C:\\logs\\100% kept\\${WATCHER.replaceAll("/", "\\")}`,
      `/srv/100% kept/${WATCHER.replaceAll("=", "%3D")}`,
      `./${WATCHER}.gz`,
      `/srv/resourceId=old/${WATCHER}`,
      WATCHER.replace("ID=/", "ID=//"),
    ];
    for (const copy of copies) expect(azureBlobKey(copy), copy).toBe(key);
  });

  it.each(["", "PT1H.json", "/logs/resource/y=2026/PT1H.json"])("is undefined for %j", (path) => {
    expect(azureBlobKey(path)).toBeUndefined();
  });
});

describe("parseAzureBlobPath", () => {
  const hour = Date.UTC(2026, 3, 2, 18);

  it("reads hour and MAC from every spelling, and the region where it stands", () => {
    for (const path of [WATCHER, PORTAL, ARM]) {
      expect(parseAzureBlobPath(path.toLowerCase())).toEqual({
        hour,
        macAddress: "0022480A0B0C",
        region: "northeurope",
      });
    }
    expect(parseAzureBlobPath(NSG)).toEqual({ hour, macAddress: "0022480A0B0C" });
  });

  it.each([
    "",
    "y=2026/m=04",
    "/y=2026/m=13/d=01/h=00/m=00/",
    "/y=2026/m=02/d=30/h=00/m=00/",
    "/y=2026/m=02/d=03/h=24/m=00/",
  ])("says nothing about %j", (path) => {
    expect(parseAzureBlobPath(path)).toEqual({});
  });
});

describe("recordBlobKey", () => {
  const time = "2026-04-02T18:31:50.1234567Z";

  it("is the path under which Azure writes the record", () => {
    const vnet: AzureRecordHeader = {
      layout: "vnet-v4",
      time,
      macAddress: "0022480A0B0C",
      flowLogResourceId: `/SUBSCRIPTIONS/${SUB.toUpperCase()}/RESOURCEGROUPS/NETWORKWATCHERRG/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/NETWORKWATCHER_NORTHEUROPE/FLOWLOGS/WEB-VNET-FLOWLOG`,
    };
    expect(recordBlobKey(vnet)).toBe(azureBlobKey(WATCHER));
    const nsg: AzureRecordHeader = {
      layout: "nsg-v2",
      time,
      resourceId: `/subscriptions/${SUB}/resourceGroups/web-rg/providers/Microsoft.Network/networkSecurityGroups/web-nsg`,
    };
    const groups = [{ flow: 0, group: 0, first: 0, rule: "r", mac: "0022480A0B0C", tuples: [] }];
    expect(recordBlobKey(nsg, groups)).toBe(azureBlobKey(NSG));
  });

  it("differs by resource, MAC and hour, not by minute", () => {
    const header: AzureRecordHeader = {
      layout: "vnet-v4",
      time,
      macAddress: "0022480A0B0C",
      flowLogResourceId: "unknown-spelling",
    };
    const keys = [
      header,
      { ...header, time: "2026-04-02T19:31:50.1234567Z" },
      { ...header, macAddress: "0022480A0B0D" },
      { ...header, flowLogResourceId: "another" },
      { layout: "nsg-v1" as const, time },
    ].map((one) => recordBlobKey(one));
    expect(new Set(keys).size).toBe(5);
    expect(recordBlobKey({ ...header, time: "2026-04-02T18:59:59.9999999Z" })).toBe(recordBlobKey(header));
  });
});
