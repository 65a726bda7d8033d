import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { stubAwsEnvironment } from "../support/s3-reader.js";
import { S3Service } from "../support/s3-service.js";
import {
  azureBlob,
  HEADER,
  type LocalRunChanges,
  lakeQuery,
  localRun,
  put,
  vpcLines,
  workFolder,
} from "./local-run.js";
import { writeParquet } from "./parquet-files.js";
import { BUCKET, fill, keyOf, objectOf, s3Run } from "./run-s3-scene.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

const sumOf = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const sumsIn = (lake: string): string => readFileSync(join(lake, "inputs.sha256"), "utf8");
/** The line that sha256sum prints for a file, whose path has nothing to escape. */
const lineOf = (path: string): string => `${sumOf(readFileSync(path))}  ${path}\n`;

/** Where each row says that it comes from, by the bytes that it reports. */
async function origins(lake: string): Promise<string[][]> {
  return lakeQuery(
    lake,
    `SELECT unmapped['source'], unmapped['source_line'], unmapped['source_byte'], unmapped['source_tuple'] FROM $rows ORDER BY 1, 2::BIGINT, 3::BIGINT, 4`,
  );
}

const PROVENANCE: LocalRunChanges = { provenance: true };

describe("a run with --provenance", () => {
  it("says with each row which file and line it comes from", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const plain = put(folder, "inputs/a.log", `${HEADER}\n${vpcLines(0, 3)}`);
    const zipped = put(folder, "inputs/b.log.gz", gzipSync(`${vpcLines(3, 4)}\n${vpcLines(4, 5)}`));

    await localRun(lake, [join(folder, "inputs")], PROVENANCE);

    expect(await origins(lake)).toEqual([
      [plain, "2", "null", "null"],
      [plain, "3", "null", "null"],
      [plain, "4", "null", "null"],
      [zipped, "1", "null", "null"],
      [zipped, "3", "null", "null"],
    ]);
  });

  it("says with each row of a blob at which byte its record begins, and which tuple it is", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const blob = azureBlob("vnet-v4.json");
    const path = put(folder, "PT1H.json", blob);

    await localRun(lake, [path], PROVENANCE);

    const rows = await origins(lake);
    expect(rows.length).toBeGreaterThan(0);
    for (const [source, line, byte, tuple] of rows) {
      expect({ source, line }).toEqual({ source: path, line: "null" });
      expect(blob[Number(byte)]).toBe("{");
      expect(tuple).toMatch(/^\d+\/\d+\/\d+$/);
    }
    expect(new Set(rows.map(([, , byte, tuple]) => `${byte} ${tuple}`)).size).toBe(rows.length);
  });

  it("counts lines from the beginning of a file that is read on", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, "a.log", vpcLines(0, 2));
    await localRun(lake, [path], PROVENANCE);
    put(folder, "a.log", vpcLines(0, 4));

    await localRun(lake, [path], PROVENANCE);

    expect((await origins(lake)).map(([, line]) => line)).toEqual(["1", "2", "3", "4"]);
    expect(sumsIn(lake)).toBe(lineOf(path));
  });

  it("lists the SHA-256 of each file as it is stored, in the order of paths", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const paths = [
      put(folder, "inputs/a.log", vpcLines(0, 3)),
      put(folder, "inputs/b.log.gz", gzipSync(vpcLines(3, 40_000))),
      put(folder, "inputs/c.log.gz", Buffer.concat([gzipSync(vpcLines(40_000, 40_002)), Buffer.alloc(512)])),
      put(folder, "inputs/empty.log", ""),
      put(folder, "inputs/PT1H.json", azureBlob("vnet-v4.json")),
      await writeParquet(
        join(folder, "inputs/z.log.parquet"),
        HEADER.split(" "),
        vpcLines(50_000, 50_004).trim().split("\n"),
      ),
    ];
    put(folder, "inputs/notes.txt", "no flow log\n");

    const { summary } = await localRun(lake, [join(folder, "inputs")], PROVENANCE);

    expect(summary.inputs.problems).toEqual([]);
    expect(sumsIn(lake)).toBe(paths.toSorted().map(lineOf).join(""));
  });

  it("escapes a path with a line end as sha256sum does", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const path = put(folder, "a\nb\\c.log", vpcLines(0, 1));

    await localRun(lake, [path], PROVENANCE);

    expect(sumsIn(lake)).toBe(`\\${sumOf(readFileSync(path))}  ${folder}/a\\nb\\\\c.log\n`);
  });

  it("lists no file that is not read to its end, and does once it is", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const whole = gzipSync(`${HEADER}\n${vpcLines(0, 2000)}`);
    const path = put(folder, "a.log.gz", whole.subarray(0, -2000));
    await localRun(lake, [path], PROVENANCE);
    const before = sumsIn(lake);
    put(folder, "a.log.gz", whole);

    await localRun(lake, [path], PROVENANCE);

    expect(before).toBe("");
    expect(sumsIn(lake)).toBe(lineOf(path));
    expect(await origins(lake)).toHaveLength(2000);
  });

  it("keeps the sums of earlier runs, and says how many files have none", async () => {
    const folder = workFolder();
    const lake = join(folder, "lake");
    const first = put(folder, "a.log", vpcLines(0, 1));
    const second = put(folder, "b.log", vpcLines(1, 2));
    const third = put(folder, "c.log", vpcLines(2, 3));
    await localRun(lake, [first], PROVENANCE);
    await localRun(lake, [second]);

    const { notes } = await localRun(lake, [first, second, third], PROVENANCE);

    expect(sumsIn(lake)).toBe(lineOf(first) + lineOf(third));
    expect(notes).toEqual([expect.stringMatching(/^1 inputs .* inputs\.sha256.*--again/)]);
    const again = await localRun(lake, [second], { ...PROVENANCE, again: true });
    expect(again.notes).toEqual([]);
    expect(sumsIn(lake)).toBe([first, second, third].map(lineOf).join(""));
  });

  it("lists objects as they are stored, also after an interruption, each fetched once", async () => {
    stubAwsEnvironment();
    const s3 = await S3Service.start();
    try {
      fill(s3, 6);
      const lake = join(workFolder(), "lake");
      const controller = new AbortController();
      const signal = controller.signal;
      await s3Run(lake, s3, { ...PROVENANCE, signal, onProgress: () => controller.abort() });
      const paths = Array.from({ length: 6 }, (_, n) => `${BUCKET}/${keyOf(n)}`);
      const [first = ""] = paths.toSorted();
      const line = (path: string) => `${sumOf(objectOf(paths.indexOf(path)))}  ${path}\n`;
      expect(sumsIn(lake)).toBe(line(first));
      s3.calls.length = 0;

      await s3Run(lake, s3, PROVENANCE);

      expect(sumsIn(lake)).toBe(paths.toSorted().map(line).join(""));
      expect(s3.calls.filter((call) => !call.includes("list"))).toHaveLength(5);
      expect((await origins(lake)).map(([source]) => source)).toEqual(
        paths.toSorted().flatMap((path) => Array(12).fill(path)),
      );
    } finally {
      await s3.close();
    }
  });

  it("names standard input without a sum, since nobody can check it", async () => {
    const lake = join(workFolder(), "lake");

    await localRun(lake, ["-"], { ...PROVENANCE, standardInput: new PassThrough().end(vpcLines(0, 1)) });

    expect((await origins(lake))[0]?.[0]).toMatch(/^-#/);
    expect(sumsIn(lake)).toBe("");
  });
});

it("a run without --provenance takes a file that it reads anew out of the list", async () => {
  const folder = workFolder();
  const lake = join(folder, "lake");
  const kept = put(folder, "inputs/a.log", vpcLines(0, 3));
  const anew = put(folder, "inputs/b.log", vpcLines(3, 6));
  await localRun(lake, [join(folder, "inputs")], PROVENANCE);

  await localRun(lake, [anew], { again: true });

  expect(sumsIn(lake)).toBe(lineOf(kept));
});

it("a run without --provenance says nothing of it", async () => {
  const folder = workFolder();
  const lake = join(folder, "lake");

  await localRun(lake, [put(folder, "a.log", vpcLines(0, 1))]);

  expect(await origins(lake)).toEqual([["null", "null", "null", "null"]]);
  expect(existsSync(join(lake, "inputs.sha256"))).toBe(false);
});
