import { createWriteStream } from "node:fs";
import { mkdir, readdir, stat, utimes, writeFile as writeText } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ConfigurationError } from "@tributary/flow";
import { azureNics, legacyNic } from "./azure-estate.js";
import { nsgBlobName, nsgBlobText, vnetBlobName, vnetBlobText } from "./azure-writer.js";
import { INVENTORY_FOLDER, inventoryFiles } from "./inventory-writer.js";
import { planSample, samplePeriod } from "./plan.js";
import type { SampleExtent } from "./scheduled-traffic.js";
import { vpcObjectKey, vpcObjectText } from "./vpc-writer.js";

/** Samples end here unless told otherwise: no clock is read, so that the same command gives the same bytes on any day. */
export const SAMPLE_END = new Date("2026-10-15T00:00:00Z");

export interface SampleRequest {
  /** VPC lines and Azure tuples to write, together. */
  readonly flows: number;
  /** Directory to fill; created when missing, refused when it holds anything. */
  readonly out: string;
  /** Any text or number; equal seeds give equal bytes. */
  readonly seed: string | number;
  /** The three UTC days up to here are covered; rounded down to five minutes. Default: `SAMPLE_END`. */
  readonly endTime?: Date;
}

export interface SampleWritten {
  readonly flows: number;
  /** Flow-log files. */
  readonly files: number;
  /** Of the flow-log files on disk, VPC logs compressed. */
  readonly bytes: number;
  /** The folder with the inventory of the AWS accounts, as `aws ec2 describe-…` prints it. */
  readonly inventory: string;
  /** UTC days with flows, `yyyy-MM-dd`, ascending. */
  readonly days: readonly string[];
}

interface SampleFile {
  readonly path: string;
  readonly day: string;
  readonly flows: number;
  readonly text: () => Generator<string>;
}

/** Files written at a time: one is composed while the other is compressed. */
const CONCURRENT_FILES = 2;

/**
 * Writes flow logs of one small estate (two AWS accounts, one Azure virtual network) as S3 delivery and Azure storage would lay them
 * out, and the inventory of its AWS accounts. Memory does not grow with the number of flows. Throws ConfigurationError when the number is not whole, or the directory is in
 * use or cannot be written.
 */
export async function writeSample(request: SampleRequest): Promise<SampleWritten> {
  const { flows, out } = request;
  if (!Number.isSafeInteger(flows) || flows < 0) {
    throw new ConfigurationError("bad-flow-count", `cannot write ${flows} flows: give a whole number, 0 or more`);
  }
  await prepare(out);
  const endTime = request.endTime ?? SAMPLE_END;
  const files = sampleFiles(flows, String(request.seed), endTime);
  let bytes = 0;
  const queue = files[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const written = await writeFile(out, next.value);
      bytes += written;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_FILES }, worker));
  await writeInventory(out, samplePeriod(endTime.getTime() / 1000).start);
  return {
    flows: files.reduce((sum, file) => sum + file.flows, 0),
    files: files.length,
    bytes,
    inventory: join(out, INVENTORY_FOLDER),
    days: [...new Set(files.map((file) => file.day))].sort(),
  };
}

function sampleFiles(flows: number, seed: string, endTime: Date): readonly SampleFile[] {
  const period = samplePeriod(endTime.getTime() / 1000);
  const extent: SampleExtent = { seed, flows, period };
  const plan = planSample(flows, period);
  const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
  return [
    ...plan.vpc.map((file) => ({
      path: vpcObjectKey(file, seed),
      day: day(file.span.start),
      flows: file.lines,
      text: () => vpcObjectText(file, extent),
    })),
    ...plan.vnet.map(({ nic: index, hour, tuples }) => {
      const nic = azureNics[index] ?? legacyNic;
      const text = () => vnetBlobText({ nic, hour, tuples, seed });
      return { path: vnetBlobName(nic, hour), day: day(hour.start), flows: tuples, text };
    }),
    ...plan.nsg.map(({ hour, tuples }) => ({
      path: nsgBlobName(legacyNic, hour),
      day: day(hour.start),
      flows: tuples,
      text: () => nsgBlobText({ nic: legacyNic, hour, tuples, seed }),
    })),
  ];
}

async function prepare(out: string): Promise<void> {
  let present: readonly string[];
  try {
    await mkdir(out, { recursive: true });
    present = await readdir(out);
  } catch (cause) {
    throw unwritable(out, cause);
  }
  // Flows of an earlier sample would be counted with the new ones.
  if (present.length > 0) {
    throw new ConfigurationError(
      "directory-in-use",
      `${out} is not empty: empty it, or name another directory for the sample`,
    );
  }
}

/** Writes one file and gives its size on disk. */
async function writeFile(out: string, file: SampleFile): Promise<number> {
  const path = join(out, file.path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const source = Readable.from(encoded(file.text()));
    const target = createWriteStream(path);
    if (path.endsWith(".gz")) await pipeline(source, createGzip({ level: 1 }), target);
    else await pipeline(source, target);
    return (await stat(path)).size;
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** The files are dated `takenAt` (s since the epoch), so that the inventory is as old as the first flow. */
async function writeInventory(out: string, takenAt: number): Promise<void> {
  for (const { path, text } of inventoryFiles()) {
    const target = join(out, path);
    try {
      await mkdir(dirname(target), { recursive: true });
      await writeText(target, text);
      await utimes(target, takenAt, takenAt);
    } catch (cause) {
      throw unwritable(target, cause);
    }
  }
}

/** As bytes, since a stream would take each string apart. */
function* encoded(text: Iterable<string>): Generator<Buffer> {
  for (const piece of text) yield Buffer.from(piece, "latin1");
}

function unwritable(path: string, cause: unknown): ConfigurationError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConfigurationError(
    "directory-not-writable",
    `cannot write ${path} (${reason}): name a directory that you may write to, on a disk with room`,
    { cause },
  );
}
