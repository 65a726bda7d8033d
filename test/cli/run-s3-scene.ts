import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { COMMON_FORMATS, type LogSelection } from "@tributary/flow";
import { LakeStage, openDuckDb, stagingFolder } from "@tributary/lake";
import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import { DEFAULT_SETTINGS } from "@tributary/transform";
import type { JobStarter } from "../../packages/cli/src/ingest/ingest.js";
import { IngestJob } from "../../packages/cli/src/ingest/ingest-job.js";
import { PathListing } from "../../packages/cli/src/ingest/input-listing.js";
import type { JobEnd } from "../../packages/cli/src/ingest/job-host.js";
import { spoolFolder } from "../../packages/cli/src/ingest/spool-folder.js";
import { listS3 } from "../../packages/cli/src/s3/list-s3.js";
import type { S3Buckets } from "../../packages/cli/src/s3/s3-buckets.js";
import { S3Location } from "../../packages/cli/src/s3/s3-location.js";
import { bucketsOn, storeOn } from "../support/s3-reader.js";
import type { S3Service } from "../support/s3-service.js";
import { HEADER, type LocalRun, type LocalRunChanges, localRun, START, vpcLine } from "./local-run.js";

export const BUCKET = "s3://flow-logs";
const ACCOUNTS = ["111122223333", "444455556666"];
export const LINES = 12;

/** The key of the n-th object as AWS names it, five minutes after the one before. */
export function keyOf(n: number): string {
  const time = new Date(START * 1000 + n * 300_000);
  const [day, hour] = [time.toISOString().slice(0, 10).replaceAll("-", "/"), time.toISOString().slice(11, 16)];
  const account = ACCOUNTS[n % 2] ?? "";
  const name = `${account}_vpcflowlogs_eu-west-1_fl-0a1b2c3d_${day.replaceAll("/", "")}T${hour.replace(":", "")}Z_${String(n).padStart(8, "0")}.log.gz`;
  return `AWSLogs/${account}/vpcflowlogs/eu-west-1/${day}/${name}`;
}

/** Lines of the n-th object; none is in two of them. */
export function objectOf(n: number, lines = LINES): Buffer {
  const account = ACCOUNTS[n % 2] ?? "";
  const text = Array.from({ length: lines }, (_, line) =>
    vpcLine(n * LINES + line, { account, start: START + n * 300 + line }),
  );
  return gzipSync(`${HEADER}\n${text.join("\n")}\n`);
}

export function fill(s3: S3Service, objects: number): void {
  for (let n = 0; n < objects; n++) s3.put(keyOf(n), objectOf(n));
}

export interface S3RunChanges extends LocalRunChanges {
  readonly paths?: readonly string[];
  readonly selection?: LogSelection;
  /** Jobs beside each other, in this thread. */
  readonly jobs?: number;
}

/** What one call of the command does with a bucket: the SDK's own client, without waits. */
export async function s3Run(
  lake: string,
  s3: S3Service,
  { paths = [BUCKET], selection = {}, jobs = 1, ...changes }: S3RunChanges = {},
): Promise<LocalRun> {
  const buckets = bucketsOn(s3);
  const { store } = storeOn(buckets);
  try {
    return await localRun(lake, paths, {
      listing: listingOf(buckets, paths, selection),
      store,
      ...(jobs === 1 ? {} : { threads: { count: jobs, start: jobsHere(lake, { ...changes, store }) } }),
      ...changes,
    });
  } finally {
    await buckets.destroy();
  }
}

function listingOf(buckets: S3Buckets, paths: readonly string[], selection: LogSelection): PathListing {
  return new PathListing(paths, {
    selection,
    listS3: (path) => listS3(buckets, S3Location.parse(path), selection, { onNote: () => undefined }),
  });
}

const { window: _window, ...SETTINGS } = DEFAULT_SETTINGS;

/** Starts jobs as threads do, each with a DuckDB of its own, but in this thread, where faults can be put in. */
export function jobsHere(
  lake: string,
  { store, now, commitEvery, lakeOptions, again, match, provenance }: S3RunChanges & Pick<S3RunChanges, "store">,
): JobStarter {
  return (host, name) => {
    let job: IngestJob | undefined;
    let order: "stop" | "halt" | undefined;
    const work = async (): Promise<JobEnd> => {
      if (store === undefined) throw new Error("a job needs a store");
      const duckdb = await openDuckDb({ threads: 1 });
      try {
        const stage = new LakeStage({
          folder: stagingFolder(lake, name),
          columns: duckdbColumns(networkActivity),
          compression: "zstd",
          converter: async () => duckdb.connection,
          ...(lakeOptions?.onStep === undefined ? {} : { onStep: lakeOptions.onStep }),
        });
        job = new IngestJob(
          {
            settings: { ...SETTINGS, accountFromStream: false, formats: COMMON_FORMATS },
            buffering: { processingBytes: 200_000, objectBytes: 4_000_000 },
            spoolBytes: 16_000_000,
            spoolFolder: spoolFolder(lake, name),
            stage,
            lakeRegion: "local",
            again: again ?? false,
            provenance: provenance ?? false,
            store,
            now: now ?? (() => Date.UTC(2026, 9, 15)),
            commitEvery: commitEvery ?? 20_000,
            ...(match === undefined ? {} : { match }),
          },
          host,
        );
        if (order !== undefined) job[order]();
        return await job.run();
      } finally {
        duckdb.close();
      }
    };
    const tell = (what: "stop" | "halt"): void => {
      order = what;
      job?.[what]();
    };
    return { done: work(), stop: () => tell("stop"), halt: () => tell("halt"), kill: async () => {} };
  };
}

/** Keys whose bytes were asked for, in order. */
export function fetched(s3: S3Service): string[] {
  return s3.calls.flatMap((call) => {
    const [method, key = "", status = ""] = call.split(" ");
    return method === "GET" && key !== "list" && status.startsWith("2") ? [key] : [];
  });
}

export function lakeIn(folder: string): string {
  return join(folder, "lake");
}
