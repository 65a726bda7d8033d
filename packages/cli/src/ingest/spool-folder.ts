import { join } from "node:path";
import { LakeLayout } from "@tributary/lake";

/** Where a job of this name keeps documents that wait on disk; without a name, where all jobs do. */
export function spoolFolder(lake: string, job = ""): string {
  return join(lake, LakeLayout.spool, job);
}
