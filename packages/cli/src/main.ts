import { writeSync } from "node:fs";
import { TributaryError } from "@tributary/flow";
import { Command, CommanderError } from "commander";
import { demoCommand } from "./commands/demo.js";
import { explainCommand } from "./commands/explain.js";
import { grepCommand } from "./commands/grep.js";
import { inventoryCommand } from "./commands/inventory.js";
import { lakeCommand } from "./commands/lake.js";
import { queryCommand } from "./commands/query.js";
import { runCommand } from "./commands/run.js";
import { sampleCommand } from "./commands/sample.js";
import { ExitCode, exitCodeOf } from "./exit-code.js";
import { safeText } from "./terminal/safe-text.js";

const HELP = `
Start with:
  tributary run ./logs              read VPC and Azure flow logs into ./lake
  tributary query --list            see what can be asked
  tributary query top-talkers       and ask it
  tributary grep 10.0.0.5 ./logs    flows straight from the logs, without a lake
  tributary explain --help          why a flow was let through, and who may reach a port

Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 wrong configuration, 4 partly done, 130 interrupted.`;

function program(): Command {
  const root = new Command("tributary")
    .description("AWS VPC and Azure network flow logs into one lake as OCSF, and answers from it.")
    .version("0.1.0")
    .option("--no-color", "plain text (also NO_COLOR)")
    .addHelpText("after", HELP);
  const commands = [
    runCommand(),
    queryCommand(),
    grepCommand(),
    explainCommand(),
    inventoryCommand(),
    lakeCommand(),
    sampleCommand(),
    demoCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  for (const command of [root, ...root.commands, ...root.commands.flatMap((each) => each.commands)]) {
    command.exitOverride().showHelpAfterError("(--help shows what can be given)");
  }
  return root;
}

/** Node's own code when nothing is left to wait for and the command is not done; it says nothing then. */
const UNSETTLED = 13;
process.on("exit", (code) => {
  if (code !== UNSETTLED && process.exitCode !== UNSETTLED) return;
  process.exitCode = ExitCode.failed;
  writeSync(2, "tributary: stopped before it was done: run the same command again, and report this if it stays\n");
});

try {
  await program().parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCodeOf(error);
  // Commander has already said what is wrong with the arguments.
  if (!(error instanceof CommanderError) && process.exitCode !== 130) {
    const { message } = error as Error;
    process.stderr.write(`tributary: ${message.split("\n").map(safeText).join("\n")}\n`);
    if (!(error instanceof TributaryError) && process.env["TRIBUTARY_DEBUG"] !== undefined) console.error(error);
  }
}
