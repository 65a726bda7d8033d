import { findGaps, lakeStatus } from "@tributary/lake";
import { Command, Option } from "commander";
import { duration } from "../lake-care/age-option.js";
import { inspectLake } from "../lake-care/inspect-lake.js";
import { printJson, printRows } from "../lake-care/print-rows.js";
import { GAP_NOTE, statusPage } from "../lake-care/status-page.js";
import { STATUS_COLUMNS, statusRows } from "../lake-care/status-rows.js";
import { parseRowFormat, ROW_FORMATS, type RowFormat } from "../terminal/table.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { folder, memory, positiveInteger } from "./options.js";
import { QUERY_DEFAULTS } from "./query.js";

interface StatusCommandOptions {
  readonly lake: string;
  readonly gaps: boolean;
  readonly gap: number;
  readonly limit: number;
  readonly memory: number;
  readonly threads?: number;
  readonly output: RowFormat;
  readonly color: boolean;
}

const HOUR = 3_600_000;

const EXAMPLES = `
Examples:
  tributary lake status                         of ./lake, with gaps longer than an hour
  tributary lake status --gap 15m --limit 100   shorter gaps, and more of them
  tributary lake status --no-gaps               only what the manifest knows: at once, however large the lake
  tributary lake status -o json | jq .status.accounts

A gap lies between two flows of an account, or of an interface. ${GAP_NOTE}`;

export function lakeStatusCommand(): Command {
  return new Command("status")
    .description("What a lake holds: sizes, accounts, days, and gaps in time")
    .option("-l, --lake <dir>", "the lake's folder", folder, folder("lake"))
    .addOption(
      new Option("--gap <duration>", "stretches without any flow that are longer than this")
        .argParser(duration)
        .default(HOUR, "1h"),
    )
    .option("--no-gaps", "do not look for gaps, which reads all flows")
    .option("--limit <n>", "gaps of accounts, and of interfaces, to show at most", positiveInteger, 20)
    .option("--memory <size>", "what DuckDB may use, at least 64MB", memory, QUERY_DEFAULTS.memory)
    .option("--threads <n>", "what DuckDB may use", positiveInteger)
    .addOption(new Option("-o, --output <form>", "of the result").choices([...ROW_FORMATS]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<StatusCommandOptions>();
      await showStatus(options, openTerminal(options.color));
    });
}

async function showStatus(options: StatusCommandOptions, terminal: Terminal): Promise<void> {
  const { gap: longerThan, limit, threads } = options;
  const inspection = {
    folder: options.lake,
    memory: options.memory,
    terminal,
    ...(threads === undefined ? {} : { threads }),
  };
  const { status, gaps } = await inspectLake(inspection, async ({ lake, connection, progress, signal }) => {
    const held = await lakeStatus(lake);
    if (!options.gaps) return { status: held, gaps: undefined };
    const onProgress = ({
      bytes,
      ...rest
    }: {
      readonly bytes: number;
      readonly bytesTotal: number;
      readonly flows: number;
    }) => progress.update({ bytesDone: bytes, ...rest });
    const found = await findGaps({ lake, connection, longerThan, limit, signal, onProgress });
    return { status: held, gaps: { ...found, longerThan } };
  });
  const format = parseRowFormat(options.output);
  if (format === "json") {
    await printJson({ status, ...(gaps === undefined ? {} : { gaps: { ...gaps, note: GAP_NOTE } }) }, terminal);
  } else if (format === "table") {
    const page = statusPage({
      status,
      ...(gaps === undefined ? {} : { gaps }),
      now: Date.now(),
      style: terminal.out,
      ...(terminal.width === undefined ? {} : { width: terminal.width }),
    });
    terminal.stdout.write(`${page}\n`);
  } else {
    await printRows(STATUS_COLUMNS, statusRows(status, gaps), format, terminal);
  }
}
