import { type InventorySnapshot, SNAPSHOT_SUFFIX } from "@tributary/context";
import { Command } from "commander";
import { groupRules, type InventoryRows, interfaceStates, inventoryCounts } from "../inventory/inventory-rows.js";
import { type KeptInventory, keepInventory } from "../inventory/keep-inventory.js";
import { loadInventory } from "../inventory/load-inventory.js";
import { type OutputOptions, printKept, printRows } from "../inventory/print-inventory.js";
import { openTerminal } from "../terminal-context.js";
import { collectCommand } from "./inventory-collect.js";
import {
  forceOption,
  keepOption,
  keepOptions,
  outOption,
  outputOption,
  severalForOneFile,
  tagOption,
} from "./inventory-options.js";
import { isoTime } from "./options.js";

interface ImportOptions extends OutputOptions {
  readonly out: string;
  readonly asOf?: number;
  readonly tag?: readonly string[];
  readonly keep: number;
  readonly force?: boolean;
}

interface ShowOptions extends OutputOptions {
  readonly interface?: string;
  readonly group?: string;
}

const EXAMPLES = `
Examples:
  tributary inventory collect --region eu-central-1               of the account you are signed in to, into ./inventory
  tributary inventory collect --region eu-central-1 --role-arn arn:aws:iam::444455556666:role/read-network
  tributary inventory collect --print-policy                      the IAM policy that this needs
  tributary inventory import ./descriptions --out ./inventory     from files with the output of aws ec2 describe-…
  tributary inventory show ./inventory --group web                what it holds`;

const IMPORT_NOTES = `
Files, one or more of each, however named (entries of a prefix list: with the list's id in the file's name):
  aws ec2 describe-network-interfaces      aws ec2 describe-managed-prefix-lists
  aws ec2 describe-security-groups         aws ec2 get-managed-prefix-list-entries --prefix-list-id pl-…
  aws ec2 describe-security-group-rules    aws ec2 describe-network-acls
  aws ec2 describe-instances (for names)`;

/** The inventory of interfaces, groups, rules and network ACLs that explains flows. */
export function inventoryCommand(): Command {
  return new Command("inventory")
    .description("Keep an inventory of interfaces and security groups, which explains flows")
    .addCommand(collectCommand())
    .addCommand(importCommand())
    .addCommand(showCommand())
    .addHelpText("after", EXAMPLES);
}

function importCommand(): Command {
  return new Command("import")
    .description("Make an inventory of files with the output of aws ec2 describe-…")
    .argument("<path...>", "files and folders")
    .addOption(outOption())
    .option("--as-of <iso>", "when the files were written; else the time of the newest", isoTime)
    .addOption(tagOption())
    .addOption(keepOption())
    .addOption(forceOption())
    .addOption(outputOption())
    .addHelpText("after", IMPORT_NOTES)
    .action(async (paths: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ImportOptions>();
      const terminal = openTerminal(options.color);
      const { asOf, tag } = options;
      const found = await loadInventory(paths, {
        ...(asOf === undefined ? {} : { asOf }),
        ...(tag === undefined ? {} : { tags: tag }),
      });
      if (options.out.endsWith(SNAPSHOT_SUFFIX) && found.length > 1) throw severalForOneFile(options.out, found.length);
      const kept: KeptInventory[] = [];
      // The oldest first, as they would have been collected.
      const inOrder = [...found].sort((a, b) => a.collectedAt - b.collectedAt);
      for (const snapshot of inOrder) kept.push(await keepInventory(options.out, snapshot, keepOptions(options)));
      await printKept(kept, options, terminal);
    });
}

function showCommand(): Command {
  return new Command("show")
    .description("Show what an inventory holds")
    .argument("<path...>", "snapshots, files with the output of aws ec2 describe-…, or folders of them")
    .option("--interface <which>", "states of an interface, by id, instance, address or name")
    .option("--group <which>", "rules of a security group, by id or name")
    .addOption(outputOption())
    .addHelpText("after", EXAMPLES)
    .action(async (paths: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ShowOptions>();
      const terminal = openTerminal(options.color);
      if (options.interface !== undefined && options.group !== undefined) {
        command.error("error: give --interface or --group, not both");
      }
      const snapshots = await loadInventory(paths);
      await printRows(rowsToShow(snapshots, options), options, terminal);
    });
}

function rowsToShow(snapshots: readonly InventorySnapshot[], options: ShowOptions): InventoryRows {
  if (options.interface !== undefined) return interfaceStates(snapshots, options.interface);
  return options.group === undefined ? inventoryCounts(snapshots) : groupRules(snapshots, options.group);
}
