import { stat } from "node:fs/promises";
import { type AccountExtent, byAccount, extentOf, missingDaysOf } from "./account-extent.js";
import { compactionPlan } from "./compaction-plan.js";
import { sizeOf } from "./files-size.js";
import { readInventory } from "./inventory-store.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout } from "./lake-layout.js";
import { filesUnder } from "./lake-recovery.js";
import type { ParquetFile } from "./manifest-entry.js";

/** What a lake holds of one account. */
export interface AccountStatus extends AccountExtent {
  /** Days between the first and the last without any flow, yyyyMMdd. */
  readonly missingDays: readonly string[];
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
    const pruned = [...lake.state.pruned.values()];
    return {
      folder: lake.folder,
      source: lake.settings.source,
      region: lake.settings.region,
      commits: lake.state.commit,
      ...sizeOf(files),
      partitions: new Set(files.map(({ partition }) => `${partition.accountId}/${partition.eventDay}`)).size,
      accounts: accountsOf(files),
      compactable: compactableOf(files),
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

function accountsOf(files: readonly ParquetFile[]): readonly AccountStatus[] {
  return byAccount(files).map(([account, own]) => {
    const extent = extentOf(account, own);
    return { ...extent, missingDays: missingDaysOf(extent, own) };
  });
}

function compactableOf(files: readonly ParquetFile[]): LakeStatus["compactable"] {
  const plans = compactionPlan(files);
  const small = plans.flatMap(({ groups }) => groups).flatMap((group) => group.files);
  return { partitions: plans.length, files: small.length, bytes: sizeOf(small).bytes };
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

async function workingOf(lake: Lake): Promise<LakeStatus["working"]> {
  let files = 0;
  let bytes = 0;
  for (const folder of [LakeLayout.staging, LakeLayout.spool]) {
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
