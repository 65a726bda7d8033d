import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  HEADER,
  localRun,
  openLake,
  put,
  rowsOf,
  undisturbedRows,
  vpcLine,
  vpcLines,
  workFolder,
} from "./local-run.js";

const glued = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, n) => JSON.stringify({ message: vpcLine(from + n) })).join("");

async function parkedOf(
  lakeFolder: string,
): Promise<{ reason: string; message: string; raw: string; position: number }[]> {
  const lake = await openLake(lakeFolder, { readOnly: true });
  return lake
    .parkedFiles()
    .flatMap(({ path }) => readFileSync(join(lakeFolder, path), "utf8").trimEnd().split("\n"))
    .map((line) => JSON.parse(line) as { reason: string; message: string; raw: string; position: number });
}

describe("bytes after gzip data", () => {
  const LINES = 3_000;
  const text = `${HEADER}\n${vpcLines(0, LINES)}`;
  const zipped = gzipSync(text);
  /** Both ways that gzip data comes. */
  async function read(content: Buffer, way: "file" | "standard input") {
    const folder = workFolder();
    const path = put(folder, "a.log.gz", content);
    const input = Readable.from([content.subarray(0, 1000), content.subarray(1000)], { objectMode: false });
    const changes = way === "file" ? {} : { standardInput: input };
    return localRun(join(folder, "lake"), [way === "file" ? path : "-"], changes);
  }

  describe.each(["file", "standard input"] as const)("of a %s", (way) => {
    it.each([1, 512, 100_000])("that are %d zeros are its end", async (zeros) => {
      const { summary } = await read(Buffer.concat([zipped, Buffer.alloc(zeros)]), way);

      expect(summary.inputs.problems).toEqual([]);
      expect(summary.flows.delivered).toBe(LINES);
    });

    it.each([
      ["directly", Buffer.from("no gzip")],
      ["after zeros", Buffer.concat([Buffer.alloc(512), Buffer.from("no gzip")])],
      ["after zeros, far away", Buffer.concat([Buffer.alloc(100_000), Buffer.from("no gzip")])],
    ])("that are no zeros are named, and all before them is read: %s", async (_where, bytes) => {
      const { summary } = await read(Buffer.concat([zipped, bytes]), way);

      expect(summary.inputs.problems).toMatchObject([
        { reason: "bad-gzip", message: expect.stringContaining("bytes after the gzip data") },
      ]);
      expect(summary.flows.delivered).toBe(LINES);
    });

    it("that are another member are read", async () => {
      const { summary } = await read(Buffer.concat([zipped, gzipSync(vpcLines(LINES, LINES + 5))]), way);

      expect(summary.inputs.problems).toEqual([]);
      expect(summary.flows.delivered).toBe(LINES + 5);
    });
  });
});

describe("records glued together", () => {
  const COUNT = 25_000;
  const content = glued(0, COUNT);

  it.each([
    ["plain", content],
    ["gzipped", gzipSync(content)],
  ])("in 3 MB, %s, give every flow", async (_way, bytes) => {
    expect(content.length).toBeGreaterThan(3_000_000);
    const folder = workFolder();
    const path = put(folder, "part", bytes);

    const { summary } = await localRun(join(folder, "lake"), [path]);

    expect(summary.inputs.problems).toEqual([]);
    expect(summary.flows).toMatchObject({ read: COUNT, delivered: COUNT, parked: {} });
  });

  it("are read on from where they ended, and a line end between is no record", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, "part", glued(0, 5));
    await localRun(lake, [path]);
    put(folder, "part", `${glued(0, 5)}${glued(5, 8)}`);
    await localRun(lake, [path]);
    put(folder, "part", `${glued(0, 5)}${glued(5, 8)}\n${glued(8, 9)}\n`);
    const { summary } = await localRun(lake, [path]);

    expect(summary.inputs.problems).toEqual([]);
    expect(summary.flows.read).toBe(1);
    expect(await rowsOf(lake)).toEqual(await undisturbedRows([path]));
  });

  it("among which one is broken cost that one", async () => {
    const folder = workFolder();
    const path = put(folder, "part", `${glued(0, 5)}{"message":"2 1111${glued(5, 8)}\n${glued(8, 10)}`);

    const { summary } = await localRun(join(folder, "lake"), [path]);

    expect(summary.flows).toMatchObject({ read: 11, delivered: 10, parked: { "invalid-json": 1 } });
  });

  it("with braces, quotes and escapes in their text are told apart", async () => {
    const folder = workFolder();
    const odd = ['}{"', '\\"}{', "{{", "}}\\"].map((message) => JSON.stringify({ message })).join("");
    const path = put(folder, "part", `${glued(0, 2)}${odd}${glued(2, 4)}`);

    const { summary } = await localRun(join(folder, "lake"), [path]);

    expect(summary.flows).toMatchObject({ read: 8, delivered: 4 });
  });

  it("around one of 3 MB are read, and its beginning is parked", async () => {
    const folder = workFolder();
    const huge = JSON.stringify({ message: "x".repeat(3_000_000) });
    const path = put(folder, "part", `${glued(0, 5)}\n${huge}\n${glued(5, 8)}`);

    const { summary } = await localRun(join(folder, "lake"), [path]);

    expect(summary.flows).toMatchObject({ delivered: 8, parked: { "too-large": 2 } });
    const [first] = (await parkedOf(join(folder, "lake"))).filter(({ reason }) => reason === "too-large");
    expect(first).toMatchObject({ message: expect.stringContaining("1048576") });
    expect(first?.raw).toHaveLength(65_536);
  });
});

it("a hundred thousand broken lines are parked, each with its number", async () => {
  const folder = workFolder();
  const path = put(folder, "a.log", `${HEADER}\n${"b\n".repeat(100_000)}${vpcLine(0)}\n`);

  const { summary } = await localRun(join(folder, "lake"), [path]);

  expect(summary.flows).toMatchObject({ delivered: 1, parked: { "field-count": 100_000 } });
  const positions = (await parkedOf(join(folder, "lake"))).map(({ position }) => position);
  expect(new Set(positions).size).toBe(100_000);
  expect(Math.max(...positions)).toBe(100_001);
});
