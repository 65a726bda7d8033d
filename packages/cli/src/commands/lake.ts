import { Command } from "commander";
import { lakeCompactCommand } from "./lake-compact.js";
import { lakeEnrichCommand } from "./lake-enrich.js";
import { lakePruneCommand } from "./lake-prune.js";
import { lakeStatusCommand } from "./lake-status.js";
import { lakeVerifyCommand } from "./lake-verify.js";

export function lakeCommand(): Command {
  return new Command("lake")
    .description("Look after a lake: what it holds, whether it holds, and how much space it takes")
    .addCommand(lakeStatusCommand())
    .addCommand(lakeVerifyCommand())
    .addCommand(lakeCompactCommand())
    .addCommand(lakePruneCommand())
    .addCommand(lakeEnrichCommand());
}
