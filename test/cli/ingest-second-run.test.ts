import { createHash } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  azureBlob,
  HEADER,
  type LocalRunChanges,
  lakeQuery,
  localRun,
  openLake,
  put,
  rowsOf,
  SHORT_FORMAT,
  START,
  shortLine,
  uidsOf,
  undisturbedRows,
  vpcLine,
  vpcLines,
  workFolder,
} from "./local-run.js";

const SHORT: LocalRunChanges = { settings: { account: "111122223333" }, arrivalTime: START * 1000 };

/** Every file below a folder with its content. */
function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(folder, name)))
          .digest("hex"),
      ]),
  );
}

function shortLines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => `${shortLine(from + index)}\n`).join("");
}

describe("a second run", () => {
  it("adds nothing when nothing has changed: no row, no file, no commit", async () => {
    const folder = workFolder();
    put(folder, "inputs/a.log", `${vpcLines(0, 5)}broken\n`);
    put(folder, "inputs/b.log.gz", gzipSync(vpcLines(5, 9)));
    put(folder, "inputs/PT1H.json", azureBlob("vnet-v4.json"));
    put(folder, "inputs/empty.log", "");
    put(folder, "inputs/event.json", '{"invocationId":"1","records":[]}');
    const lake = join(folder, "lake");
    const first = await localRun(lake, [join(folder, "inputs")]);
    const before = contentOf(lake);

    const { summary, notes } = await localRun(lake, [join(folder, "inputs")]);

    expect(summary).toMatchObject({
      flows: { read: 0, delivered: 0, skipped: {}, parked: {} },
      documents: 0,
      inputs: { read: 0, unchanged: 5, problems: [] },
      lake: first.summary.lake,
    });
    expect(notes).toEqual([]);
    expect(contentOf(lake)).toEqual(before);
  });

  it("adds nothing either when a file was compressed anew", async () => {
    const folder = workFolder();
    const path = put(folder, "a.log.gz", gzipSync(vpcLines(0, 50), { level: 1 }));
    const lake = join(folder, "lake");
    await localRun(lake, [path]);
    put(folder, "a.log.gz", gzipSync(vpcLines(0, 50), { level: 9 }));

    const { summary } = await localRun(lake, [path]);

    expect(summary).toMatchObject({ flows: { read: 0 }, inputs: { problems: [] }, lake: { rows: 50 } });
  });
});

describe("a file that grows", () => {
  /** After every step the lake holds what a run that reads that step from scratch gives. */
  async function expectGrowth(name: string, steps: readonly (string | Uint8Array)[], changes: LocalRunChanges = {}) {
    const folder = workFolder();
    const lake = join(folder, "lake");
    let rows = 0;
    for (const [index, content] of steps.entries()) {
      const path = put(folder, name, content);
      const { summary } = await localRun(lake, [path], changes);
      expect(summary.inputs.problems).toEqual([]);

      const expected = await undisturbedRows([path], changes);
      expect(await rowsOf(lake), `step ${index}`).toEqual(expected);
      expect(summary.flows.delivered, `step ${index}`).toBe(expected.length - rows);
      rows = expected.length;
    }
    expect(new Set(await uidsOf(lake)).size).toBe(rows);
  }

  it("by lines adds these lines only", async () => {
    const text = `${HEADER}\n${vpcLines(0, 9)}`;
    const ends = [3, 6, 10].map((lines) => text.split("\n").slice(0, lines).join("\n").length + 1);

    await expectGrowth(
      "a.log",
      ends.map((end) => text.slice(0, end)),
    );
  });

  it("by lines that nothing identifies keeps their numbers, also after a last line without an end", async () => {
    const text = `${SHORT_FORMAT}\n${shortLines(0, 4)}\n${shortLine(0)}`;

    await expectGrowth(
      "a.log",
      [text.trimEnd(), `${text}\r\n${shortLine(0)}`, `${text}\r\n${shortLine(0)}\n\n${shortLine(0)}\n`],
      SHORT,
    );
  });

  it("by a gzip member adds its lines only", async () => {
    const members = [gzipSync(`${HEADER}\n${vpcLines(0, 4)}`), gzipSync(vpcLines(4, 5)), gzipSync(vpcLines(5, 400))];

    await expectGrowth(
      "a.log.gz",
      members.map((_, index) => Buffer.concat(members.slice(0, index + 1))),
    );
  });

  it("by firehose records adds these only", async () => {
    const records = [0, 1, 2].map((n) => JSON.stringify({ message: shortLine(n % 2) }));
    const steps = [records.slice(0, 1).join("\n"), `${records.slice(0, 2).join("\n")}\n`, `${records.join("\n")}\n`];

    await expectGrowth("a.jsonl", steps, { ...SHORT, formats: [SHORT_FORMAT] });
  });

  it("by Azure records adds these only", async () => {
    await expectGrowth(
      "PT1H.json",
      ["growing-0.json", "growing-1.json", "growing-2.json", "growing-3.json"].map(azureBlob),
    );
  });

  it("by Azure records beyond the part that identifies it adds these only", async () => {
    const blob = azureBlob("growing-3.json");
    const records = blob.slice('{"records":['.length, -2);
    const copies = [30, 45, 60].map(
      (times) => `{"records":[${Array.from({ length: times }, () => records).join(",")}]}`,
    );

    await expectGrowth("PT1H.json", copies);
  });

  it("by a whole envelope holds the flows of all envelopes once", async () => {
    const envelope = (n: number) =>
      JSON.stringify({
        messageType: "DATA_MESSAGE",
        owner: "111122223333",
        logGroup: "flow-logs",
        logStream: "eni-0a1b2c3d4e5f60718-all",
        logEvents: [{ id: `event-${n}`, timestamp: START * 1000, message: shortLine(n) }],
      });
    const folder = workFolder();
    const lake = join(folder, "lake");
    await localRun(lake, [put(folder, "a.json", envelope(0))], { formats: [SHORT_FORMAT] });

    const path = put(folder, "a.json", `${envelope(0)}\n${envelope(1)}`);
    const { summary } = await localRun(lake, [path], { formats: [SHORT_FORMAT] });

    expect(summary.inputs.problems).toEqual([]);
    expect(await rowsOf(lake)).toEqual(await undisturbedRows([path], { formats: [SHORT_FORMAT] }));
    expect(await rowsOf(lake)).toHaveLength(2);
  });

  it("inside a last line that was half written is read anew, and replaces what that half gave", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const text = vpcLines(0, 3);
    const record = JSON.stringify({ message: vpcLine(7) });
    const lines = put(folder, "a.log", text.slice(0, -20));
    const zipped = put(folder, "b.log.gz", gzipSync(text.slice(0, -20)));
    const records = put(folder, "c.jsonl", record.slice(0, -20));
    const first = await localRun(lake, [lines, zipped, records]);
    put(folder, "a.log", text);
    put(folder, "b.log.gz", gzipSync(text));
    put(folder, "c.jsonl", `${record}\n`);

    const { summary, notes } = await localRun(lake, [lines, zipped, records]);
    const third = await localRun(lake, [lines, zipped, records]);

    expect(first.summary.flows).toMatchObject({ read: 7, delivered: 4 });
    expect(notes).toEqual([]);
    expect(summary.inputs).toMatchObject({ read: 3, unchanged: 0, problems: [] });
    expect(summary.flows).toEqual({ read: 7, delivered: 7, skipped: {}, parked: {} });
    expect(third.summary).toMatchObject({ flows: { read: 0 }, inputs: { unchanged: 3 } });
    expect(await rowsOf(lake)).toEqual(await undisturbedRows([lines, zipped, records]));
    const opened = await openLake(lake, { readOnly: true });
    expect(opened.parkedFiles()).toEqual([]);
    expect([...opened.inputs().values()].map(({ flows }) => flows.read)).toEqual([3, 3, 1]);
  });

  it("while it is being read is read to where it ended, and the rest the next time", async () => {
    const folder = workFolder();
    const path = put(folder, "a.log", vpcLines(0, 10_000));
    const lake = join(folder, "lake");
    let grown = false;
    await localRun(lake, [path], {
      onProgress: () => {
        if (!grown) appendFileSync(path, vpcLines(10_000, 10_010));
        grown = true;
      },
    });

    await localRun(lake, [path]);

    expect(await uidsOf(lake)).toHaveLength(10_010);
    expect(new Set(await uidsOf(lake)).size).toBe(10_010);
  });
});

describe("a copy that is cut off anywhere, and completed later", () => {
  const CUTS = fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 });

  async function expectCompleted(name: string, whole: Buffer): Promise<void> {
    const expected = await undisturbedRows([put(workFolder(), name, whole)]);
    await fc.assert(
      fc.asyncProperty(CUTS, async (shares) => {
        const folder = workFolder();
        const lake = join(folder, "lake");
        for (const share of [...shares.toSorted((a, b) => a - b), 1]) {
          const path = put(folder, name, whole.subarray(0, Math.round(share * whole.length)));
          await localRun(lake, [path]);
        }
        expect(await rowsOf(lake)).toEqual(expected);
        const opened = await openLake(lake, { readOnly: true });
        expect([...opened.inputs().values()]).toMatchObject([{ complete: true }]);
        expect(opened.parkedFiles()).toEqual([]);
      }),
      { seed: 20_261_010, numRuns: 5 },
    );
  }

  it("gives the rows of the whole one when it is gzip", async () => {
    await expectCompleted("a.log.gz", gzipSync(`${HEADER}\n${vpcLines(0, 300)}`));
  });

  it("gives the rows of the whole one when it is a blob", async () => {
    await expectCompleted("PT1H.json", Buffer.from(azureBlob("growing-3.json")));
  });
});

describe("a file that is another one now", () => {
  const CASES: readonly (readonly [
    what: string,
    name: string,
    before: string | Uint8Array,
    after: string | Uint8Array,
  ])[] = [
    ["shrank", "a.log", vpcLines(0, 9), vpcLines(0, 5)],
    ["is as long as before, with other lines", "a.log", vpcLines(0, 9), vpcLines(9, 10) + vpcLines(1, 9)],
    ["shrank far behind its beginning", "a.log", vpcLines(0, 2000), vpcLines(0, 1500)],
    ["shrank inside gzip", "a.log.gz", gzipSync(vpcLines(0, 9)), gzipSync(vpcLines(0, 5))],
    [
      "shrank inside gzip far behind its beginning",
      "a.log.gz",
      gzipSync(vpcLines(0, 2000)),
      gzipSync(vpcLines(0, 1500)),
    ],
    ["lost a record", "PT1H.json", azureBlob("growing-3.json"), azureBlob("growing-1.json")],
    ["is another blob", "PT1H.json", azureBlob("growing-3.json"), azureBlob("vnet-v4.json")],
  ];

  it.each(CASES)("because it %s is refused, with the remedy, and its rows stay", async (_what, name, before, after) => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, name, before);
    await localRun(lake, [path]);
    const rows = await rowsOf(lake);
    put(folder, name, after);

    const { summary, notes } = await localRun(lake, [path]);

    expect(summary.inputs.problems).toMatchObject([{ path, reason: "changed" }]);
    expect(notes[0]).toContain("run with --again to replace its rows");
    expect(await rowsOf(lake)).toEqual(rows);
  });

  it.each(CASES)("because it %s is read anew with --again", async (_what, name, before, after) => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, name, before);
    await localRun(lake, [path]);
    put(folder, name, after);
    await localRun(lake, [path]);

    const { summary } = await localRun(lake, [path], { again: true });

    expect(summary.inputs.problems).toEqual([]);
    expect(await rowsOf(lake)).toEqual(await undisturbedRows([path]));
  });
});

describe("--again", () => {
  it("replaces exactly the rows of its file, although another one holds identical lines", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const first = put(folder, "a.log", vpcLines(0, 20));
    const second = put(folder, "b.log", vpcLines(0, 20));
    await localRun(lake, [first, second]);
    put(folder, "a.log", vpcLines(10, 15));

    const { summary } = await localRun(lake, [first], { again: true });

    expect(summary.flows).toMatchObject({ read: 5, delivered: 5 });
    expect(await rowsOf(lake)).toEqual(await undisturbedRows([first, second]));
    const repeated = await lakeQuery(lake, "SELECT metadata.uid FROM $rows GROUP BY 1 HAVING count(*) = 2");
    expect(repeated).toHaveLength(5);
  });

  it("replaces what a file had parked", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, "a.log", "2 111122223333 eni-0a1b2c3d4e5f60718 10.0.0.1\nbroken\n");
    const other = put(folder, "b.log", `broken\n${vpcLines(0, 1)}`);
    await localRun(lake, [path, other]);
    put(folder, "a.log", `${vpcLines(1, 2)}broken\n`);

    await localRun(lake, [path], { again: true });

    const opened = await openLake(lake, { readOnly: true });
    const parked = opened.parkedFiles().flatMap((file) =>
      readFileSync(join(lake, file.path), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { input: string; position: number }),
    );
    expect(parked.map(({ input, position }) => [input, position]).sort()).toEqual([
      [path, 2],
      [other, 1],
    ]);
  });

  it("of a file that is gone or no flow log keeps its rows", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, "a.log", vpcLines(0, 5));
    await localRun(lake, [path]);
    const rows = await rowsOf(lake);
    put(folder, "a.log", "no flow log any more\n");

    const { summary } = await localRun(lake, [path, join(folder, "gone.log")], { again: true });

    expect(summary.inputs.problems.map(({ reason }) => reason)).toEqual(["missing", "not-flow-logs"]);
    expect(await rowsOf(lake)).toEqual(rows);
  });
});
