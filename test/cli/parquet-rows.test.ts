import { join } from "node:path";
import { VPC_FIELDS } from "@tributary/flow";
import { stringLiteral } from "@tributary/lake";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flowColumns } from "../../packages/cli/src/ingest/parquet/flow-column.js";
import { openParquet } from "../../packages/cli/src/ingest/parquet/parquet-file.js";
import { rowLines } from "../../packages/cli/src/ingest/parquet/row-group-lines.js";
import { lineOf } from "../support/vpc-arbitraries.js";
import { HEADER, vpcLine, workFolder } from "./local-run.js";
import { MemoryBytes, runSql, writeParquet } from "./parquet-files.js";

const FIELDS = HEADER.split(" ");
const NODATA = "2 111122223333 eni-1 - - - - - - - 1791633600 1791633659 - NODATA";

interface Rows {
  readonly header: string;
  readonly lines: readonly string[];
  readonly leftOut: readonly string[];
}

/** The rows behind a row as lines, with the header that they stand under. */
async function rowsOf(stored: MemoryBytes, behind = 0): Promise<Rows> {
  const file = await openParquet(stored);
  const { columns, leftOut } = flowColumns(file.schema);
  const lines: string[] = [];
  for await (const step of rowLines(file, columns, { size: stored.size, behind })) {
    expect(step.first).toBe(behind + lines.length + 1);
    lines.push(...step.lines);
  }
  return { header: columns.map(({ name }) => name).join(" "), lines, leftOut };
}

const some = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => vpcLine(n));
const newPath = (): string => join(workFolder(), "flows.log.parquet");

/** The rows of a file that one SELECT makes. */
async function selected(select: string): Promise<Rows> {
  const path = newPath();
  await runSql(`COPY (${select}) TO ${stringLiteral(path)} (FORMAT parquet)`);
  return rowsOf(new MemoryBytes(path));
}

describe("rows of a Parquet file", () => {
  for (const compression of ["gzip", "snappy", "uncompressed", "brotli"] as const) {
    for (const version of [1, 2] as const) {
      it(`are the lines of the text form: ${compression}, pages of version ${version}`, async () => {
        const lines = [...some(5000), NODATA];
        const path = await writeParquet(newPath(), FIELDS, lines, { compression, version, rowGroup: 2048 });
        expect(await rowsOf(new MemoryBytes(path))).toEqual({
          header: HEADER.replaceAll("-", "_"),
          lines,
          leftOut: [],
        });
      });
    }
  }

  it("are the lines of the text form for every field, present or absent, and fields of later versions", async () => {
    const fields = [...VPC_FIELDS, "flow-label"];
    for (const version of [1, 2] as const) {
      const random = fc.sample(lineOf(fields), { seed: 20261201 + version, numRuns: 2500 });
      const lines = random.map((line) => line.trim().replaceAll(/ +/g, " "));
      const path = await writeParquet(newPath(), fields, lines, {
        version,
        rowGroup: 2048,
        types: { encryption_status: "VARCHAR" },
      });
      expect((await rowsOf(new MemoryBytes(path))).lines).toEqual(lines);
    }
  });

  it("are read on from any row, whether a page or a row group begins there or not", async () => {
    const lines = some(6000);
    const path = await writeParquet(newPath(), FIELDS, lines, { rowGroup: 2048 });
    const stored = new MemoryBytes(path);
    for (const behind of [1, 999, 1000, 2047, 2048, 2049, 4096, 5999, 6000]) {
      expect((await rowsOf(stored, behind)).lines).toEqual(lines.slice(behind));
    }
  });

  it("take one request where the file is small, and few where it is not", async () => {
    const small = new MemoryBytes(await writeParquet(newPath(), FIELDS, some(3000)));
    await rowsOf(small);
    expect(small.ranges).toEqual([[0, small.size]]);

    const unlike = Array.from({ length: 40_000 }, (_, n) => `${vpcLine(n)} tag-${(n * 2654435761) % 2 ** 32}-${n}`);
    const large = new MemoryBytes(
      await writeParquet(newPath(), [...FIELDS, "instance-tag"], unlike, { rowGroup: 20_480 }),
    );
    expect(large.size).toBeGreaterThan(262_144);
    expect((await rowsOf(large)).lines).toEqual(unlike);
    expect(large.ranges.length).toBeLessThanOrEqual(3);
  });

  it("may be none", async () => {
    const path = await writeParquet(newPath(), FIELDS, []);
    expect((await rowsOf(new MemoryBytes(path))).lines).toEqual([]);
  });
});

describe("values that AWS would write otherwise", () => {
  it("are the seconds of timestamps in the fields that are times", async () => {
    const { lines } = await selected(
      `SELECT TIMESTAMP '2026-10-10 12:00:00.999' AS start, TIMESTAMP_NS '2026-10-10 12:00:59' AS "end",
              TIMESTAMP_MS '2026-10-10 12:01:00' AS later, DATE '2026-10-10' AS day`,
    );
    expect(lines).toEqual(["1791633600 1791633659 2026-10-10T12:01:00.000Z 2026-10-10T00:00:00.000Z"]);
  });

  it("are whole numbers however they are held", async () => {
    const { lines } = await selected(
      `SELECT 443::DOUBLE AS srcport, 'nan'::DOUBLE AS dstport, 6::FLOAT AS protocol, 4294967295::UINTEGER AS packets,
              18446744073709551615::UBIGINT AS bytes, -1::BIGINT AS start, 9007199254740993::BIGINT AS "end", -7::INTEGER AS version`,
    );
    expect(lines).toEqual(["443 - 6 4294967295 18446744073709551615 -1 9007199254740993 -7"]);
  });

  it("stay one field when they are empty or hold white space", async () => {
    const { lines } = await selected(
      `SELECT '' AS action, 'two words' AS instance_tag, 'ä' || chr(10) || '%' AS ecs_task_id, '50% off' AS asg_tag, 'a%20b' AS interface_tag`,
    );
    expect(lines).toEqual(["- two%20words ä%0A% 50%25%20off a%20b"]);
  });
});

describe("columns", () => {
  it("are named in any spelling, and are fields of later versions when no version has them", async () => {
    const { header, lines } = await selected(
      `SELECT 1 AS "tcpFlags", '10.0.0.1' AS "srcAddr", 'x' AS "log-status", 9 AS flow_label`,
    );
    expect([header, lines]).toEqual(["tcpFlags srcAddr log-status flow_label", ["1 10.0.0.1 x 9"]]);
  });

  it("are left out and named when they are no field of a line", async () => {
    const { header, lines, leftOut } = await selected(
      `SELECT '10.0.0.1' AS srcaddr, [1, 2] AS list, {'a': 1, 'b': {'c': [2]}} AS struct, MAP {'k': 'v'} AS map, true AS flag,
              1.5::DECIMAL(9, 2) AS price, uuid() AS uuid, '10.0.0.9' AS "srcAddr2", '10.0.0.2' AS src_addr, 1 AS "two words", '10.0.0.3' AS dstaddr`,
    );
    expect(header).toBe("srcaddr srcAddr2 dstaddr");
    expect(lines).toEqual(["10.0.0.1 10.0.0.9 10.0.0.3"]);
    expect(leftOut).toEqual(["list", "struct", "map", "flag", "price", "uuid", "src_addr", "two words"]);
  });
});

describe("compression that Node lacks", () => {
  it.each(["lz4", "zstd"] as const)("is named with what helps: %s", async (compression) => {
    const path = await writeParquet(newPath(), FIELDS, some(10), { compression });
    const reading = rowsOf(new MemoryBytes(path));
    // Later releases of Node have zstd.
    if (compression === "zstd" && "zstd" in process.versions) expect((await reading).lines).toEqual(some(10));
    else await expect(reading).rejects.toThrow(/compressed with (?:LZ4|ZSTD).*COMPRESSION gzip/);
  });
});
