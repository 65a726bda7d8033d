import { type AzureRecordHeader, azureRegion, azureSubscription, parseArmId } from "@tributary/flow";
import { describe, expect, it } from "vitest";

const SUB = "12345678-90ab-cdef-1234-567890abcdef";
const NETWORK = `/subscriptions/${SUB}/resourceGroups/Web-RG/providers/Microsoft.Network`;
const HEADER: AzureRecordHeader = { layout: "vnet-v4", time: "2026-04-02T18:31:50Z" };

describe("parseArmId", () => {
  it.each([
    ["virtualNetworks/Web-VNet", { type: "virtualnetworks", name: "Web-VNet" }],
    ["networkInterfaces/web-nic", { type: "networkinterfaces", name: "web-nic" }],
    ["networkSecurityGroups/web-nsg", { type: "networksecuritygroups", name: "web-nsg" }],
    [
      "virtualNetworks/Web-VNet/subnets/front",
      { type: "virtualnetworks/subnets", name: "front", parentId: `${NETWORK}/virtualNetworks/Web-VNet` },
    ],
  ])("takes %s apart", (path, expected) => {
    expect(parseArmId(`${NETWORK}/${path}`)).toEqual({ subscription: SUB, resourceGroup: "Web-RG", ...expected });
  });

  it("reads upper case as lower case", () => {
    const id = `${NETWORK}/virtualNetworks/v/subnets/s`.toUpperCase();
    expect(parseArmId(id)).toMatchObject({
      subscription: SUB,
      resourceGroup: "WEB-RG",
      type: "virtualnetworks/subnets",
      name: "S",
    });
  });

  it("takes ids without resource group or provider", () => {
    expect(parseArmId(`/subscriptions/${SUB}`)).toEqual({ subscription: SUB, type: "subscriptions", name: SUB });
    expect(parseArmId(`/subscriptions/${SUB}/resourceGroups/g/`)).toMatchObject({ type: "resourcegroups", name: "g" });
    expect(parseArmId(`/subscriptions/${SUB}/providers/Microsoft.Network/networkManagers/m`)).toMatchObject({
      name: "m",
    });
  });

  it.each([
    "",
    "/",
    "unspecified",
    SUB,
    "00000000-0000-0000-0000-000000000000",
    `subscriptions/${SUB}`,
    `/subscriptions/../resourceGroups/g`,
    `/subscriptions//resourceGroups/g`,
    `/subscriptions/${SUB}/resourceGroups`,
    `${NETWORK}`,
    `${NETWORK}/virtualNetworks`,
    `${NETWORK}/virtualNetworks/v/subnets`,
    `/${SUB}_NETWORKWATCHERRG/NETWORKWATCHER_NORTHEUROPE_X`,
  ])("is undefined for %j", (id) => {
    expect(parseArmId(id)).toBeUndefined();
  });
});

describe("azureSubscription", () => {
  const id = (subscription: string): string =>
    `/SUBSCRIPTIONS/${subscription}/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/X/Y`;

  it("prefers the logged resource to the group, the flow log and the path", () => {
    const all = { ...HEADER, targetResourceId: id("T"), resourceId: id("R"), flowLogResourceId: id("F") };
    expect(azureSubscription(all)).toBe("t");
    const { targetResourceId: _, ...withoutTarget } = all;
    expect(azureSubscription(withoutTarget)).toBe("r");
    expect(azureSubscription({ ...HEADER, flowLogResourceId: id("F") })).toBe("f");
    expect(azureSubscription(HEADER, `flowlogresourceid=/${SUB}_networkwatcherrg/networkwatcher_x_y/y=2026`)).toBe(SUB);
    expect(azureSubscription(HEADER, `resourceid=/subscriptions/${SUB}/resourcegroups/g`)).toBe(SUB);
  });

  it("reads the joined spelling of blob paths", () => {
    const flowLogResourceId = `/${SUB.toUpperCase()}_NETWORKWATCHERRG/NETWORKWATCHER_NORTHEUROPE_FLOWLOG`;
    expect(azureSubscription({ ...HEADER, targetResourceId: "unspecified", flowLogResourceId })).toBe(SUB);
  });

  it("is undefined when nothing names one", () => {
    expect(azureSubscription({ ...HEADER, resourceId: "/subscriptions/../x" }, "pt1h.json")).toBeUndefined();
  });
});

describe("azureRegion", () => {
  it("comes from the network watcher's name, in the id first and then in the path", () => {
    const flowLogResourceId = `${NETWORK}/networkWatchers/NetworkWatcher_NorthEurope/flowLogs/f`;
    expect(azureRegion({ ...HEADER, flowLogResourceId }, "/networkwatcher_westeurope_f/")).toBe("northeurope");
    expect(azureRegion(HEADER, `flowlogresourceid=/${SUB}_networkwatcherrg/networkwatcher_westeurope_f/y=2026`)).toBe(
      "westeurope",
    );
  });

  it("is undefined where the watcher has another name", () => {
    expect(azureRegion({ ...HEADER, flowLogResourceId: `${NETWORK}/networkWatchers/own/flowLogs/f` })).toBeUndefined();
    expect(azureRegion(HEADER, `resourceid=/subscriptions/${SUB}/resourcegroups/networkwatcherrg`)).toBeUndefined();
  });
});
