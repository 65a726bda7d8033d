import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { FlowContext } from "@tributary/context";
import { describe, expect, it } from "vitest";
import {
  ACCOUNT,
  azureBlob,
  HEADER,
  lakeQuery,
  localRun,
  openLake,
  put,
  rowsOf,
  START,
  vpcLine,
  vpcLines,
  workFolder,
} from "./local-run.js";

const SUBSCRIPTION = "external_12345678-90ab-cdef-1234-567890abcdef";
const NODATA = `2 ${ACCOUNT} eni-0a1b2c3d4e5f60718 - - - - - - - ${START} ${START + 59} - NODATA`;

/** Ports of the flows in the lake, by `metadata.product.name`; a VPC flow's tells its number. */
async function vpcNumbers(lake: string): Promise<number[]> {
  const rows = await lakeQuery(
    lake,
    "SELECT traffic.bytes - 100 FROM $rows WHERE cloud.provider = 'AWS' ORDER BY traffic.bytes",
  );
  return rows.map(([bytes]) => Number(bytes));
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function message(n: number): string {
  return JSON.stringify({ message: vpcLine(n) });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** A CloudWatch Logs subscription envelope. */
function envelope(messageType: string, lines: readonly string[]): string {
  return JSON.stringify({
    messageType,
    owner: ACCOUNT,
    logGroup: "flow-logs",
    logStream: "eni-0a1b2c3d4e5f60718-all",
    subscriptionFilters: ["all"],
    logEvents: lines.map((line, index) => ({ id: `365000000000${index}`, timestamp: START * 1000, message: line })),
  });
}

describe("a folder with every kind of flow log", () => {
  const EVENT = JSON.stringify({
    invocationId: "00000000-0000-4000-8000-000000000000",
    deliveryStreamArn: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/flows",
    region: "eu-central-1",
    records: [30, 31].map((n) => ({
      recordId: `4960000000000000${n}`,
      approximateArrivalTimestamp: START * 1000,
      data: base64(message(n)),
    })),
  });
  const INPUTS: readonly (readonly [name: string, content: string | Uint8Array, read: number, skipped: number])[] = [
    ["aws/bom.log", `\uFEFF${HEADER}\n${vpcLine(0)}\n`, 1, 0],
    ["aws/crlf.log", `${HEADER}\r\n${vpcLine(1)}\r\n${vpcLine(2)}\r\n`, 2, 0],
    ["aws/envelope.json", envelope("DATA_MESSAGE", [vpcLine(3), vpcLine(4)]), 2, 0],
    ["aws/envelope.json.gz", gzipSync(envelope("DATA_MESSAGE", [vpcLine(5)])), 1, 0],
    ["aws/control.json", envelope("CONTROL_MESSAGE", ["CWL CONTROL MESSAGE: Checking health"]), 1, 1],
    ["aws/event.json", EVENT, 2, 0],
    ["aws/exported.log", `2026-10-10T12:00:01.000Z ${vpcLine(6)}\n2026-10-10T12:00:02.000Z ${vpcLine(7)}\n`, 2, 0],
    ["aws/firehose.jsonl", `${message(8)}\n\n${message(9)}\n`, 2, 0],
    ["aws/headerless.log", vpcLines(10, 12), 2, 0],
    ["aws/joined.log", `${HEADER}\n${vpcLine(12)}\n\uFEFF${HEADER}\n${vpcLine(13)}\n`, 2, 0],
    ["aws/members.log.gz", Buffer.concat([gzipSync(`${HEADER}\n${vpcLine(14)}\n`), gzipSync(vpcLines(15, 18))]), 4, 0],
    ["aws/no-end.log", `${HEADER}\n${vpcLine(18)}`, 1, 0],
    ["aws/packed.log.gz", gzipSync(`${HEADER}\n${vpcLines(19, 21)}`), 2, 0],
    ["aws/spaced.log", `\n${HEADER}\n\n  \n${vpcLine(21)}\n\n${vpcLine(22)}\n${NODATA}\n\n`, 3, 1],
    ["azure/nsg-v1.json", azureBlob("nsg-v1.json"), 4, 0],
    ["azure/nsg-v2.json", azureBlob("nsg-v2.json"), 6, 0],
    ["azure/vnet-v4.json", azureBlob("vnet-v4.json"), 6, 0],
    ["azure/vnet-v4.json.gz", gzipSync(azureBlob("growing-3.json")), 4, 0],
  ];

  function folderWithAll(): { readonly inputs: string; readonly lake: string } {
    const folder = workFolder();
    for (const [name, content] of INPUTS) put(folder, `inputs/${name}`, content);
    return { inputs: join(folder, "inputs"), lake: join(folder, "lake") };
  }

  it("is counted per input and in all, and every count adds up", async () => {
    const { inputs, lake } = folderWithAll();

    const { summary, notes } = await localRun(lake, [inputs]);

    const opened = await openLake(lake, { readOnly: true });
    const counts = Object.fromEntries(
      [...opened.inputs().values()].map(({ path, flows, complete }) => [
        path.slice(inputs.length + 1),
        { complete, ...flows },
      ]),
    );
    expect(counts).toEqual(
      Object.fromEntries(
        INPUTS.map(([name, , read, skipped]) => {
          const reason = name === "aws/control.json" ? "control-message" : "nodata";
          const skips = skipped === 0 ? {} : { [reason]: skipped };
          return [name, { complete: true, read, delivered: read - skipped, skipped: skips, parked: {} }];
        }),
      ),
    );
    const read = INPUTS.reduce((sum, [, , flows]) => sum + flows, 0);
    expect(summary.flows).toEqual({
      read,
      delivered: read - 2,
      skipped: { nodata: 1, "control-message": 1 },
      parked: {},
    });
    expect(summary).toMatchObject({
      documents: read - 2,
      inputs: { read: INPUTS.length, unchanged: 0, notFlowLogs: [], problems: [] },
      interrupted: false,
      seconds: 0,
    });
    expect(notes).toEqual([]);
  });

  it("becomes exactly the rows of its flows", async () => {
    const { inputs, lake } = folderWithAll();

    await localRun(lake, [inputs]);

    expect(await vpcNumbers(lake)).toEqual([...numbers(0, 23), 30, 31]);
    const azure = await lakeQuery(
      lake,
      `SELECT src_endpoint.ip, src_endpoint.port, dst_endpoint.ip, dst_endpoint.port, action, activity_name, time
       FROM $rows WHERE cloud.provider = 'Azure' AND accountId = '${SUBSCRIPTION}' AND eventDay = '20240305' ORDER BY time`,
    );
    expect(azure.map((row) => row.join(" "))).toEqual([
      "192.0.2.10 40112 10.20.0.4 23 Denied Refuse 1709629235000",
      "198.51.100.7 51222 10.20.0.4 443 Allowed Traffic 1709629240000",
      "198.51.100.8 51223 10.20.0.4 443 Allowed Traffic 1709629241000",
      "10.20.0.4 5353 203.0.113.53 53 Allowed Traffic 1709629300000",
      "192.0.2.10 40112 10.20.0.4 23 Denied Refuse 1709632835000",
      "198.51.100.7 51222 10.20.0.4 443 Allowed Open 1709632840000",
      "198.51.100.7 51222 10.20.0.4 443 Allowed Traffic 1709632850000",
      "198.51.100.7 51222 10.20.0.4 443 Allowed Close 1709632860000",
      "198.51.100.9 51224 10.20.0.4 8443 Allowed Traffic 1709632861000",
      "198.51.100.9 51224 10.20.0.4 8443 Allowed Close 1709632862000",
    ]);
    expect(await rowsOf(lake)).toHaveLength(25 + 20);
  });

  it("lies in Security Lake's folders, one file for each account and day of a small run", async () => {
    const { inputs, lake } = folderWithAll();

    const { summary } = await localRun(lake, [inputs], { lakeOptions: { region: "eu-central-1" } });

    const opened = await openLake(lake, { readOnly: true });
    const places = opened.parquetFiles().map(({ path }) => path.slice(0, path.lastIndexOf("/")));
    const root = "ext/tributary/1.0/region=eu-central-1";
    expect(places.sort()).toEqual([
      `${root}/accountId=${ACCOUNT}/eventDay=20261010`,
      `${root}/accountId=${SUBSCRIPTION}/eventDay=20240305`,
      `${root}/accountId=${SUBSCRIPTION}/eventDay=20260402`,
    ]);
    expect(summary.lake).toMatchObject({ files: 3, partitions: 3, rows: 45 });
    const found = await lakeQuery(
      lake,
      "SELECT region, accountId, eventDay, count(*) FROM $rows GROUP BY ALL ORDER BY ALL",
    );
    expect(found).toEqual([
      ["eu-central-1", ACCOUNT, "20261010", "25"],
      ["eu-central-1", SUBSCRIPTION, "20240305", "10"],
      ["eu-central-1", SUBSCRIPTION, "20260402", "10"],
    ]);
  });
});

it("lines without a header are read in the format that is given", async () => {
  const folder = workFolder();
  const format = "bytes account-id srcaddr dstaddr start end action interface-id srcport dstport protocol";
  const line = `140 ${ACCOUNT} 10.0.0.9 198.51.100.7 ${START} ${START + 10} ACCEPT eni-0a1b2c3d4e5f60718 4000 443 6`;
  const path = put(folder, "custom.log", `${line}\n`);

  const { summary } = await localRun(join(folder, "lake"), [path], { formats: [format] });

  expect(summary.flows).toMatchObject({ read: 1, delivered: 1 });
  expect(await vpcNumbers(join(folder, "lake"))).toEqual([40]);
});

it("flows whose explanation fails are delivered without it, and counted in a note", async () => {
  const folder = workFolder();
  const path = put(folder, "flows.log", `${HEADER}\n${vpcLines(0, 3)}`);
  const context: FlowContext = {
    explain: () => {
      throw new Error("a broken inventory");
    },
  };

  const { summary, notes } = await localRun(join(folder, "lake"), [path], { settings: { context } });

  expect(summary.flows).toMatchObject({ read: 3, delivered: 3 });
  expect(notes).toEqual([expect.stringMatching(/^3 flows could not be explained \(Error: a broken inventory\)/)]);
});

it("envelopes one after the other, as Firehose writes them into one object, are all read", async () => {
  const folder = workFolder();
  const glued = [
    envelope("DATA_MESSAGE", [vpcLine(0)]),
    envelope("CONTROL_MESSAGE", ["CWL CONTROL MESSAGE: Checking health"]),
    envelope("DATA_MESSAGE", [vpcLine(1), vpcLine(2)]),
  ].join("");
  put(folder, "inputs/glued.gz", gzipSync(glued));
  put(folder, "inputs/lines.json", glued.replaceAll("}{", "}\n{"));

  const { summary } = await localRun(join(folder, "lake"), [join(folder, "inputs")]);

  expect(summary.flows).toEqual({ read: 8, delivered: 6, skipped: { "control-message": 2 }, parked: {} });
  expect(await vpcNumbers(join(folder, "lake"))).toEqual([0, 0, 1, 1, 2, 2]);
});

it("a flow that crosses midnight belongs to the day on which it starts", async () => {
  const folder = workFolder();
  const midnight = Date.UTC(2026, 9, 11) / 1000;
  const path = put(folder, "a.log", `${vpcLine(0, { start: midnight - 30 })}\n${vpcLine(1, { start: midnight })}\n`);

  await localRun(join(folder, "lake"), [path]);

  const days = await lakeQuery(join(folder, "lake"), "SELECT eventDay, traffic.bytes FROM $rows ORDER BY ALL");
  expect(days).toEqual([
    ["20261010", "100"],
    ["20261011", "101"],
  ]);
});
