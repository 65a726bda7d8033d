import { FlowMatch, VpcFormat } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAzureBlob } from "../../packages/cli/src/ingest/azure-reader.js";
import {
  readFirehoseEvent,
  readFirehoseRecords,
  readLogsEnvelopes,
} from "../../packages/cli/src/ingest/record-reader.js";
import { readVpcLines } from "../../packages/cli/src/ingest/vpc-reader.js";
import { type NaiveTerm, naivelyMatches, naiveMatch, textsOf } from "../support/naive-match.js";
import { pieces, type Reading, readAll } from "../support/read-flows.js";
import { lineOf } from "../support/vpc-arbitraries.js";
import { ACCOUNT, azureBlob, HEADER, vpcLine, vpcLines } from "./local-run.js";

const RUNS = { numRuns: 150, seed: 20_261_121 };

/** The flows of a full reading that a naive matcher wants, and what it cannot judge. */
function wantedOf({ flows }: Reading, lists: readonly (readonly NaiveTerm[])[]) {
  return {
    wanted: flows.flatMap(({ flow, identity }) =>
      flow !== undefined && naivelyMatches(lists, flow) ? [identity] : [],
    ),
    unwanted: flows.filter(({ flow }) => flow !== undefined && !naivelyMatches(lists, flow)).length,
  };
}

const flowsIn = ({ flows }: Reading) => flows.flatMap(({ flow, identity }) => (flow === undefined ? [] : [identity]));
const read = ({ flows, notMatched }: Reading) => flows.length + notMatched;

const FORMATS = [
  HEADER,
  "account-id action dstaddr dstport srcaddr srcport protocol start end interface-id pkt-srcaddr pkt-dstaddr bytes",
  "interface-id srcaddr dstaddr srcport dstport protocol",
];

/** What stands in files of lines: some lines below each header, and things that are none. */
const section = fc.constantFrom(...FORMATS).chain((header) =>
  fc.record({
    header: fc.constantFrom(header, `\uFEFF${header}`, ` ${header} `),
    lines: fc.array(
      fc.oneof(
        { weight: 8, arbitrary: lineOf(header.split(" ")) },
        { weight: 1, arbitrary: lineOf(header.split(" ")).map((line) => `2026-10-10T12:00:00.000Z ${line}`) },
        {
          weight: 1,
          arbitrary: fc.constantFrom("", "  ", "garbage", "10.0.0.999 x", "eni-1 - - - - -", "é é é é é é"),
        },
      ),
      { maxLength: 12 },
    ),
    lineEnd: fc.constantFrom("\n", "\n", "\r\n"),
  }),
);
const file = fc.tuple(fc.array(section, { minLength: 1, maxLength: 4 }), fc.boolean()).map(([sections, isWhole]) => {
  const text = sections.map(({ header, lines, lineEnd }) => [header, ...lines, ""].join(lineEnd)).join("");
  return isWhole ? text : text.trimEnd();
});

describe("a match while a file of lines is read", () => {
  it("leaves exactly the flows that a full reading gives and a naive matcher wants, with their identity", async () => {
    await fc.assert(
      fc.asyncProperty(file, naiveMatch, fc.integer({ min: 1, max: 400 }), async (text, lists, size) => {
        const all = await readAll(readVpcLines, pieces(text, size));
        const match = FlowMatch.parse(textsOf(lists));
        const some = await readAll(readVpcLines, pieces(text, size), { match });
        expect(flowsIn(some)).toEqual(wantedOf(all, lists).wanted);
        expect(read(some)).toBe(read(all));
        expect(some.notMatched).toBeGreaterThanOrEqual(wantedOf(all, lists).unwanted);
        expect(some.positions).toEqual(all.positions);
      }),
      RUNS,
    );
  });

  it("goes on where the last run stopped, below the same header", async () => {
    const first = `${HEADER}\n${vpcLines(0, 40)}`;
    const text = first + vpcLines(40, 80);
    const match = FlowMatch.parse([`${1024 + 10},${1024 + 50}`]);
    const before = await readAll(readVpcLines, pieces(first, 1000), { match });
    const after = await readAll(readVpcLines, pieces(text, 1000), { match }, before.positions.at(-1));
    expect([...before.flows, ...after.flows].map(({ identity }) => JSON.parse(identity).id)).toEqual([12, 52]);
    expect([before.notMatched, after.notMatched]).toEqual([39, 39]);
  });

  it("finds lines without a header by the formats they may have, and lets go on what none takes", async () => {
    const text = `${vpcLines(0, 20)}1 2 3\n`;
    const found = await readAll(readVpcLines, pieces(text, 100), {
      match: FlowMatch.parse([String(1024 + 7)]),
      formats: [VpcFormat.parse(HEADER)],
    });
    expect(found.flows.map(({ identity }) => JSON.parse(identity).line)).toEqual([vpcLine(7), "1 2 3"]);
    expect(found.notMatched).toBe(19);
  });

  it("takes the account from the path, else from the settings, where lines name none", async () => {
    const text = "srcaddr dstaddr\n10.0.0.1 10.0.0.2\n";
    const path = `/AWSLogs/${ACCOUNT}/vpcflowlogs/eu-west-1/2026/10/10/${ACCOUNT}_vpcflowlogs_eu-west-1_fl-1_20261010T1200Z_a.log`;
    const flowsOf = async (terms: string, changes: { readonly path?: string; readonly account?: string }) =>
      (await readAll(readVpcLines, pieces(text, 100), { match: FlowMatch.parse([terms]), ...changes })).flows.length;
    expect(await flowsOf(ACCOUNT, { path })).toBe(1);
    expect(await flowsOf(ACCOUNT, {})).toBe(0);
    expect(await flowsOf(ACCOUNT, { account: ACCOUNT })).toBe(1);
    expect(await flowsOf("999988887777", { path, account: "999988887777" })).toBe(0);
  });

  it("counts long lines and odd ones as flows that go on", async () => {
    const text = `${HEADER}\n${"x".repeat(1_100_000)}\n${vpcLine(1)} more\n${vpcLine(2)}\n`;
    const all = await readAll(readVpcLines, pieces(text, 100_000));
    const some = await readAll(readVpcLines, pieces(text, 100_000), { match: FlowMatch.parse(["192.0.2.1"]) });
    expect(read(some) + some.parked.length).toBe(read(all) + all.parked.length);
    expect(some.notMatched).toBe(1);
  });
});

describe("a match while records are read", () => {
  const FIELDS = HEADER.split(" ");
  const lines = fc.array(lineOf(FIELDS), { minLength: 1, maxLength: 12 });

  it("leaves the wanted lines of wrapped records, each with its identity", async () => {
    const wrapped = fc.array(
      fc.oneof(
        lineOf(FIELDS).map((line) => JSON.stringify({ message: line })),
        lines.map((some) => JSON.stringify({ message: [HEADER, ...some].join("\n") })),
        fc.constantFrom("{broken", '{"message":""}', '{"message":"1 2 3"}', ""),
      ),
      { minLength: 1, maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(wrapped, naiveMatch, async (records, lists) => {
        const context = { formats: [VpcFormat.parse(HEADER)] };
        const source = () => pieces(records.join("\n"), 300);
        const all = await readAll(readFirehoseRecords, source(), context);
        const some = await readAll(readFirehoseRecords, source(), {
          ...context,
          match: FlowMatch.parse(textsOf(lists)),
        });
        const kept = new Set(some.flows.map(({ identity }) => identity));
        for (const { identity, flow } of all.flows) {
          if (flow !== undefined) expect(kept.has(identity)).toBe(naivelyMatches(lists, flow));
        }
        expect(all.flows.map(({ identity }) => identity)).toEqual(expect.arrayContaining([...kept]));
        expect(read(some)).toBe(read(all));
        expect([some.parked, some.positions]).toEqual([all.parked, all.positions]);
      }),
      RUNS,
    );
  });

  it("leaves the wanted lines of an envelope and of an event", async () => {
    const logEvents = [0, 1, 2].map((n) => ({ id: `event-${n}`, timestamp: 1_790_000_000_000, message: vpcLine(n) }));
    const envelope = JSON.stringify({
      messageType: "DATA_MESSAGE",
      owner: ACCOUNT,
      logGroup: "g",
      logStream: "s",
      logEvents,
    });
    const event = JSON.stringify({
      invocationId: "i",
      records: [
        {
          recordId: "r",
          approximateArrivalTimestamp: 1_790_000_000_000,
          data: Buffer.from(envelope).toString("base64"),
        },
      ],
    });
    const context = { match: FlowMatch.parse([String(1024 + 1)]) };
    for (const [reader, text] of [
      [readLogsEnvelopes, envelope],
      [readFirehoseEvent, event],
    ] as const) {
      const found = await readAll(reader, pieces(text, 100), context);
      expect(found.flows.map(({ identity }) => JSON.parse(identity).id)).toEqual(["event-1"]);
      expect(found.notMatched).toBe(2);
    }
  });

  it("still counts control messages", async () => {
    const control = JSON.stringify({
      messageType: "CONTROL_MESSAGE",
      logEvents: [{ id: "", timestamp: 0, message: "check" }],
    });
    const found = await readAll(readLogsEnvelopes, pieces(control, 100), { match: FlowMatch.parse(["tcp"]) });
    expect([found.flows.length, found.notMatched]).toEqual([1, 0]);
  });
});

describe("a match while a blob is read", () => {
  const BLOBS = ["vnet-v4.json", "nsg-v1.json", "nsg-v2.json", "malformed-tuples.json"];

  it.each(BLOBS)("leaves the wanted tuples of %s, each with its identity", async (name) => {
    const text = azureBlob(name);
    const all = await readAll(readAzureBlob, pieces(text, 1000));
    await fc.assert(
      fc.asyncProperty(naiveMatch, fc.integer({ min: 1, max: 5000 }), async (lists, size) => {
        const some = await readAll(readAzureBlob, pieces(text, size), { match: FlowMatch.parse(textsOf(lists)) });
        expect(flowsIn(some)).toEqual(wantedOf(all, lists).wanted);
        expect(some.notMatched).toBe(wantedOf(all, lists).unwanted);
        expect(read(some)).toBe(read(all));
        expect(some.positions.at(-1)).toEqual(all.positions.at(-1));
      }),
      { ...RUNS, numRuns: 60 },
    );
  });
});
