import { ConfigurationError } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column } from "../../packages/cli/src/terminal/column.js";
import { formatRows, parseRowFormat, ROW_FORMATS, type RowFormat } from "../../packages/cli/src/terminal/table.js";
import { textWidth } from "../../packages/cli/src/terminal/text-width.js";

const SEED = 20261014;
const ESCAPE = "\u001b";

const text = (name: string): Column => ({ name, type: "VARCHAR" });
const number = (name: string): Column => ({ name, type: "BIGINT" });

describe("a table", () => {
  it("aligns numbers to the right with thousands separators, text to the left", async () => {
    const output = await table(
      [text("host"), number("bytes")],
      [
        ["db-1", 1234567n],
        ["web-1", 40n],
      ],
    );
    expect(lines(output)).toEqual([
      "┌───────┬───────────┐",
      "│ host  │     bytes │",
      "├───────┼───────────┤",
      "│ db-1  │ 1,234,567 │",
      "│ web-1 │        40 │",
      "└───────┴───────────┘",
    ]);
  });

  it("prints ports and ids without separators", async () => {
    const output = await table(
      [number("dst_port"), number("activity_id"), number("report_bytes")],
      [[54321, 2004, 2004]],
    );
    expect(output).toMatch(/│\s+54321 │\s+2004 │\s+2,004 │/);
  });

  it("shows NULL as nothing", async () => {
    expect(await table([text("action")], [[null]])).toMatch(/│ {8}│/);
  });

  it("drops the noise of binary fractions", async () => {
    expect(await table([{ name: "share", type: "DOUBLE" }], [[0.1 + 0.2]])).toMatch(/│\s+0\.3 │/);
  });

  it("cuts long text with … where the terminal is narrow, and keeps the header", async () => {
    const output = await table([text("rule"), number("flows")], [["a rule with a very long description", 12]], {
      width: 40,
    });
    expect(lines(output).slice(1, 4)).toEqual([
      "│ rule                         │ flows │",
      "├──────────────────────────────┼───────┤",
      "│ a rule with a very long des… │    12 │",
    ]);
    expect(widest(output)).toBeLessThanOrEqual(40);
  });

  it("never cuts a number or a time, but gives up the grid for one block per row", async () => {
    const columns = [number("bytes"), { name: "time", type: "TIMESTAMP" }, text("rule")];
    const output = await table(columns, [[123456789n, new Date("2026-10-14T08:00:00Z"), "https"]], { width: 40 });
    expect(lines(output)).toEqual(["row 1", "bytes 123,456,789", "time  2026-10-14T08:00:00Z", "rule  https"]);
  });

  it("is as wide as its content when nothing limits it", async () => {
    const long = "x".repeat(300);
    expect(await table([text("a")], [[long]])).toContain(long);
  });

  it("fits every terminal from 20 columns on", async () => {
    const shape = fc.record({
      width: fc.integer({ min: 20, max: 160 }),
      rows: fc.array(
        fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.bigInt({ min: 0n, max: 10n ** 12n })), {
          minLength: 4,
          maxLength: 4,
        }),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ width, rows }) => {
        const output = await table([text("source"), number("bytes"), text("rule"), text("a_rather_long_name")], rows, {
          width,
        });
        expect(widest(output)).toBeLessThanOrEqual(width);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it("shows the first 1,000 rows and tells how many there are", async () => {
    const notes: string[] = [];
    const output = await table(
      [number("n")],
      Array.from({ length: 12_345 }, (_, i) => [i]),
      { notes },
    );
    expect(lines(output).length).toBe(1_000 + 4);
    expect(notes).toEqual(["shown: 1,000 of 12,345 rows; --output csv, json or jsonl gives all of them"]);
  });

  it("says nothing of a cut when nothing is cut", async () => {
    const notes: string[] = [];
    await table(
      [number("n")],
      Array.from({ length: 1_000 }, (_, i) => [i]),
      { notes },
    );
    expect(notes).toEqual([]);
  });

  it("keeps its header when there are no rows, and says so", async () => {
    const notes: string[] = [];
    expect(await table([text("host")], [], { notes })).toContain("host");
    expect(notes).toEqual(["no rows"]);
  });

  it("neutralises terminal sequences and control characters in data and in names", async () => {
    const output = await table([text(`na${ESCAPE}[2Jme`)], [[`${ESCAPE}]0;title\u0007 a\nb\u009b31m \u202ereversed`]]);
    expect(output).not.toMatch(controls("\n"));
    expect(output).toContain("\\x1b]0;title\\x07 a\\nb\\x9b31m \\u202ereversed");
  });

  it("colours its header only when asked to", async () => {
    expect(await table([text("a")], [["b"]], { color: true })).toContain(`${ESCAPE}[1ma${ESCAPE}[22m`);
    expect(await table([text("a")], [["b"]])).not.toContain(ESCAPE);
  });
});

describe("JSON", () => {
  it("is one array, with exact numbers and nested values", async () => {
    const columns = [number("bytes"), text("action"), text("unmapped")];
    const output = await format("json", columns, [
      [9007199254740993n, null, { ports: [1, 2], 'a"b': true }],
      [1n, "x", []],
    ]);
    expect(output).toContain('"bytes":9007199254740993');
    expect(JSON.parse(output.replace("9007199254740993", "0"))).toEqual([
      { bytes: 0, action: null, unmapped: { ports: [1, 2], 'a"b': true } },
      { bytes: 1, action: "x", unmapped: [] },
    ]);
  });

  it("is an empty array for no rows", async () => {
    expect(JSON.parse(await format("json", [text("a")], []))).toEqual([]);
  });

  it("stays valid whatever the values are", async () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.boolean(), fc.constant(null));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value)), async (rows) => {
        const read = JSON.parse(await format("json", [text("a"), text("b")], rows)) as { a: unknown; b: unknown }[];
        const readable = (each: unknown) =>
          typeof each === "number" && !Number.isFinite(each) ? String(each) : Object.is(each, -0) ? 0 : each;
        expect(read.map((row) => [row.a, row.b])).toEqual(rows.map((row) => row.map(readable)));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("gives repeated columns names of their own", async () => {
    expect(await format("jsonl", [text("a"), text("a"), text("a:1")], [["x", "y", "z"]])).toBe(
      '{"a":"x","a:1":"y","a:1:1":"z"}\n',
    );
  });

  it("as lines has one object a line and nothing for no rows", async () => {
    expect(await format("jsonl", [number("n")], [[1], [2]])).toBe('{"n":1}\n{"n":2}\n');
    expect(await format("jsonl", [number("n")], [])).toBe("");
  });

  it("escapes characters that a terminal would obey", async () => {
    expect(await format("jsonl", [text("a")], [[`${ESCAPE}[31m\u009b\u007f`]])).not.toMatch(controls("\n"));
  });
});

describe("CSV", () => {
  it("quotes as RFC 4180 says, with CRLF", async () => {
    const output = await format(
      "csv",
      [text("a"), text("b,c")],
      [
        ['say "hi"', "two\nlines"],
        ["plain", "x,y"],
      ],
    );
    expect(output).toBe('a,"b,c"\r\n"say ""hi""","two\nlines"\r\nplain,"x,y"\r\n');
  });

  it.each(["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])(
    "keeps a spreadsheet from computing the text %j",
    async (formula) => {
      const output = await format("csv", [text("a")], [[formula]]);
      expect(output.split("\r\n").slice(1).join("\r\n").replace(/^"/, "")).toMatch(/^'/);
    },
  );

  it("leaves negative numbers alone", async () => {
    expect(await format("csv", [number("a"), number("b")], [[-1, -12345678901234567890n]])).toBe(
      "a,b\r\n-1,-12345678901234567890\r\n",
    );
  });

  it("tells NULL from the empty text", async () => {
    expect(await format("csv", [text("a"), text("b")], [[null, ""]])).toBe('a,b\r\n,""\r\n');
  });

  it("has no thousands separators", async () => {
    expect(await format("csv", [number("bytes")], [[1234567n]])).toBe("bytes\r\n1234567\r\n");
  });
});

describe("Markdown", () => {
  it("aligns numbers and escapes what would end a cell or a row", async () => {
    expect(await format("markdown", [text("rule"), number("flows")], [["a|b\nc", 1234n]])).toBe(
      "| rule | flows |\n| --- | ---: |\n| a\\|b<br>c | 1234 |\n",
    );
  });

  it("leaves no HTML, link or control character of the data alive", async () => {
    const output = await format("markdown", [text("a")], [[`<script> [x](y) ${ESCAPE}[2J`]]);
    expect(output).toContain("&lt;script> \\[x\\](y) \\x1b\\[2J");
  });
});

describe("every format", () => {
  it.each(["json", "jsonl", "csv", "markdown"] as const)(
    "%s hands on the first batch before the second is read",
    async (name) => {
      let read = 0;
      async function* batches() {
        for (const batch of [[["a"]], [["b"]]]) {
          read++;
          yield batch;
        }
      }
      const pieces = formatRows([text("x")], batches(), name, { color: false, note: () => {} });
      let output = "";
      while (!output.includes("a")) output += (await pieces.next()).value;
      expect(read).toBe(1);
    },
  );

  it("has a name that can be given on the command line", () => {
    expect(ROW_FORMATS.map(parseRowFormat)).toEqual([...ROW_FORMATS]);
  });

  it("is refused by any other name, with the ones there are", () => {
    expect(() => parseRowFormat("yaml")).toThrow(ConfigurationError);
    expect(() => parseRowFormat("yaml")).toThrow(/"yaml".*table, json, jsonl, csv, markdown/);
  });
});

interface TableWish {
  readonly width?: number;
  readonly color?: boolean;
  readonly notes?: string[];
}

const table = (
  columns: readonly Column[],
  rows: readonly (readonly unknown[])[],
  wish: TableWish = {},
): Promise<string> => format("table", columns, rows, wish);

async function format(
  name: RowFormat,
  columns: readonly Column[],
  rows: readonly (readonly unknown[])[],
  { width, color = false, notes = [] }: TableWish = {},
): Promise<string> {
  const options = { color, note: (note: string) => void notes.push(note), ...(width === undefined ? {} : { width }) };
  let output = "";
  for await (const piece of formatRows(columns, inBatches(rows), name, options)) output += piece;
  return output;
}

async function* inBatches(rows: readonly (readonly unknown[])[]): AsyncGenerator<readonly (readonly unknown[])[]> {
  for (let i = 0; i < rows.length; i += 700) yield rows.slice(i, i + 700);
}

const lines = (output: string): readonly string[] => output.trimEnd().split("\n");
const widest = (output: string): number => Math.max(...lines(output).map(textWidth));

/** Any control character but the ones given. */
function controls(but: string): RegExp {
  const all = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter((c) => c < " " || c > "~");
  return new RegExp(
    `[${all
      .filter((c) => !but.includes(c))
      .map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("")}]`,
  );
}
