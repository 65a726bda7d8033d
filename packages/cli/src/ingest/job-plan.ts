import { FlowExplainer, type InventorySnapshot } from "@tributary/context";
import { COMMON_FORMATS, FlowMatch, type MatchTerm, VpcFormat } from "@tributary/flow";
import type { Compression } from "@tributary/lake";
import { DEFAULT_SETTINGS, type TransformSettings } from "@tributary/transform";
import type { S3Settings } from "../s3/s3-client.js";
import type { JobOptions } from "./ingest-job.js";
import { inputStore } from "./input-store.js";
import type { LocalBuffering } from "./local-stream.js";

/** What every job of a run is to do, in plain values, so that threads can be told. */
export interface JobPlan {
  /** The lake's folder and the region in its paths. */
  readonly lake: string;
  readonly lakeRegion: string;
  readonly compression: Compression;
  /** What the DuckDB of a job may use, bytes and threads. */
  readonly memory: number;
  readonly threads: number;
  readonly buffering: LocalBuffering;
  readonly spoolBytes: number;
  /** Field lists of lines without a header; the common ones when absent. */
  readonly formats?: readonly string[];
  readonly account?: string;
  readonly region?: string;
  readonly observables: boolean;
  readonly inventory: readonly InventorySnapshot[];
  /** As `FlowMatch.of` takes it. */
  readonly match?: readonly (readonly MatchTerm[])[];
  readonly s3: S3Settings;
  readonly again: boolean;
  readonly provenance: boolean;
  readonly arrivalTime?: number;
  readonly commitEvery: number;
}

/** What a job of the plan is given, but for its stage. */
export function jobOptions(plan: JobPlan): Omit<JobOptions, "stage" | "spoolFolder" | "settings"> {
  const { buffering, spoolBytes, lakeRegion, again, provenance, arrivalTime, commitEvery, match, s3 } = plan;
  return {
    buffering,
    spoolBytes,
    lakeRegion,
    again,
    provenance,
    commitEvery,
    store: inputStore(s3),
    now: Date.now,
    ...(arrivalTime === undefined ? {} : { arrivalTime }),
    ...(match === undefined ? {} : { match: FlowMatch.of(match) }),
  };
}

export function planFormats({ formats }: Pick<JobPlan, "formats">): readonly VpcFormat[] {
  return formats?.map((fields) => VpcFormat.parse(fields)) ?? COMMON_FORMATS;
}

/** The transformation's settings; with an inventory this takes a while. */
export function planSettings(plan: JobPlan): TransformSettings {
  const { account, region, observables, inventory } = plan;
  // Old files are what a local run is for, and its partitions cost nothing: no window around the arrival.
  const { window: _window, ...defaults } = DEFAULT_SETTINGS;
  return {
    ...defaults,
    accountFromStream: false,
    formats: planFormats(plan),
    observables,
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(inventory.length === 0 ? {} : { context: new FlowExplainer(inventory) }),
  };
}
