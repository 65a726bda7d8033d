import { readdirSync, readFileSync } from "node:fs";
import { SELECT_ALL_FORMAT } from "@tributary/flow";
import { describe, expect, it } from "vitest";
import { orderProblems } from "../support/attribute-order.js";
import { packedRecordsOf } from "../support/azure-documents.js";
import { schemaProblems } from "../support/document-schema.js";
import { defaultLine, documentTexts, event, START, transformOnce, wrapped } from "../support/transform-event.js";

const BLOB =
  "resourceId=/SUBSCRIPTIONS/12345678-90AB-CDEF-1234-567890ABCDEF/RESOURCEGROUPS/WEB-RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB-NSG/y=2026/m=04/d=02/h=18/m=00/macAddress=0022480A0B0C/PT1H.json";
const AZURE = new URL("../fixtures/azure/", import.meta.url);
const azureNames = readdirSync(AZURE).filter((name) => name.endsWith(".json"));
const ANY_TIME = { window: { pastDays: 10_000, futureDays: 10_000 } };

async function textsOf(contents: readonly string[]): Promise<string[]> {
  const { response } = await transformOnce(event(...contents), ANY_TIME);
  return response.records.flatMap(documentTexts);
}

const azureTexts = (name: string): Promise<string[]> =>
  textsOf(packedRecordsOf(readFileSync(new URL(name, AZURE)), BLOB));

const V5: Readonly<Record<string, string>> = {
  version: "5",
  "account-id": "123456789012",
  "interface-id": "eni-0a1b2c3d4e5f60718",
  srcaddr: "10.120.101.155",
  dstaddr: "198.51.100.177",
  srcport: "50000",
  dstport: "443",
  protocol: "6",
  packets: "123456",
  bytes: "123456789",
  start: String(START),
  end: String(START + 59),
  action: "ACCEPT",
  "log-status": "OK",
  "vpc-id": "vpc-0a1b2c3d4e5f60718",
  "subnet-id": "subnet-0a1b2c3d4e5f60718",
  "instance-id": "i-0a1b2c3d4e5f60718",
  "tcp-flags": "19",
  type: "IPv4",
  "pkt-srcaddr": "10.120.101.155",
  "pkt-dstaddr": "198.51.100.177",
  region: "ap-southeast-2",
  "az-id": "apse2-az1",
  "pkt-dst-aws-service": "CLOUDFRONT",
  "flow-direction": "egress",
  "traffic-path": "8",
};

describe("documents are lean", () => {
  it("for VPC: at most 1.6 kB, with the default fields and with all 29 of version 5", async () => {
    const selectAll = SELECT_ALL_FORMAT.fields.map((field) => V5[field] ?? "-").join(" ");
    const texts = await textsOf([wrapped(defaultLine()), wrapped(selectAll)]);
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(1600);
  });

  // Azure's ids are paths of some 130 characters, and a VNet flow names its group, rule, network and target by one each.
  it.each([
    ["nsg-v1.json", 1600],
    ["nsg-v2.json", 1700],
    ["vnet-v4.json", 1950],
  ])("for Azure: %s at most %d bytes", async (name, most) => {
    const texts = await azureTexts(name);
    expect(texts.length).toBeGreaterThan(2);
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(most);
  });
});

describe("the Azure fixtures", () => {
  it.each(azureNames)("become valid documents in the order of the class: %s", async (name) => {
    for (const text of await azureTexts(name)) {
      const document: unknown = JSON.parse(text);
      expect(schemaProblems(document)).toEqual([]);
      expect(orderProblems(document)).toEqual([]);
    }
  });

  it("give documents at all", async () => {
    const counts = await Promise.all(azureNames.map(async (name) => (await azureTexts(name)).length));
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(6);
  });
});
