import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { QueryCatalogue } from "@tributary/lake";
import { Command } from "commander";
import { queriesFolder } from "../project-folder.js";
import { writeSample } from "../sample/write-sample.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { ingestInto } from "./ingest-into.js";
import { folder } from "./options.js";
import { ask, QUERY_DEFAULTS } from "./query.js";
import { printSummary, RUN_DEFAULTS } from "./run.js";
import { shortPath } from "./run-summary.js";

const FLOWS = 200_000;
const ANSWERS = ["rejects-by-verdict", "why-accepted", "remote-access-from-internet"] as const;
const ANSWER_ROWS = "5";

/** What `npm start` does: a sample, a lake, three answers. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("Make a sample of 200,000 flows, read it into ./lake and answer three questions")
    .action(async (_options: unknown, command: Command) => {
      const { color } = command.optsWithGlobals<{ readonly color: boolean }>();
      const terminal = openTerminal(color);
      const sample = folder("sample");
      const lake = folder("lake");
      await makeSample(sample, terminal);
      const options = {
        ...RUN_DEFAULTS,
        lake,
        inventory: [join(sample, "inventory")],
        output: "table",
        color,
        request: { selection: {}, s3: {} },
      } as const;
      await printSummary(await ingestInto([sample], options, terminal), "table", terminal);
      const catalogue = await QueryCatalogue.read(queriesFolder());
      for (const name of ANSWERS) {
        terminal.stdout.write(`\n${terminal.out.command(`tributary query ${name}`)}\n`);
        await ask(catalogue.get(name), { ...QUERY_DEFAULTS, lake, color, param: { rows: ANSWER_ROWS } }, terminal);
      }
      terminal.stdout.write(nextSteps(terminal));
    });
}

/** The sample is written beside and moved into place, so that one that was interrupted is not taken for whole. */
async function makeSample(sample: string, terminal: Terminal): Promise<void> {
  if (existsSync(sample)) {
    terminal.note(`Using the flow logs that are in ${shortPath(sample)}.`);
    return;
  }
  const partial = `${sample}.partial`;
  await rm(partial, { recursive: true, force: true });
  await writeSample({ flows: FLOWS, out: partial, seed: "1" });
  await rename(partial, sample);
}

function nextSteps({ out }: Terminal): string {
  const step = (command: string, what: string): string => `  ${out.muted(`# ${what}`)}\n  ${out.command(command)}\n`;
  return [
    `\n${out.heading("Next")}\n`,
    step("npx tributary query --list", "what else can be asked"),
    step(
      "npx tributary explain --target db-1 --port 5432 --lake ./lake",
      "who may reach a port, by which rule, and who did",
    ),
    step(
      "npx tributary run ./flow-logs --lake ./my-lake",
      "your own files, AWS and Azure: name the files or their folder",
    ),
    step(
      "npx tributary run s3://YOUR-BUCKET/AWSLogs --from 7d --lake ./my-lake",
      "or the last week of a bucket; --dry-run says before what it takes",
    ),
    step("npx tributary query top-talkers --lake ./my-lake", "and answers from them"),
  ].join("");
}
