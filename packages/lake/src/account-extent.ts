import { eachDayBetween } from "./event-day.js";
import { type FilesSize, sizeOf } from "./files-size.js";
import { groupedBy } from "./grouped-by.js";
import type { ParquetFile } from "./manifest-entry.js";

/** What some Parquet files hold of one account. */
export interface AccountExtent extends FilesSize {
  /** As the partition names it. */
  readonly account: string;
  /** Days with flows. */
  readonly days: number;
  /** yyyyMMdd. */
  readonly firstDay: string;
  readonly lastDay: string;
}

/** Some Parquet files by the account of their partitions, in the order of accounts. */
export function byAccount(parquet: readonly ParquetFile[]): readonly (readonly [string, readonly ParquetFile[]])[] {
  return [...groupedBy(parquet, ({ partition }) => partition.accountId)].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function extentOf(account: string, parquet: readonly ParquetFile[]): AccountExtent {
  const days = [...daysOf(parquet)].sort();
  return { account, days: days.length, firstDay: days[0] ?? "", lastDay: days.at(-1) ?? "", ...sizeOf(parquet) };
}

/** The days between the first and the last of some files that none of them is of, yyyyMMdd. */
export function missingDaysOf(account: AccountExtent, parquet: readonly ParquetFile[]): readonly string[] {
  const days = daysOf(parquet);
  return [...eachDayBetween(account.firstDay, account.lastDay)].filter((day) => !days.has(day));
}

function daysOf(parquet: readonly ParquetFile[]): ReadonlySet<string> {
  return new Set(parquet.map(({ partition }) => partition.eventDay));
}
