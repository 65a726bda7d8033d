import { VpcFormat } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { schemaProblems } from "../support/document-schema.js";
import {
  allDocuments,
  type Content,
  defaultLine,
  documentsOf,
  event,
  type OcsfDocument,
  only,
  START,
  transformOnce,
  wrapped,
} from "../support/transform-event.js";

/** An event in which one record is hostile and its neighbours are not. */
async function among(content: Content) {
  const transformation = await transformOnce(
    event(wrapped(defaultLine()), content, wrapped(defaultLine({ bytes: 1 }))),
  );
  const { response, report } = transformation;
  expect([response.records[0]?.result, response.records[2]?.result]).toEqual(["Ok", "Ok"]);
  expect(report.responseBytes).toBe(JSON.stringify(response).length);
  for (const document of allDocuments(transformation)) expect(schemaProblems(document)).toEqual([]);
  return transformation;
}

describe("one hostile record", () => {
  it.each([
    ["base64 of nothing", Uint8Array.of()],
    ["bytes that are no text", Uint8Array.of(0x7b, 0xff, 0xfe)],
    [
      "a wrapper of bytes that are no UTF-8",
      Buffer.from(`{"message":"${defaultLine().replace("eni-", "\u00ff")}"}`, "latin1"),
    ],
    ["a wrapper whose line holds a control character", `{"message":"${defaultLine().replace("eni-", "\u0007")}"}`],
    ["a wrapper cut in the middle of an escape", '{"message":"2 \\u00'],
    ["nesting without end", `{"message":${"[".repeat(100_000)}`],
    ["numbers beyond measure", wrapped(defaultLine().replace("4242", "9".repeat(400)))],
    [
      "an interface named like an object's method",
      wrapped(defaultLine().replace("eni-0a1b2c3d4e5f60718", "__proto__")),
    ],
    ["a line of a million fields", "1 ".repeat(1_000_000)],
  ])("that is %s harms no other", async (_, content) => {
    await among(content);
  });

  it("of any bytes harms no other", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 120 }),
        fc.constantFrom("", '{"message":"', "2 123456789012 "),
        async (bytes, head) => {
          await among(Buffer.concat([Buffer.from(head), bytes]));
        },
      ),
      { seed: 20260450, numRuns: 200 },
    );
  });

  it("with base64 that is none is parked", async () => {
    const of = event(wrapped(defaultLine()), "x");
    const broken = `${Buffer.from('{"message":"').toString("base64")}!!!!`;
    const records = of.records.map((one, index) => (index === 1 ? { ...one, data: broken } : one));
    const { response } = await transformOnce({ ...of, records });
    expect(response.records[1]).toEqual({ recordId: "r1", result: "ProcessingFailed", data: broken });
  });
});

describe("text that a line may carry", () => {
  const FIELDS = "account-id srcaddr dstaddr interface-id type pkt-src-aws-service instance-tag later-field start";
  const line = (word: string): string =>
    `123456789012 10.0.0.1 10.0.0.2 ${word} ${word} ${word} ${encodeURIComponent(word)} ${word} ${START}`;

  it.each(["toString", "constructor", "__proto__", '"', "\\", "\u2028", "ä", "😀", "\u007f", "</script>"])(
    "comes out as it went in: %j",
    async (word) => {
      const done = await transformOnce(event(`${FIELDS}\n${line(word)}`));
      const document = only(documentsOf(only(done.response.records)));
      expect(document).toMatchObject({
        connection_info: { protocol_ver: word, protocol_ver_id: 99 },
        src_endpoint: { ip: "10.0.0.1", svc_name: word },
        unmapped: { interface_id: word, instance_tag: word, later_field: word },
      });
      expect(schemaProblems(document)).toEqual([]);
    },
  );

  it("keeps a field named like an object's own under its name", async () => {
    const formats = [VpcFormat.parse("account-id srcaddr dstaddr start constructor to-string")];
    const done = await transformOnce(event(`123456789012 10.0.0.1 10.0.0.2 ${START} a b`), { formats });
    const { unmapped } = only(documentsOf(only(done.response.records))) as { unmapped: OcsfDocument };
    expect({ ...unmapped }).toMatchObject({ constructor: "a", to_string: "b" });
  });
});
