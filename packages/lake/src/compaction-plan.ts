import { groupedBy } from "./grouped-by.js";
import type { ParkedFile, ParquetFile } from "./manifest-entry.js";

/** 128 MB: what engines like to read at once. */
export const TARGET_BYTES = 128_000_000;

/** More would be open at the same time than usual limits allow. */
const MAX_FILES = 500;

/** Files that are to become one. */
export interface MergeGroup<F> {
  readonly files: readonly F[];
  readonly bytes: number;
}

/** What compaction does to one partition. */
export interface PartitionPlan {
  readonly accountId: string;
  readonly eventDay: string;
  readonly groups: readonly MergeGroup<ParquetFile>[];
}

export interface PlanOptions {
  /** Bytes of a merged file at most. Files of half of it and more stay as they are. */
  readonly targetBytes?: number;
  /** Only days before this one (yyyyMMdd). */
  readonly before?: string;
}

/**
 * The partitions where merging helps, by account and day: those with at least two small files of the same columns. Files come together in
 * the order of their commits.
 */
export function compactionPlan(
  files: readonly ParquetFile[],
  { targetBytes = TARGET_BYTES, before }: PlanOptions = {},
): readonly PartitionPlan[] {
  const wanted = files.filter(({ partition }) => before === undefined || partition.eventDay < before);
  const partitions = groupedBy(wanted, ({ partition }) => `${partition.accountId} ${partition.eventDay}`);
  const plans: PartitionPlan[] = [];
  for (const [, together] of [...partitions].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const alike = [...groupedBy(together, ({ schema }) => schema).values()];
    const groups = alike.flatMap((same) => mergeGroups(same, targetBytes));
    const partition = together[0]?.partition;
    if (partition !== undefined && groups.length > 0) plans.push({ ...partition, groups });
  }
  return plans;
}

/** A file of parked entries and its size. */
export interface SizedParked extends ParkedFile {
  readonly bytes: number;
}

/** Groups of small files of parked entries, of one reason each. */
export function parkedPlan(
  files: readonly SizedParked[],
  targetBytes = TARGET_BYTES,
): readonly MergeGroup<SizedParked>[] {
  return [...groupedBy(files, ({ reason }) => reason).values()].flatMap((alike) => mergeGroups(alike, targetBytes));
}

/**
 * Fills one group after the other. The next is begun only when a group has more than half of the target, so that there is less to do the next
 * time, or as many files as may be open.
 */
function mergeGroups<F extends { readonly path: string; readonly bytes: number }>(
  files: readonly F[],
  targetBytes: number,
): readonly MergeGroup<F>[] {
  const small = files.filter(({ bytes }) => bytes < targetBytes / 2);
  const groups: { files: F[]; bytes: number }[] = [];
  for (const file of small.sort((a, b) => (fileName(a) < fileName(b) ? -1 : 1))) {
    const last = groups.at(-1);
    if (last === undefined || last.bytes + file.bytes > targetBytes || last.files.length >= MAX_FILES) {
      groups.push({ files: [file], bytes: file.bytes });
    } else {
      last.files.push(file);
      last.bytes += file.bytes;
    }
  }
  return groups.filter((group) => group.files.length > 1);
}

/** Begins with the number of its commit. */
function fileName({ path }: { readonly path: string }): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
