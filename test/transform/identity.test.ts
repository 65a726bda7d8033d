import { gzipSync } from "node:zlib";
import { packLines } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainUid } from "../support/plain-mapping.js";
import { runUntilQuiet } from "../support/stream-loop.js";
import {
  allDocuments,
  type Content,
  defaultLine,
  event,
  only,
  START,
  transformOnce,
  uidOfDocument,
  wrapped,
} from "../support/transform-event.js";

async function uids(...contents: readonly Content[]): Promise<string[]> {
  return allDocuments(await transformOnce(event(...contents))).map(uidOfDocument);
}

const envelope = (...messages: readonly string[]): string =>
  JSON.stringify({
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: "g",
    logStream: "s",
    logEvents: messages.map((message, index) => ({ id: `event-${index}`, timestamp: START * 1000, message })),
  });

describe("metadata.uid", () => {
  it("is 22 base64url characters that decode to exactly 16 bytes", async () => {
    const found = await uids(...Array.from({ length: 200 }, (_, bytes) => wrapped(defaultLine({ bytes }))));
    expect(new Set(found).size).toBe(200);
    for (const uid of found) {
      expect(uid).toMatch(/^[A-Za-z0-9_-]{22}$/);
      const bytes = Buffer.from(uid, "base64url");
      expect(bytes).toHaveLength(16);
      expect(bytes.toString("base64url")).toBe(uid);
    }
  });

  it("is the same for a line in every form that it may come in", async () => {
    const line = defaultLine();
    const forms: Content[] = [
      wrapped(line),
      JSON.stringify({ other: 1, message: `${line}\n` }),
      line,
      ` ${line.replace(" ", "   ")}  `,
      `${line}\r\n`,
      `first line\n${line}`,
      envelope(line),
      gzipSync(envelope("x", line)),
      `2026-04-02T18:30:00.000Z ${line}`,
      packLines({ key: "AWSLogs/a.log", ids: [17], lines: [line] }),
      packLines({ key: "logs:g:s", ids: ["e"], lines: [line] }, { origin: "replay", attempt: 3 }),
      wrapped(line) + wrapped("x"),
      `version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n${line}`,
    ];
    for (const form of forms) expect(await uids(form)).toEqual([plainUid(line)]);
  });

  it("differs for lines that differ in anything", async () => {
    const lines = [
      defaultLine(),
      defaultLine({ bytes: 1 }),
      defaultLine({ srcport: 1 }),
      defaultLine({ start: START + 1 }),
    ];
    expect(new Set(await uids(...lines)).size).toBe(4);
  });

  it("is the same for a line that is delivered twice, so that the duplicate shows", async () => {
    expect(new Set(await uids(wrapped(defaultLine()), wrapped(defaultLine()), defaultLine())).size).toBe(1);
  });
});

describe("metadata.uid of lines that do not identify themselves", () => {
  const FIELDS = "account-id srcaddr dstaddr start";
  const LINE = `123456789012 10.0.0.1 10.0.0.2 ${START}`;

  it("differs by position, so that equal lines of different flows are not taken for one", async () => {
    const found = await uids(`${FIELDS}\n${LINE}\n${LINE}`, `${FIELDS}\n${LINE}`);
    expect(found).toEqual(
      [0, 1].map((at) => plainUid(`${LINE}\nfirehose:r0#${at}`)).concat(plainUid(`${LINE}\nfirehose:r1#0`)),
    );
  });

  it("is that of the file and line where the line came in a file", async () => {
    const batch = { fields: FIELDS, key: "AWSLogs/123456789012/a.log", ids: [41, 42], lines: [LINE, LINE] };
    expect(await uids(packLines(batch))).toEqual([41, 42].map((at) => plainUid(`${LINE}\n${batch.key}#${at}`)));
  });

  it("is that of the log event where the line came in an envelope", async () => {
    const line = `2 123456789012 - 10.0.0.1 10.0.0.2 1 2 6 1 1 ${START} ${START} ACCEPT OK`;
    expect(await uids(gzipSync(envelope(line, line)))).toEqual(
      [0, 1].map((at) => plainUid(`${line}\nlogs:g:s#event-${at}`)),
    );
    // Delivered again in another Firehose record it is the same.
    expect(await uids("x", envelope(line))).toEqual([plainUid(`${line}\nlogs:g:s#event-0`)]);
  });

  it("is the same however often the line was put back", async () => {
    const many = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(many, async (days) => {
        const content = `${FIELDS}\n${days.map((day) => `123456789012 10.0.0.1 10.0.0.2 ${START - day * 86_400}`).join("\n")}`;
        const wide = await runUntilQuiet([content]);
        const narrow = await runUntilQuiet([content], {
          overrides: { responseBudgetBytes: 12_000 },
          batchBytes: 4_000,
        });
        expect(narrow.documents.map(uidOfDocument).sort()).toEqual(wide.documents.map(uidOfDocument).sort());
        expect(new Set(wide.documents.map(uidOfDocument)).size).toBe(days.length);
      }),
      { seed: 20260440, numRuns: 40 },
    );
  });
});

describe("metadata.uid of Azure flows", () => {
  const record = (offset: number, first: number): string =>
    JSON.stringify({
      tributary: { v: 1, kind: "azure" },
      blob: "flowlogresourceid=/12345678-90ab-cdef-1234-567890abcdef_networkwatcherrg/networkwatcher_westeurope_a/pt1h.json",
      offset,
      header: { layout: "vnet-v4", time: "2026-04-02T18:31:50Z" },
      groups: [
        {
          flow: 1,
          group: 2,
          first,
          rule: "r",
          tuples: [`${START * 1000},10.20.0.4,198.51.100.7,1,443,6,O,B,NX,0,0,0,0`],
        },
      ],
    });

  it("tells equal tuples apart by where they stand, and is the same for one place", async () => {
    const [a, b, c, again] = await uids(record(12, 0), record(12, 1), record(900, 0), `${record(12, 0)}    `);
    expect(new Set([a, b, c]).size).toBe(3);
    expect(again).toBe(a);
    expect(only([a])).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});
