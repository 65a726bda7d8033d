import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { azureBlob, HEADER, type LocalRunChanges, lakeQuery, localRun, put, vpcLine, workFolder } from "./local-run.js";
import { writeParquet } from "./parquet-files.js";

const FIELDS = HEADER.split(" ");
/** By the port that tells the test's flows apart. */
const PLACES = `SELECT src_endpoint.port, unmapped['source'], unmapped['source_line'], unmapped['source_byte'], unmapped['source_tuple']
  FROM $rows ORDER BY 1`;

async function places(paths: readonly string[], changes: LocalRunChanges = {}): Promise<string[][]> {
  const lake = join(workFolder(), "lake");
  const { summary } = await localRun(lake, paths, { provenance: true, ...changes });
  expect(summary.inputs.problems).toEqual([]);
  return lakeQuery(lake, PLACES);
}

describe("rows that say where they come from", () => {
  it("name the file and the line, header and empty lines counted", async () => {
    const text = `${HEADER}\n${vpcLine(0)}\n\n${vpcLine(1)}\n${HEADER}\n${vpcLine(2)}\n`;
    const path = put(workFolder(), "\"quoted\" \\ 'logs' é 𝒻 \t.log.gz", gzipSync(text));
    expect(await places([path])).toEqual([
      ["1024", path, "2", "null", "null"],
      ["1025", path, "4", "null", "null"],
      ["1026", path, "6", "null", "null"],
    ]);
  });

  it("name the row of a Parquet file", async () => {
    const path = join(workFolder(), "flows.log.parquet");
    await writeParquet(path, FIELDS, [vpcLine(0), vpcLine(1)]);
    expect(await places([path])).toEqual([
      ["1024", path, "1", "null", "null"],
      ["1025", path, "2", "null", "null"],
    ]);
  });

  it("name the record of a file of Firehose records", async () => {
    const records = [0, 1].map((n) => JSON.stringify({ message: vpcLine(n) }));
    const path = put(workFolder(), "backup.json", records.join("\n"));
    expect(await places([path])).toEqual([
      ["1024", path, "1", "null", "null"],
      ["1025", path, "2", "null", "null"],
    ]);
  });

  it("name the byte of the record in a blob, and its tuple", async () => {
    const blob = azureBlob("vnet-v4.json");
    const path = put(workFolder(), "PT1H.json", blob);
    const lake = join(workFolder(), "lake");
    await localRun(lake, [path], { provenance: true });
    const rows = await lakeQuery(
      lake,
      "SELECT unmapped['source'], unmapped['source_byte'], unmapped['source_tuple'], src_endpoint.ip, src_endpoint.port FROM $rows",
    );
    expect(rows.length).toBeGreaterThan(3);
    const bytes = Buffer.from(blob);
    for (const [source = "", byte = "", tuple = "", ip = "", port = ""] of rows) {
      expect(source).toBe(path);
      expect(bytes.toString("utf8", Number(byte), Number(byte) + 1)).toBe("{");
      const [flow = -1, group = -1, index = -1] = tuple.split("/").map(Number);
      const record = firstObject(bytes.toString("utf8", Number(byte))) as AzureRecord;
      expect(record.flowRecords.flows[flow]?.flowGroups[group]?.flowTuples[index]).toContain(`,${ip},`);
      expect(record.flowRecords.flows[flow]?.flowGroups[group]?.flowTuples[index]).toContain(`,${port},`);
    }
  });

  it("say nothing of it when nobody asks", async () => {
    const path = put(workFolder(), "a.log", `${HEADER}\n${vpcLine(0)}\n`);
    expect(await places([path], { provenance: false })).toEqual([["1024", "null", "null", "null", "null"]]);
  });
});

interface AzureRecord {
  readonly flowRecords: {
    readonly flows: readonly { readonly flowGroups: readonly { readonly flowTuples: readonly string[] }[] }[];
  };
}

/** The value of the shortest beginning that is JSON. */
function firstObject(text: string): unknown {
  for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}", end + 1)) {
    try {
      return JSON.parse(text.slice(0, end + 1));
    } catch {
      // More of it belongs to the object.
    }
  }
  throw new Error("no object begins here");
}
