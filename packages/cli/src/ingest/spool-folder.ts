import { join } from "node:path";

/** Where a job of this name keeps documents that wait on disk; without a name, where all jobs do. */
export function spoolFolder(lake: string, job = ""): string {
  return join(lake, ".tributary", "spool", job);
}
