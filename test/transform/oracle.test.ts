import { DEFAULT_FORMAT, VpcFormat } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packedAzureRecord } from "../support/azure-arbitraries.js";
import { plainAzureDocument, plainAzureRecord, plainVpcDocument, plainVpcRecord } from "../support/plain-mapping.js";
import {
  ARRIVAL,
  allDocuments,
  defaultLine,
  documentsOf,
  event,
  only,
  STREAM_ACCOUNT,
  transformOnce,
  wrapped,
} from "../support/transform-event.js";
import { format, lineOf } from "../support/vpc-arbitraries.js";

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const runs = format.chain((fields) =>
  fc.record({ fields: fc.constant(fields), lines: fc.array(lineOf(fields), { minLength: 1, maxLength: 5 }) }),
);

describe("the transformation against the plain mapping", () => {
  it("gives the same documents for wrapped lines of any one format", async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ({ fields, lines }) => {
        const done = await transformOnce(event(...lines.map(wrapped)), {
          formats: [VpcFormat.of(fields)],
          region: "eu-central-1",
        });
        done.response.records.forEach((answer, index) => {
          if (answer.result === "Dropped") return;
          const delivery = {
            account: STREAM_ACCOUNT,
            region: "eu-central-1",
            time: ARRIVAL,
            timeBasis: "arrival",
            position: `firehose:r${index}#0`,
          };
          const plain = plainVpcDocument(lines[index] ?? "", fields, delivery);
          if (answer.result === "Ok") expect(only(documentsOf(answer))).toEqual(asJson(plain));
          else expect([plain, done.outcomes[index]?.parked[0]?.reason]).toEqual([undefined, "no-endpoint"]);
        });
      }),
      { seed: 20260460, numRuns: 400 },
    );
  });

  it("gives the same documents for packed Azure records, also when one transform sees many", async () => {
    const records = fc.array(packedAzureRecord, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(records, fc.boolean(), async (packed, observables) => {
        const settings = { region: "westeurope", observables, window: { pastDays: 1, futureDays: 1 } };
        const done = await transformOnce(event(...packed.map((one) => JSON.stringify(one))), settings);
        const plain = packed.flatMap((one) =>
          one.groups.flatMap((group) => group.tuples.map((_, at) => plainAzureDocument(one, group, at, settings))),
        );
        expect(allDocuments(done)).toEqual(asJson(plain));
      }),
      { seed: 20260461, numRuns: 300 },
    );
  });

  it("gives the same data as the plain version of a whole record", async () => {
    const vpc = event(wrapped(defaultLine()));
    const parsed = (data: string): unknown[] =>
      Buffer.from(data, "base64")
        .toString("utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
    const fast = only((await transformOnce(vpc)).response.records).data;
    expect(parsed(fast)).toEqual(
      parsed(plainVpcRecord(only(vpc.records).data, DEFAULT_FORMAT.fields, { position: "" })),
    );

    const [packed] = fc.sample(packedAzureRecord, { seed: 20260462, numRuns: 1 });
    const azure = event(JSON.stringify(packed));
    const azureFast = only((await transformOnce(azure)).response.records).data;
    expect(parsed(azureFast)).toEqual(parsed(plainAzureRecord(only(azure.records).data)));
  });
});
