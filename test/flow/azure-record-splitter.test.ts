import { readFileSync } from "node:fs";
import { AzureRecordSplitter, type SplitRecord } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { split } from "./azure-reading.js";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (found: readonly SplitRecord[]): string[] =>
  found.map((item) => (item.kind === "record" ? item.text : `parked ${item.parked.reason} ${item.parked.raw}`));
const read = (text: string, options = {}): string[] => texts(split(encode(text), undefined, options).found);

const space = fc.array(fc.constantFrom(" ", "\n", "\r\n", "\t"), { maxLength: 3 }).map((parts) => parts.join(""));
const record = fc
  .dictionary(
    fc.string({ unit: "binary" }),
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom('"', "\\", "{", "}]}", ',{"time":1'),
      fc.dictionary(fc.string(), fc.integer()),
    ),
  )
  .map((value) => JSON.stringify({ time: "t", ...value }));

describe("AzureRecordSplitter", () => {
  it("gives every record with its bytes' place, wherever chunks and line breaks fall", () => {
    const blob = fc.tuple(fc.array(fc.tuple(record, space), { maxLength: 8 }), space);
    fc.assert(
      fc.property(blob, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), ([items, gap], sizes) => {
        const body = items.map(([text, after]) => text + after).join(`,${gap}`);
        const bytes = encode(`${gap}{${gap}"records"${gap}:${gap}[${gap}${body}]${gap}}${gap}`);
        const { found, closed } = split(bytes, sizes);
        expect(texts(found)).toEqual(items.map(([text]) => text));
        for (const item of found) {
          expect(new TextDecoder().decode(bytes.subarray(item.offset, item.end))).toBe(
            item.kind === "record" ? item.text : "",
          );
        }
        expect(closed).toBe(true);
      }),
      { seed: 20260405, numRuns: 300 },
    );
  });

  it("finds the same things however damaged bytes are cut into chunks", () => {
    const damaged = fc
      .array(
        fc.oneof(
          record,
          fc.constantFrom(",", "{", "}", "]", '"', "\\", " ", "garbage", '{"records":[', '"records":[', '{"time":"'),
        ),
        { maxLength: 12 },
      )
      .map((parts) => encode(parts.join("")));
    fc.assert(
      fc.property(damaged, fc.integer({ min: 1, max: 7 }), (bytes, size) => {
        const whole = split(bytes);
        const pieces = split(bytes, [size]);
        expect(pieces).toEqual(whole);
      }),
      { seed: 20260406, numRuns: 500 },
    );
  });

  it("accounts for every byte: what is neither record nor parked is commas, brackets and white space", () => {
    const damaged = fc
      .array(fc.oneof(record, fc.constantFrom(",", "{", "}", '"', " ", "garbage", ',{"time":"')), { maxLength: 10 })
      .map((parts) => encode(parts.join("")));
    fc.assert(
      fc.property(damaged, (bytes) => {
        let from = 0;
        let between = "";
        for (const { offset, end } of split(bytes).found) {
          expect(offset).toBeGreaterThanOrEqual(from);
          between += new TextDecoder().decode(bytes.subarray(from, offset));
          from = end;
        }
        expect(between + new TextDecoder().decode(bytes.subarray(from))).toMatch(/^[\s,[\]}]*$/);
      }),
      { seed: 20260407, numRuns: 500 },
    );
  });

  it("reads a fragment that begins with a comma and a line break, at its offset", () => {
    const { found, resumeOffset } = split(encode(',\r\n{"a":1},{"b":2}'), undefined, { startOffset: 1000 });
    expect(found.map(({ offset, end }) => [offset, end])).toEqual([
      [1003, 1010],
      [1011, 1018],
    ]);
    expect(resumeOffset).toBe(1018);
  });

  it("takes a blob without closer for one that is being written", () => {
    const { found, closed, resumeOffset } = split(encode('{"records":[{"a":1},'));
    expect(texts(found)).toEqual(['{"a":1}']);
    expect([closed, resumeOffset]).toEqual([false, 19]);
  });

  it("takes nothing and the bare opener for blobs without records", () => {
    expect(split(encode(""))).toEqual({ found: [], closed: false, resumeOffset: 0 });
    expect(split(encode('{"records":['))).toEqual({ found: [], closed: false, resumeOffset: 12 });
    expect(split(encode('{"records":[]}'))).toEqual({ found: [], closed: true, resumeOffset: 12 });
  });

  it("skips a byte order mark, cut in two as well", () => {
    const bytes = encode('\uFEFF{"records":[{"a":1}]}');
    expect(texts(split(bytes, [1]).found)).toEqual(['{"a":1}']);
    expect(split(bytes).found[0]?.offset).toBe(15);
  });

  it("reads only what is new when it resumes in a growing blob", () => {
    const seen: SplitRecord[] = [];
    let from = 0;
    for (const step of [0, 1, 2, 3]) {
      const bytes = readFileSync(new URL(`../fixtures/azure/growing-${step}.json`, import.meta.url));
      const { found, resumeOffset, closed } = split(bytes.subarray(from), undefined, { startOffset: from });
      seen.push(...found);
      expect(closed).toBe(true);
      from = resumeOffset;
    }
    const last = readFileSync(new URL("../fixtures/azure/growing-3.json", import.meta.url));
    expect(seen).toEqual(split(last).found);
    expect(seen).toHaveLength(4);
  });

  it("parks a record cut off at the end and resumes before it", () => {
    const { found, resumeOffset } = split(encode('{"records":[{"a":1},{"b":"unfinis'));
    expect(texts(found)).toEqual(['{"a":1}', 'parked invalid-json {"b":"unfinis']);
    expect(resumeOffset).toBe(19);
  });

  it("keeps the first 64 KiB of a record cut off", () => {
    const { found } = split(encode(`{"a":"${"x".repeat(100_000)}`), [1000]);
    expect(found).toMatchObject([{ kind: "parked", parked: { raw: `{"a":"${"x".repeat(65_530)}` } }]);
  });

  it("parks a balanced record that is not JSON alone", () => {
    expect(read('{"records":[{"a":1},{"b":tru},{"c":3}]}')).toEqual([
      '{"a":1}',
      'parked invalid-json {"b":tru}',
      '{"c":3}',
    ]);
  });

  it("parks garbage alone and goes on at the next brace after a comma or white space", () => {
    expect(read('{"records":[{"a":1},oops{"x":0},{"c":3} ? {"d":4}]}')).toEqual([
      '{"a":1}',
      'parked invalid-json oops{"x":0},',
      '{"c":3}',
      "parked invalid-json ? ",
      '{"d":4}',
    ]);
  });

  it("parks the second half of a record when it starts in the middle of one", () => {
    const found = read('0,443,6,O,B,NX,,,,"]}]}]}},{"time":"t"}]}');
    expect(found.at(-1)).toBe('{"time":"t"}');
    expect(found.slice(0, -1).every((text) => text.startsWith("parked"))).toBe(true);
  });

  const torn = [
    '{"time":"1","flowRecords":{"flows":[',
    '{"time":"1","flowRe',
    '{"time":"1","a":{"b":"c\\',
    '{"time":{',
  ];
  for (const text of torn) {
    it(`saves the records after one that lost its end: ${text}`, () => {
      const whole = ['{"time":"2","a":{"b":1}}', '{"flowLogVersion":4,"time":"3"}', '{ "category":"c" }'];
      const found = read(`{"records":[${[text, ...whole].join(",")}]}`);
      expect(found).toEqual([`parked invalid-json ${text},`, ...whole]);
    });
  }

  it("saves the records after a torn one that fills all the room for a record", () => {
    const whole = Array.from({ length: 40 }, (_, index) => `{"time":"${index}","x":"${"y".repeat(50)}"}`);
    const { found } = split(encode(`{"records":[{"time":{,${whole.join(",")}]}`), [64], { maxRecordBytes: 512 });
    expect(texts(found).slice(1)).toEqual(whole);
  });

  it("parks a record above the limit and reads the next one", () => {
    const large = `{"x":"${"y".repeat(3000)}"}`;
    for (const sizes of [[10_000], [100]]) {
      const { found } = split(encode(`{"records":[{"a":1},${large},{"b":2}]}`), sizes, { maxRecordBytes: 1000 });
      expect(texts(found)).toEqual(['{"a":1}', `parked too-large ${large}`, '{"b":2}']);
      expect(found[1]).toMatchObject({ offset: 20, end: 20 + large.length });
    }
  });

  it("parks a record above the limit that never ends", () => {
    const { found } = split(encode(`{"records":[{"x":"${"y".repeat(3000)}`), [100], { maxRecordBytes: 1000 });
    expect(found).toMatchObject([{ parked: { reason: "too-large" } }]);
  });

  it("reads records arrays inside records, with and without a brace", () => {
    const text = '{"records":[{"a":1},{ "records" : [{"b":2},{"records":[{"c":3}]}]},"records":[{"d":4}]]}';
    expect(read(text)).toEqual(['{"a":1}', '{"b":2}', '{"c":3}', '{"d":4}']);
    expect(split(encode(text)).closed).toBe(true);
  });

  it("takes a record whose first key only resembles the opener for a record", () => {
    for (const text of ['{"records":{"x":"}"}}', '{"records\\u0020":[]}', '{"rec ords":[]}', '{"Records":[]}', "{}"]) {
      expect(read(`{"records":[${text},{"b":2}]}`)).toEqual([text, '{"b":2}']);
    }
  });

  it("refuses the next chunk while records of the last one were not taken", () => {
    const splitter = new AzureRecordSplitter();
    splitter.push(encode('{"a":1}'));
    expect(() => splitter.push(encode(',{"b":1}'))).toThrowError(expect.objectContaining({ code: "splitter-busy" }));
  });

  it("needs time in proportion to hostile input", () => {
    const openers = '{"time":"'.repeat(20_000);
    const nested = '{"a":'.repeat(50_000);
    const quotes = `{"a":"${'\\"'.repeat(50_000)}`;
    for (const text of [openers, nested, quotes, "{".repeat(100_000), '"records":'.repeat(10_000)]) {
      const { found } = split(encode(text), [4096], { maxRecordBytes: 64 * 1024 });
      expect(found.length).toBeGreaterThan(0);
    }
  });
});
