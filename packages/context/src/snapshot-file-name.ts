import type { InventorySnapshot } from "./inventory.js";

/** How the name of every snapshot file ends. */
export const SNAPSHOT_SUFFIX = ".inventory";

/** How those in the bucket of a deployment end. */
export const BUCKET_SNAPSHOT_SUFFIX = ".snapshot";

/** `111122223333_eu-central-1.inventory`: one file for each account and region. */
export function snapshotFileName({ accountId, region }: Pick<InventorySnapshot, "accountId" | "region">): string {
  return `${accountId}_${region}${SNAPSHOT_SUFFIX}`;
}
