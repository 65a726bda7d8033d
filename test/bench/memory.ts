import { createReadStream } from "node:fs";
import { link, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { SWEEPER } from "../../packages/cli/src/sample/internet.js";
import { inBenchFolder } from "./bench-folder.js";
import { type MeasuredRun, measuredRun, round, writeSample } from "./measured-run.js";

/** A tenth of a gigabyte of text. */
const FLOWS = 600_000;
const COPIES = [10, 100] as const;
/** All flows of ten gigabytes take half an hour. */
const LONG = process.env["BENCH_LONG"] === "1";

interface MemoryPair {
  readonly small: MeasuredRun;
  readonly large: MeasuredRun;
  readonly ratio: number;
}

/**
 * Peak memory with one and with ten gigabytes of input text: searched, and with all flows of as much (with BENCH_LONG=1) or of a tenth of
 * it. The input is one sample under many names.
 */
export async function memoryBench(): Promise<{
  readonly largeInput: {
    readonly gigabytes: readonly number[];
    readonly matching: MemoryPair;
    readonly full: MemoryPair;
  };
}> {
  return inBenchFolder(async (folder) => {
    const sample = await writeSample(folder, FLOWS);
    const text = await textBytes(sample);
    const [small, large] = COPIES;
    const linked = await linkedCopies(sample, folder, large);
    const runs = async (copies: readonly [number, number], more: readonly string[]): Promise<MemoryPair> => {
      const [first, second] = [
        await measuredRun(folder, [...linked.slice(0, copies[0]), ...more]),
        await measuredRun(folder, [...linked.slice(0, copies[1]), ...more]),
      ];
      return { small: first, large: second, ratio: round(second.peakMegabytes / first.peakMegabytes) };
    };
    return {
      largeInput: {
        gigabytes: COPIES.map((copies) => round((copies * text) / 1e9)),
        matching: await runs([small, large], ["--match", SWEEPER]),
        full: await runs(LONG ? [small, large] : [1, small], []),
      },
    };
  });
}

async function textBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const path of await filesBelow(folder)) {
    if (path.endsWith(".gz"))
      for await (const chunk of createReadStream(path).pipe(createGunzip())) bytes += chunk.length;
    else bytes += (await stat(path)).size;
  }
  return bytes;
}

/** Folders that hold the same files under other names, without taking room. */
async function linkedCopies(sample: string, folder: string, copies: number): Promise<readonly string[]> {
  const files = await filesBelow(sample);
  const folders: string[] = [];
  for (let copy = 0; copy < copies; copy++) {
    const to = join(folder, `copy-${String(copy).padStart(3, "0")}`);
    for (const path of files) {
      const target = join(to, path.slice(sample.length));
      await mkdir(join(target, ".."), { recursive: true });
      await link(path, target);
    }
    folders.push(to);
  }
  return folders;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/inventory"))
    .map((entry) => join(entry.parentPath, entry.name));
}
