import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  ACCOUNT,
  azureBlob,
  type LocalRunChanges,
  lakeQuery,
  localRun,
  put,
  SHORT_FORMAT,
  START,
  shortLine,
  uidsOf,
  vpcLines,
  workFolder,
} from "./local-run.js";

const SHORT: LocalRunChanges = { settings: { account: ACCOUNT }, arrivalTime: START * 1000 };
const KEY = "111122223333_vpcflowlogs_eu-central-1_fl-0123456789abcdef0_20261010T1205Z_0a1b2c3d.log";

/** The uids that a lake of this one file has. */
async function uidsOfFile(
  name: string,
  content: string | Uint8Array,
  changes: LocalRunChanges = {},
): Promise<string[]> {
  const folder = workFolder();
  const lake = join(folder, "lake");
  const { summary } = await localRun(lake, [put(folder, name, content)], changes);
  expect(summary.flows.parked).toEqual({});
  return uidsOf(lake);
}

describe("metadata.uid", () => {
  it("of a blob is the same under any name, packed or not, and under the path that Azure gave it", async () => {
    const blob = azureBlob("growing-3.json");
    const [header] = (JSON.parse(blob) as { records: { flowLogResourceID: string; macAddress: string }[] }).records;
    const container = `insights-logs-flowlogflowevent/flowLogResourceID=/12345678-90AB-CDEF-1234-567890ABCDEF_NETWORKWATCHERRG/NETWORKWATCHER_NORTHEUROPE_WEB-VNET-FLOWLOG/y=2026/m=04/d=02/h=18/m=00/macAddress=${header?.macAddress}/PT1H.json`;

    const uids = await uidsOfFile("PT1H.json", blob);

    expect(new Set(uids).size).toBe(4);
    expect(await uidsOfFile("copy of it.txt", blob)).toEqual(uids);
    expect(await uidsOfFile("PT1H.json.gz", gzipSync(blob))).toEqual(uids);
    expect(await uidsOfFile(container, blob)).toEqual(uids);
    expect(await uidsOfFile(container.toLowerCase(), blob)).toEqual(uids);
  });

  it("of two blobs of other hours or interfaces differs, although their flows are alike", async () => {
    const blob = azureBlob("growing-3.json");

    const all = [
      ...(await uidsOfFile("a.json", blob)),
      ...(await uidsOfFile("a.json", blob.replaceAll("0022480A0B0C", "0022480A0B0D"))),
      ...(await uidsOfFile("a.json", blob.replaceAll("2026-04-02T18:", "2026-04-02T17:"))),
    ];

    expect(new Set(all).size).toBe(12);
  });

  it("of a line that identifies itself is the same in any file", async () => {
    const uids = await uidsOfFile("a.log", vpcLines(0, 3));

    expect(await uidsOfFile("b.log.gz", gzipSync(`\n${vpcLines(0, 3)}`))).toEqual(uids);
  });

  it("of lines that nothing identifies differs by line and by file", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const lines = `${SHORT_FORMAT}\n${`${shortLine(0)}\n`.repeat(5)}`;
    const records = `${JSON.stringify({ message: shortLine(0) })}\n`.repeat(5);
    const several = `${JSON.stringify({ message: `${shortLine(0)}\n${shortLine(0)}` })}\n`.repeat(2);
    for (const name of ["a.log", "b.log", "deeper/a.log"]) put(folder, `inputs/${name}`, lines);
    for (const name of ["a.jsonl", "b.jsonl"]) put(folder, `inputs/${name}`, records);
    put(folder, "inputs/c.jsonl", several);

    await localRun(lake, [join(folder, "inputs")], { ...SHORT, formats: [SHORT_FORMAT] });

    const uids = await uidsOf(lake);
    expect(uids).toHaveLength(3 * 5 + 2 * 5 + 4);
    expect(new Set(uids).size).toBe(uids.length);
  });

  it("of lines that nothing identifies is the same for the S3 object and its copies that kept the path", async () => {
    const lines = `${SHORT_FORMAT}\n${`${shortLine(0)}\n`.repeat(3)}`;
    const object = `AWSLogs/${ACCOUNT}/vpcflowlogs/eu-central-1/2026/10/10/${KEY}`;

    const uids = await uidsOfFile(`${object}.gz`, gzipSync(lines));

    expect(await uidsOfFile(`deeper/down/${object}`, lines)).toEqual(uids);
  });
});

it("the numbers of lines do not depend on how much is read at a time, even behind a line without an end in sight", async () => {
  // Hard to compress, so that gzip gives it in other portions than the file does.
  const long = Array.from({ length: 220_000 }, (_, n) =>
    ((n * 2_654_435_761) % 2 ** 32).toString(36).padStart(10, "x"),
  );
  const text = `${SHORT_FORMAT}\n${shortLine(0)}\n${long.join("")}\n${shortLine(0)}\n`;
  const uids: string[][] = [];
  for (const [name, content] of [
    [KEY, text],
    [`${KEY}.gz`, gzipSync(text)],
  ] as const) {
    const folder = workFolder();
    const lake = join(folder, "lake");
    await localRun(lake, [put(folder, name, content)], SHORT);
    uids.push(await uidsOf(lake));
  }

  expect(uids[0]).toHaveLength(2);
  expect(uids[1]).toEqual(uids[0]);
});

describe("a line without account or time", () => {
  /** Account, cloud region, time and basis of the only row. */
  async function factsOf(name: string, content: string, changes: LocalRunChanges = {}): Promise<string[] | undefined> {
    const folder = workFolder();
    const lake = join(folder, "lake");
    await localRun(lake, [put(folder, name, content)], changes);
    const rows = await lakeQuery(
      lake,
      "SELECT cloud.account.uid, cloud.region, time, unmapped['time_basis'], accountId, eventDay FROM $rows",
    );
    expect(rows).toHaveLength(1);
    return rows[0];
  }

  const LINE = `${SHORT_FORMAT}\n${shortLine(0)}\n`;
  const SLOT = String(Date.UTC(2026, 9, 10, 12, 5));

  it.each([
    ["plain", `AWSLogs/${ACCOUNT}/vpcflowlogs/eu-central-1/2026/10/10/${KEY}`],
    ["organisation's", `AWSLogs/o-a1b2c3d4e5/${ACCOUNT}/vpcflowlogs/eu-central-1/2026/10/10/${KEY}`],
    [
      "Hive-compatible",
      `AWSLogs/aws-account-id=${ACCOUNT}/aws-service=vpcflowlogs/aws-region=eu-central-1/year=2026/month=10/day=10/hour=12/${KEY}`,
    ],
    ["lost", KEY],
  ])("takes both, and the region, from its %s S3 path", async (_layout, path) => {
    expect(await factsOf(path, LINE)).toEqual([ACCOUNT, "eu-central-1", SLOT, "file-name", ACCOUNT, "20261010"]);
  });

  it("prefers the path to the options", async () => {
    const options: LocalRunChanges = { settings: { account: "999999999999", region: "us-east-1" }, arrivalTime: 0 };

    expect(await factsOf(KEY, LINE, options)).toEqual([
      ACCOUNT,
      "eu-central-1",
      SLOT,
      "file-name",
      ACCOUNT,
      "20261010",
    ]);
  });

  it.each([
    ["lines", "a.log", LINE, {}],
    ["firehose records", "a.jsonl", `${JSON.stringify({ message: shortLine(0) })}\n`, { formats: [SHORT_FORMAT] }],
  ])("takes them from --account, --time and --region in a file of %s", async (_kind, name, content, changes) => {
    const options: LocalRunChanges = {
      settings: { account: ACCOUNT, region: "us-east-1" },
      arrivalTime: START * 1000,
      ...changes,
    };

    expect(await factsOf(name, content, options)).toEqual([
      ACCOUNT,
      "us-east-1",
      String(START * 1000),
      "arrival",
      ACCOUNT,
      "20261010",
    ]);
  });

  it("takes the time from CloudWatch's export, for each line its own", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const lines = [
      `2026-10-10T12:00:01.250Z ${shortLine(0)}`,
      `2026-10-11T00:00:00.000Z ${shortLine(1)}`,
      shortLine(2),
      `2026-10-10T12:00:03.000Z ${shortLine(3)}`,
    ];
    const path = put(folder, "000000.gz", gzipSync(`${lines.join("\n")}\n`));

    const { summary } = await localRun(lake, [path], { settings: { account: ACCOUNT }, formats: [SHORT_FORMAT] });

    expect(summary.flows).toMatchObject({ delivered: 3, parked: { "no-time": 1 } });
    const rows = await lakeQuery(lake, "SELECT time, unmapped['time_basis'], eventDay FROM $rows ORDER BY time");
    expect(rows).toEqual([
      [String(Date.UTC(2026, 9, 10, 12, 0, 1, 250)), "log-event", "20261010"],
      [String(Date.UTC(2026, 9, 10, 12, 0, 3)), "log-event", "20261010"],
      [String(Date.UTC(2026, 9, 11)), "log-event", "20261011"],
    ]);
  });

  it("takes account and time from the envelope of CloudWatch Logs", async () => {
    const envelope = {
      messageType: "DATA_MESSAGE",
      owner: ACCOUNT,
      logGroup: "flow-logs",
      logStream: "all",
      logEvents: [{ id: "1", timestamp: START * 1000, message: shortLine(0) }],
    };

    expect(await factsOf("a.json", JSON.stringify(envelope), { formats: [SHORT_FORMAT] })).toMatchObject([
      ACCOUNT,
      "null",
      String(START * 1000),
      "log-event",
      ACCOUNT,
      "20261010",
    ]);
  });

  it("takes the time from the arrival of its record in a transformation event", async () => {
    const event = {
      invocationId: "1",
      deliveryStreamArn: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/flows",
      records: [
        {
          recordId: "r0",
          approximateArrivalTimestamp: START * 1000,
          data: Buffer.from(JSON.stringify({ message: shortLine(0) })).toString("base64"),
        },
      ],
    };

    const facts = await factsOf("a.json", JSON.stringify(event), {
      formats: [SHORT_FORMAT],
      settings: { account: ACCOUNT },
    });

    expect(facts?.slice(2, 4)).toEqual([String(START * 1000), "arrival"]);
  });
});

it("a line that says its own account and time keeps them, whatever the path and the options say", async () => {
  const folder = workFolder();
  const lake = join(folder, "lake");
  const path = put(folder, KEY.replace(ACCOUNT, "777788889999"), vpcLines(0, 1));

  await localRun(lake, [path], { settings: { account: "999999999999" }, arrivalTime: 0 });

  const rows = await lakeQuery(lake, "SELECT accountId, time, unmapped['time_basis'] FROM $rows");
  expect(rows).toEqual([[ACCOUNT, String(START * 1000), "null"]]);
});
