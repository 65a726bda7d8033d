import { describe, expect, it } from "vitest";
import { UnreadableInput } from "../../packages/cli/src/ingest/input-problem.js";
import { flowColumns } from "../../packages/cli/src/ingest/parquet/flow-column.js";
import { PageMemory } from "../../packages/cli/src/ingest/parquet/page-memory.js";
import type { ParquetFile } from "../../packages/cli/src/ingest/parquet/parquet-file.js";
import { ParquetRanges } from "../../packages/cli/src/ingest/parquet/parquet-ranges.js";
import { rowLines } from "../../packages/cli/src/ingest/parquet/row-group-lines.js";
import { TextBudget } from "../../packages/cli/src/ingest/parquet/text-budget.js";
import { MemoryBytes } from "./parquet-files.js";

const MB = 1_000_000;
const DELTA_BYTE_ARRAY = 7;
const RLE = 3;

/** Thrift's numbers of seven bits a byte. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

const zigzag = (value: number): number[] => varint(value < 0 ? -2 * value - 1 : 2 * value);

/** A structure of whole numbers by their field ids, in order, in Thrift's compact protocol. */
function struct(fields: readonly (readonly [id: number, value: number | number[]])[]): number[] {
  let last = 0;
  const bytes = fields.flatMap(([id, value]) => {
    const type = typeof value === "number" ? 5 : 12;
    const head = ((id - last) << 4) + type;
    last = id;
    return typeof value === "number" ? [head, ...zigzag(value)] : [head, ...value];
  });
  return [...bytes, 0];
}

/** Numbers as differences, each in a block of its own that takes no more than the difference. */
function deltaNumbers(values: readonly number[]): number[] {
  const differences = values.slice(1).flatMap((value, index) => [...zigzag(value - (values[index] ?? 0)), 0]);
  return [1, 1, values.length, values[0] ?? 0]
    .flatMap((value, place) => (place === 3 ? zigzag(value) : varint(value)))
    .concat(differences);
}

/** A page of `rows` texts that are all the same, of which only the first is there. */
function repeatedText(rows: number, length: number): Buffer {
  const prefixes = deltaNumbers(Array.from({ length: rows }, (_, row) => (row === 0 ? 0 : length)));
  const suffixes = deltaNumbers(Array.from({ length: rows }, (_, row) => (row === 0 ? length : 0)));
  return page(rows, Buffer.concat([Buffer.from([...prefixes, ...suffixes]), Buffer.alloc(length, 65)]));
}

function page(rows: number, values: Buffer, { stored = values.length, expanded = values.length } = {}): Buffer {
  const about = struct([
    [1, rows],
    [2, DELTA_BYTE_ARRAY],
    [3, RLE],
    [4, RLE],
  ]);
  const header = struct([
    [1, 0],
    [2, expanded],
    [3, stored],
    [5, about],
  ]);
  return Buffer.concat([Buffer.from(header), values]);
}

/** A file of texts whose columns all claim the same bytes. */
async function sharedColumns(count: number, rows: number, stored: MemoryBytes): Promise<ParquetFile> {
  const schema = [
    { name: "root", num_children: count },
    ...Array.from({ length: count }, (_, column) => ({
      name: `c${column}`,
      type: "BYTE_ARRAY" as const,
      repetition_type: "REQUIRED" as const,
    })),
  ];
  const chunk = { from: 0, to: stored.size, codec: "UNCOMPRESSED" as const };
  const groups = [{ rows, chunks: Array.from({ length: count }, () => ({ ...chunk })) }];
  return { rows, schema, groups, ranges: await ParquetRanges.open(stored) };
}

interface Outcome {
  readonly rows: number;
  readonly problem?: string;
}

async function read(bytes: Buffer, columns: number, rows: number, behind = 0): Promise<Outcome> {
  const stored = new MemoryBytes("flows.log.parquet", bytes);
  const file = await sharedColumns(columns, rows, stored);
  let read = 0;
  try {
    for await (const { lines } of rowLines(file, flowColumns(file.schema).columns, { size: stored.size, behind })) {
      read += lines.length;
    }
    return { rows: read };
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    return { rows: read, problem: error.message };
  }
}

describe("a page of texts that share their beginnings", () => {
  it("is read", async () => {
    expect(await read(repeatedText(1000, 100), 10, 1000)).toEqual({ rows: 1000 });
  });

  it("is refused when it repeats a long text in every row and column", async () => {
    const { rows, problem } = await read(repeatedText(1000, 65_536), 10, 1000);
    expect(problem).toContain("rows of more than 67108864 characters at once, which no flow log has");
    expect(rows).toBe(0);
  });

  it("may be left out in a later run, however much text it is", async () => {
    expect(await read(repeatedText(2000, 40_000), 1, 2000, 1999)).toEqual({ rows: 1 });
  });

  it("is refused when its lengths alone would take too much memory", async () => {
    const rows = 10 * MB;
    const { problem } = await read(page(rows, Buffer.from([...deltaNumbers([0]), ...deltaNumbers([0])])), 4, rows);
    expect(problem).toMatch(/pages of 3200000\d\d bytes at once/);
  });
});

describe("text", () => {
  it("is bounded for each batch of rows, all columns together", () => {
    const budget = new TextBudget(1000);
    const text = "a".repeat(MB);
    for (let batch = 0; batch < 3; batch++) {
      budget.nextBatch();
      for (let value = 0; value < 60; value++) budget.take(text);
    }
    expect(() => {
      for (let value = 0; value < 10; value++) budget.take(text);
    }).toThrow("at once");
  });

  it("is bounded for each file, by its size", () => {
    const budget = new TextBudget(1000);
    const text = "a".repeat(10 * MB);
    expect(() => {
      for (let batch = 0; batch < 200; batch++) {
        budget.nextBatch();
        budget.take(text);
      }
    }).toThrow("its 1000 bytes expand to more text than flow logs hold");
  });
});

describe("stored bytes", () => {
  /** A file that is larger than what is fetched at once. */
  const large = () => new MemoryBytes("flows.log.parquet", Buffer.alloc(20 * MB));

  it("of a page are not fetched when they are more than pages may take", async () => {
    const stored = large();
    const memory = new PageMemory();
    const ranges = await ParquetRanges.open(stored);
    const [column] = await ranges.columns([{ from: 0, to: 300 * MB }], memory);
    await expect(column?.read(0, 300 * MB)).rejects.toThrow("pages of 300000000 bytes at once");
    expect(stored.ranges).toHaveLength(1);
  });

  it("count for each column, also where columns claim the same ones", async () => {
    const stored = large();
    const memory = new PageMemory();
    const ranges = await ParquetRanges.open(stored);
    const columns = await ranges.columns(
      Array.from({ length: 300 }, () => ({ from: 0, to: 19 * MB })),
      memory,
    );
    const all = async () => {
      for (const column of columns) await column.read(0, 100);
    };
    await expect(all()).rejects.toThrow("at once");
    expect(stored.ranges).toHaveLength(1 + 256);
  });

  it("that are done with make room for the next", async () => {
    const memory = new PageMemory();
    const ranges = await ParquetRanges.open(large());
    const [column] = await ranges.columns([{ from: 0, to: 19 * MB }], memory);
    for (let round = 0; round < 20; round++) {
      for (let at = 0; at < 18 * MB; at += MB) expect((await column?.read(at, at + MB))?.length).toBe(MB);
    }
  });
});
