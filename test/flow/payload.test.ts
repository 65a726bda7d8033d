import { gzipSync } from "node:zlib";
import {
  type LineBatch,
  type Payload,
  packLines,
  readPayload,
  selectLines,
  splitExportTime,
  splitObjects,
} from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packed } from "./packed-azure.js";

const ARRIVAL = { recordId: "49546986683135544286507457936321", time: 1_775_155_200_000 };
const LINE = "2 123456789012 eni-1 10.0.0.1 10.0.0.2 50000 443 6 10 4242 1775154600 1775154659 ACCEPT OK";
const OTHER = LINE.replace("50000", "50001");

const read = (content: string | Uint8Array): Payload => readPayload(Buffer.from(content), ARRIVAL);

function batchOf(content: string | Uint8Array): LineBatch {
  const payload = read(content);
  if (payload.kind !== "lines") throw new Error(`no lines: ${JSON.stringify(payload).slice(0, 300)}`);
  return payload.batch;
}

function reasonOf(content: string | Uint8Array): string {
  const payload = read(content);
  return payload.kind === "parked" ? payload.parked.reason : payload.kind;
}

const wrap = (message: string): string => JSON.stringify({ message });
const envelope = (logEvents: unknown, more: object = {}): string =>
  JSON.stringify({
    messageType: "DATA_MESSAGE",
    owner: "111122223333",
    logGroup: "/vpc/flows",
    logStream: "eni-1-all",
    subscriptionFilters: ["to-firehose"],
    logEvents,
    ...more,
  });
const EVENTS = [
  { id: "36000000000000000000000000000000000000000000000000000001", timestamp: 1_775_154_600_000, message: LINE },
  {
    id: "36000000000000000000000000000000000000000000000000000002",
    timestamp: 1_775_154_601_000,
    message: `${OTHER}\n`,
  },
];

describe("the content of a Firehose record", () => {
  it.each([
    ["in AWS's wrapper", wrap(LINE)],
    ["in a wrapper with other keys", JSON.stringify({ source: "x", message: LINE, n: { a: [1] } })],
    ["in a wrapper with white space around", `  \n${wrap(LINE)}\r\n`],
    ["in a wrapper whose message ends its line", wrap(`${LINE}\r\n`)],
    ["bare", LINE],
    ["bare with a line end", `${LINE}\r\n`],
    ["after a byte order mark", `\ufeff${LINE}`],
  ])("is one line when it comes %s", (_, content) => {
    const expected = {
      key: `firehose:${ARRIVAL.recordId}`,
      ids: [0],
      lines: [LINE],
      time: ARRIVAL.time,
      timeBasis: "arrival",
    };
    expect(batchOf(content)).toEqual(expected);
    expect(batchOf(gzipSync(content))).toEqual(expected);
  });

  it.each([
    ["bare, one a line", `${LINE}\n${OTHER}\n`],
    ["with empty lines between", `\n${LINE}\r\n\r\n  \n${OTHER}`],
    ["in one wrapper", wrap(`${LINE}\n${OTHER}`)],
    ["in wrappers glued together", wrap(LINE) + wrap(OTHER)],
    ["in wrappers one a line", `${wrap(LINE)}\n${wrap(OTHER)}\n`],
  ])("is several lines when they come %s", (_, content) => {
    expect(batchOf(content)).toMatchObject({ ids: [0, 1], lines: [LINE, OTHER] });
  });

  it("reads escapes, quotes and braces inside messages", () => {
    const message = 'a "quoted" }{ \\ \u00e4 \ud83d\ude00 line';
    expect(batchOf(wrap(message)).lines).toEqual([message]);
    expect(batchOf(wrap(message) + wrap(LINE)).lines).toEqual([message, LINE]);
    expect(batchOf(`{"message":"2 \\u0031\\u0032"}`).lines).toEqual(["2 12"]);
  });

  it("takes a header before bare lines as their format", () => {
    expect(batchOf(`version account-id\n${LINE}`)).toMatchObject({
      fields: "version account-id",
      ids: [0],
      lines: [LINE],
    });
    expect(batchOf("version account-id\n")).toMatchObject({ fields: "version account-id", lines: [] });
  });

  it("counts an empty message as a line, so that it shows", () => {
    expect(batchOf(wrap("")).lines).toEqual([""]);
  });

  it.each([
    ["nothing", "", "unrecognised"],
    ["white space", " \r\n ", "unrecognised"],
    ["JSON without a message", '{"msg":"x"}', "unrecognised"],
    ["a message that is no text", '{"message":{"line":"x"}}', "unrecognised"],
    ["one wrapper of several without a message", `${wrap(LINE)}{"other":1}`, "unrecognised"],
    ["a wrapper that is cut off", wrap(LINE).slice(0, -3), "invalid-json"],
    ["text between wrappers", `${wrap(LINE)} and ${wrap(LINE)}`, "invalid-json"],
    ["a brace too many", `${wrap(LINE)}}`, "invalid-json"],
    ["another message type", envelope(EVENTS, { messageType: "OTHER" }), "unrecognised"],
    ["an envelope without events", envelope([]), "unrecognised"],
    ["an envelope whose events are no list", envelope({}), "unrecognised"],
    ["gzip that is cut off", gzipSync(wrap(LINE)).subarray(0, 40), "bad-gzip"],
    ["gzip of nothing", gzipSync(""), "unrecognised"],
  ])("is parked when it is %s", (_, content, reason) => {
    expect(reasonOf(content)).toBe(reason);
  });

  it("keeps the raw text of what it parks", () => {
    const cut = wrap(LINE).slice(0, -3);
    expect(read(cut)).toMatchObject({ parked: { raw: cut } });
    const broken = gzipSync(wrap(LINE)).subarray(0, 40);
    expect(read(broken)).toMatchObject({ parked: { raw: broken.toString("base64") } });
  });
});

describe("a CloudWatch Logs envelope", () => {
  it.each([
    ["gzip", gzipSync(envelope(EVENTS))],
    ["plain", envelope(EVENTS)],
  ])("gives its lines with account, times and event ids (%s)", (_, content) => {
    expect(batchOf(content)).toEqual({
      key: "logs:/vpc/flows:eni-1-all",
      ids: EVENTS.map(({ id }) => id),
      lines: [LINE, OTHER],
      time: EVENTS.map(({ timestamp }) => timestamp),
      timeBasis: "log-event",
      account: "111122223333",
    });
  });

  it("numbers the lines of an event that holds several", () => {
    const { ids, lines } = batchOf(envelope([{ id: "a", timestamp: 1, message: `${LINE}\n${OTHER}` }]));
    expect({ ids, lines }).toEqual({ ids: ["a", "a.1"], lines: [LINE, OTHER] });
  });

  it("is skipped when it only checks the destination", () => {
    const control = envelope(
      [{ id: "", timestamp: 1, message: "CWL CONTROL MESSAGE: Checking health of destination" }],
      {
        messageType: "CONTROL_MESSAGE",
      },
    );
    expect(read(gzipSync(control))).toMatchObject({
      kind: "skipped",
      skipped: { reason: "control-message" },
      count: 1,
    });
    expect(read(envelope(undefined, { messageType: "CONTROL_MESSAGE" }))).toMatchObject({ kind: "skipped", count: 1 });
  });

  it("keeps an event of another shape as a line, so that it is parked with its text", () => {
    expect(batchOf(envelope([{ id: 7, timestamp: "x", message: 3 }, "text", null, EVENTS[0]])).lines).toEqual([
      '{"id":7,"timestamp":"x","message":3}',
      '"text"',
      "null",
      LINE,
    ]);
  });

  it.each(["000000", "unknown", 111_122_223_333, null])("takes no account from an owner that is %s", (owner) => {
    expect(batchOf(envelope(EVENTS, { owner })).account).toBeUndefined();
  });
});

describe("lines that CloudWatch exported to S3", () => {
  it("have their leading time parted from them", () => {
    expect(splitExportTime(`2026-04-02T18:30:00.000Z ${LINE}`)).toEqual({ line: LINE, time: 1_775_154_600_000 });
    expect(splitExportTime(`2026-04-02T18:30:00Z  ${LINE}`)).toEqual({ line: LINE, time: 1_775_154_600_000 });
    expect(splitExportTime(LINE)).toEqual({ line: LINE });
    expect(splitExportTime("2026-04-02 no time")).toEqual({ line: "2026-04-02 no time" });
  });

  it("take their time from it, line by line", () => {
    const content = `2026-04-02T18:30:00.000Z ${LINE}\n2026-04-02T18:31:00.000Z ${OTHER}\n${LINE}`;
    expect(batchOf(content)).toMatchObject({
      lines: [LINE, OTHER, LINE],
      time: [1_775_154_600_000, 1_775_154_660_000, ARRIVAL.time],
      timeBasis: "log-event",
    });
  });
});

describe("hostile content", () => {
  const deep = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const DEPTH = 200_000;

  it("is not expanded beyond a bound", () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, "a"));
    expect(bomb.length).toBeLessThan(1000 * 1024);
    expect(reasonOf(bomb)).toBe("bad-gzip");
  });

  it("is parked when it is lines beyond number", () => {
    expect(reasonOf(gzipSync("a\n".repeat(10_000_000)))).toBe("too-large");
    expect(reasonOf(gzipSync(wrap("a\n".repeat(8_000_000))))).toBe("too-large");
  });

  it.each([
    ["a bare object", `{"message":${deep(DEPTH)}}`],
    ["an unclosed object", `{"message":${"[".repeat(DEPTH)}`],
    ["an event", envelope([{ id: "a", timestamp: 1, message: 0 }]).replace('"message":0', `"message":${deep(DEPTH)}`)],
    ["the name of a log group", envelope(EVENTS).replace('"/vpc/flows"', deep(DEPTH))],
    ["the ids of a packed record", `{"tributary":{"v":1,"kind":"vpc"},"key":"k","ids":[${deep(DEPTH)}],"lines":["x"]}`],
    ["a packed Azure record", `{"tributary":{"v":1,"kind":"azure"},"groups":${deep(DEPTH)}}`],
    ["a mark", `{"tributary":${deep(DEPTH)}}`],
  ])("nested deep in %s harms nothing", (_, content) => {
    expect(() => read(content)).not.toThrow();
  });

  it.each([
    ["an object that is no text", envelope(EVENTS, { logGroup: { toString: 1, valueOf: 1 }, logStream: null })],
    [
      "ids that are no text",
      '{"tributary":{"v":1,"kind":"vpc"},"key":"k","ids":[{"toString":1,"valueOf":1}],"lines":["x"]}',
    ],
    ["__proto__ beside the message", `{"__proto__":{"message":"x"},"message":${JSON.stringify(LINE)}}`],
    ["__proto__ as the mark", '{"tributary":{"__proto__":{"v":1,"kind":"vpc"}},"lines":[]}'],
    ["constructor as the mark", '{"tributary":{"v":1,"kind":"constructor"}}'],
  ])("with %s harms nothing", (_, content) => {
    expect(() => read(content)).not.toThrow();
    expect(({} as { message?: string }).message).toBeUndefined();
  });

  it("takes no message from a prototype", () => {
    expect(reasonOf(`{"__proto__":{"message":${JSON.stringify(LINE)}}}`)).toBe("unrecognised");
  });

  it("of bytes that are no UTF-8 still gives a line to park", () => {
    expect(batchOf(Uint8Array.of(0xff, 0xfe, 0x20, 0x31)).lines).toEqual(["\ufffd\ufffd 1"]);
  });

  it("of any bytes never throws", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("", '{"', '{"message":"', '{"tributary":{"v":1', "\u001f\u008b"),
        (bytes, head) => {
          read(Buffer.concat([Buffer.from(head, "latin1"), bytes]));
        },
      ),
      { seed: 20260414, numRuns: 2000 },
    );
  });

  it("of any JSON never throws", () => {
    const key = fc.constantFrom(
      "message",
      "tributary",
      "messageType",
      "logEvents",
      "lines",
      "ids",
      "key",
      "v",
      "kind",
      "__proto__",
    );
    const text = fc.constantFrom("DATA_MESSAGE", "vpc", "azure", LINE, "");
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        text,
        fc.integer(),
        fc.constantFrom(null, true),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
      ),
    }));
    fc.assert(
      fc.property(value, (json) => void read(JSON.stringify(json))),
      { seed: 20260415, numRuns: 2000 },
    );
  });
});

describe("glued JSON objects", () => {
  it("are parted wherever they meet", () => {
    const object = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(object, { minLength: 1 }), fc.constantFrom("", "\n", " \r\n"), (values, glue) => {
        const texts = values.map((value) => JSON.stringify(value));
        expect(splitObjects(texts.join(glue))).toEqual(texts.map((text) => JSON.parse(text) as unknown));
      }),
      { seed: 20260416, numRuns: 300 },
    );
  });
});

describe("packed records", () => {
  const batch: LineBatch = {
    fields: "srcaddr dstaddr",
    key: "AWSLogs/1.log",
    ids: [4, 5, 6],
    account: "123456789012",
    region: "eu-west-1",
    time: 12,
    timeBasis: "file-name",
    lines: ["a", "b", "ü"],
  };
  const unpacked = (content: string): LineBatch => batchOf(content);

  it("give back the batch that they were packed from", () => {
    expect(unpacked(packLines(batch))).toEqual(batch);
    expect(unpacked(`${packLines(batch)}   `)).toEqual(batch);
    expect(batchOf(gzipSync(packLines(batch)))).toEqual(batch);
    const perLine: LineBatch = { key: "logs:a:b", ids: ["x", 3, "x.1"], time: [1, 2, 3], lines: ["a", "b", "c"] };
    expect(unpacked(packLines(perLine))).toEqual(perLine);
  });

  it("give back any part of it, each line with its own id and time", () => {
    const lines = fc.array(
      fc.record({
        line: fc.string({ unit: "binary" }).filter((text) => !/\p{Surrogate}/u.test(text)),
        id: fc.oneof(fc.nat(), fc.string()),
        time: fc.nat(),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(lines, fc.boolean(), fc.array(fc.nat({ max: 7 })), (entries, timed, wanted) => {
        const positions = [...new Set(wanted)].filter((position) => position < entries.length).sort((a, b) => a - b);
        const whole: LineBatch = {
          key: "k",
          ids: entries.map(({ id }) => id),
          lines: entries.map(({ line }) => line),
          ...(timed ? { time: entries.map(({ time }) => time) } : {}),
        };
        const part = unpacked(packLines(selectLines(whole, positions)));
        expect(part.lines).toEqual(positions.map((position) => entries[position]?.line));
        expect(part.ids).toEqual(positions.map((position) => entries[position]?.id));
        if (timed) expect(part.time).toEqual(positions.map((position) => entries[position]?.time));
      }),
      { seed: 20260417, numRuns: 300 },
    );
  });

  it("carry their mark first", () => {
    const text = packLines(batch, { origin: "reput", attempt: 3, splits: 1 });
    expect(text.startsWith('{"tributary"')).toBe(true);
    expect(read(text)).toMatchObject({ mark: { v: 1, kind: "vpc", origin: "reput", attempt: 3, splits: 1 } });
  });

  it("of Azure flows give back the record, padding or not", () => {
    const record = packed([{ flow: 0, group: 0, first: 2, rule: "r", tuples: ["a", "b"] }]);
    expect(read(`${JSON.stringify(record)}     `)).toMatchObject({
      kind: "azure",
      record,
      mark: { v: 1, kind: "azure" },
    });
  });

  it.each([
    ["of another version", '{"tributary":{"v":2,"kind":"vpc"},"key":"k","first":0,"lines":["x"]}', "unrecognised"],
    ["without lines", '{"tributary":{"v":1,"kind":"vpc"},"key":"k","first":0}', "unrecognised"],
    [
      "with fewer ids than lines",
      '{"tributary":{"v":1,"kind":"vpc"},"key":"k","ids":[1],"lines":["x","y"]}',
      "unrecognised",
    ],
    [
      "with lines that are no text",
      '{"tributary":{"v":1,"kind":"vpc"},"key":"k","first":0,"lines":[1]}',
      "unrecognised",
    ],
    ["that is cut off", '{"tributary":{"v":1,"kind":"vpc"},"key"', "invalid-json"],
    ["of Azure without a blob", '{"tributary":{"v":1,"kind":"azure"},"offset":0}', "bad-record"],
  ])("are parked when one is %s", (_, content, reason) => {
    expect(reasonOf(content)).toBe(reason);
  });
});
