import { Command } from "commander";
import { writeSample } from "../sample/write-sample.js";
import { formatBytes, formatCount } from "../terminal/units.js";
import { openTerminal } from "../terminal-context.js";
import { folder, wholeNumber } from "./options.js";
import { shortPath } from "./run-summary.js";

interface SampleOptions {
  readonly flows: number;
  readonly out: string;
  readonly seed: string;
  readonly color: boolean;
}

const EXAMPLES = `
Examples:
  tributary sample --flows 200000 --out ./sample
  tributary sample --flows 5_000_000 --out ./large --seed 7

One small estate over three days: web servers, a database, a bastion, a NAT gateway, scanners, IPv6, rejects, in two AWS
accounts and an Azure subscription. The same seed gives the same flows.`;

export function sampleCommand(): Command {
  return new Command("sample")
    .description("Write realistic flow logs, and the inventory of their network, to try things with")
    .requiredOption("-n, --flows <n>", "how many flows, VPC lines and Azure tuples together", wholeNumber)
    .requiredOption("-o, --out <dir>", "a new or empty folder", folder)
    .option("--seed <text>", "what the flows are drawn from", "1")
    .addHelpText("after", EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const { flows, out, seed, color } = command.optsWithGlobals<SampleOptions>();
      const terminal = openTerminal(color);
      const written = await writeSample({ flows, out, seed });
      terminal.stdout.write(
        `${formatCount(written.flows)} flows of ${written.days.length} days in ${formatCount(written.files)} files, ${formatBytes(written.bytes)}, below ${shortPath(out)}\n` +
          `Next: ${terminal.out.command(`tributary run ${shortPath(out)} --inventory ${shortPath(written.inventory)}`)}\n`,
      );
    });
}
