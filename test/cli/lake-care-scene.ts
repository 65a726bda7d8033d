import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { tributary } from "./command.js";
import { put, START, vpcLine, workFolder } from "./local-run.js";

const DAY = 86_400;

/** A folder with `logs` and a `lake` of two runs: two files of one day, another day five days later, a second account, a parked line. */
export async function careScene(): Promise<{ readonly cwd: string; readonly lake: string; readonly logs: string }> {
  const cwd = workFolder();
  const log = (n: number, day = 0, account?: string) =>
    `${vpcLine(n, { start: START + day * DAY + n, ...(account === undefined ? {} : { account }) })}\n`;
  const web = put(cwd, "logs/web.log", `${log(1)}${log(2)}${log(7200)}broken\n`);
  put(cwd, "logs/other.log", log(3, 5, "444455556666"));
  await tributary(["run", "logs", "--jobs", "1"], { cwd });
  appendFileSync(web, `${log(4)}${log(5, 5)}`);
  await tributary(["run", "logs", "--jobs", "1"], { cwd });
  return { cwd, lake: join(cwd, "lake"), logs: join(cwd, "logs") };
}
