import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UnreadableInput } from "../../packages/cli/src/ingest/input-problem.js";
import { cellText } from "../../packages/cli/src/ingest/parquet/cell-text.js";
import { flowColumns } from "../../packages/cli/src/ingest/parquet/flow-column.js";
import { PageMemory } from "../../packages/cli/src/ingest/parquet/page-memory.js";
import { openParquet } from "../../packages/cli/src/ingest/parquet/parquet-file.js";
import { rowLines } from "../../packages/cli/src/ingest/parquet/row-group-lines.js";
import { RunLengths } from "../../packages/cli/src/ingest/parquet/run-lengths.js";
import { thriftEnd } from "../../packages/cli/src/ingest/parquet/thrift-bounds.js";
import { SeededRandom } from "../support/seeded-random.js";
import { HEADER, vpcLine, workFolder } from "./local-run.js";
import { MemoryBytes, type ParquetWriting, writeParquet } from "./parquet-files.js";

const FIELDS = HEADER.split(" ");
const LINES = Array.from({ length: 5000 }, (_, n) => vpcLine(n));

async function written(changes: ParquetWriting = {}): Promise<Buffer> {
  const path = await writeParquet(join(workFolder(), "flows.log.parquet"), FIELDS, LINES, {
    rowGroup: 2048,
    ...changes,
  });
  return new MemoryBytes(path).bytes;
}

interface Outcome {
  readonly lines: readonly string[];
  readonly problem: UnreadableInput | undefined;
}

/** What is read of these bytes before a problem ends it. Throws any error that does not name one. */
async function readAll(bytes: Buffer): Promise<Outcome> {
  const lines: string[] = [];
  try {
    const stored = new MemoryBytes("flows.log.parquet", bytes);
    const file = await openParquet(stored);
    for await (const step of rowLines(file, flowColumns(file.schema).columns, { size: stored.size, behind: 0 })) {
      lines.push(...step.lines);
      // Damage may make other rows, but not without end.
      if (lines.length > 2_000_000) throw new Error("too many rows");
    }
    return { lines, problem: undefined };
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    return { lines, problem: error };
  }
}

/** The footer's length, before the magic word. */
const footerBytes = (bytes: Buffer): number => bytes.readUInt32LE(bytes.length - 8);

/** Thrift's numbers of seven bits a byte. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

describe("a Parquet file that ends too early", () => {
  it.each([0, 4, 7, 8, 100])("is named as cut off, %i bytes of it being there", async (length) => {
    const { problem } = await readAll((await written()).subarray(0, length));
    expect(problem?.reason).toBe("cut-off");
    expect(problem?.message).toContain("fetch the file again");
  });

  it("is refused when its footer is said to be longer than it is", async () => {
    const bytes = Buffer.from(await written());
    bytes.writeUInt32LE(bytes.length, bytes.length - 8);
    expect((await readAll(bytes)).problem?.reason).toBe("unreadable");
    bytes.writeUInt32LE(2 ** 32 - 1, bytes.length - 8);
    expect((await readAll(bytes)).problem?.reason).toBe("unreadable");
  });
});

describe("a Parquet file with a damaged page", () => {
  it("gives the rows before it, and says what to do", async () => {
    const bytes = Buffer.from(await written());
    const { groups } = await openParquet(new MemoryBytes("flows.log.parquet", bytes));
    const chunk = groups[1]?.chunks[9];
    if (chunk === undefined) throw new Error("no such column");
    bytes.fill(0xff, chunk.from + 40, chunk.to);
    const { lines, problem } = await readAll(bytes);
    expect(lines).toEqual(LINES.slice(0, 2048));
    expect(problem?.reason).toBe("unreadable");
    expect(problem?.message).toMatch(/damaged.*fetch the file again, and run the same command for the rest/);
  });
});

describe("random damage", () => {
  it.each([
    ["gzip", 1, 41],
    ["snappy", 1, 42],
    ["uncompressed", 1, 43],
    ["uncompressed", 2, 44],
  ] as const)(
    "ends in rows or in a named problem: %s, pages of version %i, seed %i",
    async (compression, version, seed) => {
      const whole = await written({ compression, version });
      const random = new SeededRandom(seed);
      let problems = 0;
      for (let round = 0; round < 150; round++) {
        const bytes = Buffer.from(whole);
        // Half of it in the footer, where all the sizes are.
        const from = round % 2 === 0 ? 0 : bytes.length - 8 - footerBytes(bytes);
        for (let change = 0; change <= round % 5; change++) {
          bytes[from + random.integer(0, bytes.length - from - 1)] = random.integer(0, 255);
        }
        const { problem } = await readAll(bytes);
        if (problem !== undefined) problems++;
      }
      expect(problems).toBeGreaterThan(30);
    },
  );
});

describe("what a hostile file claims", () => {
  const STRUCT_STOP = 0;

  it("is no size that its metadata does not have", () => {
    const list = [0x19, 0xfc, ...varint(2 ** 31)];
    expect(() => thriftEnd(Uint8Array.from(list), 0, 1000)).toThrow("longer than the metadata");
    const text = [0x18, ...varint(2 ** 31), STRUCT_STOP];
    expect(() => thriftEnd(Uint8Array.from(text), 0, 1000)).toThrow("ends too early");
  });

  it("is no number without end, which takes the square of its length", () => {
    const bytes = Buffer.alloc(1_000_000, 0xff);
    bytes[0] = 0x16;
    expect(() => thriftEnd(bytes, 0, 1000)).toThrow("too long");
  });

  it("is no nesting beyond what the call stack holds", () => {
    expect(() => thriftEnd(Buffer.alloc(1_000_000, 0x1c), 0, 1_000_000)).toThrow("nested too deep");
    expect(() => thriftEnd(Buffer.alloc(1_000_000, 0x19), 0, 1_000_000)).toThrow("nested too deep");
  });

  it("is no more values than may be there", () => {
    const list = Buffer.concat([Buffer.from([0x19, 0xfc, ...varint(500_000)]), Buffer.alloc(500_001)]);
    expect(() => thriftEnd(list, 0, 1000)).toThrow("more than 1000 values");
    expect(thriftEnd(list, 0, 1_000_000)).toBe(list.length);
  });

  it("costs nothing while nobody asks for it: a run of two thousand million numbers", () => {
    const run = new RunLengths(Uint8Array.from([...varint(2 ** 32), 5]), 0, 6, 3);
    expect([run.next(), run.next()]).toEqual([5, 5]);
  });

  it("is not taken for memory: pages of a gigabyte", () => {
    const memory = new PageMemory();
    memory.take(memory, 200_000_000);
    memory.take(memory, 100_000_000);
    expect(() => memory.take({}, 1_000_000_000)).toThrow("at once");
  });

  it("is no row count out of proportion to the file", async () => {
    const bytes = await written();
    const rows = Buffer.from(bytes);
    const footer = rows.length - 8 - footerBytes(rows);
    // 2,048 rows in zigzag, as the row groups say it.
    const said = Buffer.from(varint(4096));
    let found = 0;
    for (let at = rows.indexOf(said, footer); at >= 0; at = rows.indexOf(said, at + 1)) {
      // As long a number, of the greatest value: 8,191 rows.
      rows.set([0xfe, 0x7f], at);
      found++;
    }
    expect(found).toBeGreaterThan(1);
    expect((await readAll(rows)).problem?.message).toMatch(/fewer rows|a page of/);
  });

  it("is no value that no flow log has", () => {
    const text = cellText({ name: "action", type: "BYTE_ARRAY" }, "action");
    expect(() => text?.read(Buffer.alloc(70_000, 65), 0, 70_000)).toThrow("70000 bytes, which no flow log has");
  });
});

describe("old timestamps of 12 bytes", () => {
  it("are seconds in the fields that are times", () => {
    const stored = Buffer.alloc(12);
    // 12:00:00.5 on the Julian day of 10 October 2026.
    stored.writeBigInt64LE(43_200_500_000_000n, 0);
    stored.writeInt32LE(2_461_324, 8);
    expect(cellText({ name: "start", type: "INT96" }, "start")?.read(stored, 0, 12)).toBe("1791633600");
    expect(cellText({ name: "seen", type: "INT96" }, undefined)?.read(stored, 0, 12)).toBe("2026-10-10T12:00:00.500Z");
  });
});
