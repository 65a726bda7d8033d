import { join } from "node:path";
import { ConfigurationError } from "@tributary/flow";

/** Where rows belong: `accountId` as Security Lake wants it (12 digits or `external_<id>`), `eventDay` as `yyyyMMdd`. */
export interface Partition {
  readonly accountId: string;
  readonly eventDay: string;
}

/** Names of the lake's files, relative to its folder and with `/`, as the manifest keeps them. */
export const LakeLayout = {
  settings: ".tributary/lake.json",
  lock: ".tributary/lock",
  manifest: ".tributary/manifest",
  origin: ".tributary/origin",
  staging: ".tributary/staging",
  /** Where documents wait for their conversion. */
  spool: ".tributary/spool",
  errors: "errors",
  data: "ext",
  inventory: "inventory",
  snapshots: "inventory/snapshots",

  /** The Security Lake path of a Parquet file (custom-source rules, "Objects"). */
  parquet(source: string, region: string, partition: Partition, name: string): string {
    const { accountId, eventDay } = checkedPartition(partition);
    return `ext/${source}/1.0/region=${region}/accountId=${accountId}/eventDay=${eventDay}/${name}.parquet`;
  },

  /** The origin file of a Parquet file: which input each row came from. */
  originOf(parquet: string): string {
    return `.tributary/origin/${parquet.slice(parquet.lastIndexOf("/") + 1)}`;
  },

  parkedFile(reason: string, name: string): string {
    return `errors/${pathSegment("reason", reason)}/${name}.jsonl`;
  },
} as const;

/** The partition, if its values can stand in a path. Throws `bad-partition`. */
export function checkedPartition(partition: Partition): Partition {
  const { accountId, eventDay } = partition;
  pathSegment("accountId", accountId);
  if (/^\d{8}$/.test(eventDay)) return partition;
  throw new ConfigurationError("bad-partition", `eventDay ${JSON.stringify(eventDay)} is no day: write it as yyyyMMdd`);
}

/** Checks that a value can stand alone in a path of the lake, on disk and in S3. Throws `bad-partition`. */
export function pathSegment(what: string, value: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}$/.test(value)) {
    throw new ConfigurationError(
      "bad-partition",
      `${what} ${JSON.stringify(value)} cannot be part of a path: use letters, digits, "_", "-", ":" and "." only`,
    );
  }
  return value;
}

/** The place on disk of a name of the lake. */
export function inLake(folder: string, name: string): string {
  return join(folder, ...name.split("/"));
}
