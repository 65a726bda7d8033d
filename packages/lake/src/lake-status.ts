import { stat } from "node:fs/promises";
import { compactionPlan } from "./compaction-plan.js";
import { eachDayBetween } from "./event-day.js";
import { readInventory } from "./inventory-store.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout } from "./lake-layout.js";
import { filesUnder } from "./lake-recovery.js";
import type { ParquetFile } from "./manifest-entry.js";

/** What a lake holds of one account. */
export interface AccountStatus {
  /** As the partition names it. */
  readonly account: string;
  /** Days are yyyyMMdd. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly days: number;
  /** Days between the first and the last without any flow. */
  readonly missingDays: readonly string[];
  readonly files: number;
  readonly flows: number;
  readonly bytes: number;
}

export interface LakeStatus {
  readonly folder: string;
  readonly source: string;
  readonly region: string;
  readonly commits: number;
  readonly flows: number;
  readonly files: number;
  readonly partitions: number;
  readonly bytes: number;
  readonly accounts: readonly AccountStatus[];
  /** What `compactLake` would merge with its usual target. */
  readonly compactable: { readonly partitions: number; readonly files: number; readonly bytes: number };
  readonly parked: {
    readonly files: number;
    readonly flows: number;
    readonly reasons: Readonly<Record<string, number>>;
  };
  readonly inputs: {
    readonly known: number;
    readonly complete: number;
    /** Read in part: their runs were stopped, or a line of theirs is unfinished. */
    readonly unfinished: number;
    /** Inputs of which only matching flows were kept, by what was searched for. */
    readonly searched: Readonly<Record<string, number>>;
  };
  /** Flows that were removed with their days; null when some of them could not be counted. */
  readonly prunedFlows: number | null;
  readonly inventories: readonly { readonly account: string; readonly region: string; readonly collectedAt: number }[];
  /** What runs under way, or interrupted ones, have in their working folders. */
  readonly working: { readonly files: number; readonly bytes: number };
}

/** What a lake holds, from its manifest: no flow is read. Throws what `readInventory` throws and what `lakeFailure` explains. */
export async function lakeStatus(lake: Lake): Promise<LakeStatus> {
  return explained(lake.folder, async () => {
    const files = lake.parquetFiles();
    const plans = compactionPlan(files).flatMap(({ groups }) => groups);
    const pruned = [...lake.state.pruned.values()];
    return {
      folder: lake.folder,
      source: lake.settings.source,
      region: lake.settings.region,
      commits: lake.state.commit,
      ...sizeOf(files),
      partitions: new Set(files.map(({ partition }) => `${partition.accountId}/${partition.eventDay}`)).size,
      accounts: accountsOf(files),
      compactable: {
        partitions: compactionPlan(files).length,
        files: plans.reduce((sum, group) => sum + group.files.length, 0),
        bytes: plans.reduce((sum, group) => sum + group.bytes, 0),
      },
      parked: parkedOf(lake),
      inputs: inputsOf(lake),
      prunedFlows: pruned.includes(null) ? null : pruned.reduce((sum: number, rows) => sum + (rows ?? 0), 0),
      inventories: (await readInventory(lake.folder)).map(({ accountId, region, collectedAt }) => ({
        account: accountId,
        region,
        collectedAt,
      })),
      working: await workingOf(lake),
    };
  });
}

function sizeOf(files: readonly ParquetFile[]) {
  return {
    flows: files.reduce((sum, { rows }) => sum + rows, 0),
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function accountsOf(files: readonly ParquetFile[]): readonly AccountStatus[] {
  const accounts = new Map<string, ParquetFile[]>();
  for (const file of files) {
    const { accountId } = file.partition;
    const known = accounts.get(accountId);
    if (known === undefined) accounts.set(accountId, [file]);
    else known.push(file);
  }
  return [...accounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, own]) => {
      const days = new Set(own.map(({ partition }) => partition.eventDay));
      const sorted = [...days].sort();
      const [firstDay = "", lastDay = ""] = [sorted[0], sorted.at(-1)];
      const missingDays = [...eachDayBetween(firstDay, lastDay)].filter((day) => !days.has(day));
      return { account, firstDay, lastDay, days: days.size, missingDays, ...sizeOf(own) };
    });
}

function parkedOf(lake: Lake): LakeStatus["parked"] {
  const reasons: Record<string, number> = {};
  let flows = 0;
  for (const { reason, entries } of lake.parkedFiles()) {
    reasons[reason] = (reasons[reason] ?? 0) + entries;
    flows += entries;
  }
  return { files: lake.parkedFiles().length, flows, reasons };
}

function inputsOf(lake: Lake): LakeStatus["inputs"] {
  const searched: Record<string, number> = {};
  let complete = 0;
  for (const input of lake.inputs().values()) {
    if (input.complete) complete++;
    if (input.match !== undefined) searched[input.match] = (searched[input.match] ?? 0) + 1;
  }
  const known = lake.inputs().size;
  return { known, complete, unfinished: known - complete, searched };
}

/** Where the command keeps documents before their conversion. */
const SPOOL = ".tributary/spool";

async function workingOf(lake: Lake): Promise<LakeStatus["working"]> {
  let files = 0;
  let bytes = 0;
  for (const folder of [LakeLayout.staging, SPOOL]) {
    for await (const name of filesUnder(lake.folder, folder)) {
      // A run beside this one may have removed it.
      const found = await stat(inLake(lake.folder, name)).catch(() => undefined);
      if (found === undefined) continue;
      files++;
      bytes += found.size;
    }
  }
  return { files, bytes };
}
