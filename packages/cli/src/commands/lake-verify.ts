import { TributaryError } from "@tributary/flow";
import { problem, recordChecksums, type Verification, verifyLake } from "@tributary/lake";
import { Command, Option } from "commander";
import { ExitCode } from "../exit-code.js";
import { type Inspection, inspectLake } from "../lake-care/inspect-lake.js";
import { printJson, printRows } from "../lake-care/print-rows.js";
import { FINDING_COLUMNS, verificationPage } from "../lake-care/verification-page.js";
import { parseRowFormat, ROW_FORMATS, type RowFormat } from "../terminal/table.js";
import { formatCount } from "../terminal/units.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { workOnLake } from "./lake-work.js";
import { folder, memory, positiveInteger } from "./options.js";
import { QUERY_DEFAULTS } from "./query.js";

interface VerifyCommandOptions {
  readonly lake: string;
  readonly quick?: boolean;
  readonly record?: boolean;
  readonly memory: number;
  readonly threads?: number;
  readonly output: RowFormat;
  readonly color: boolean;
}

const EXAMPLES = `
Examples:
  tributary lake verify               every file, checksum and row of ./lake against its manifest
  tributary lake verify --quick       presence and sizes only
  tributary lake verify --record      and give files of version 0.1.0 the checksum they lack
  tributary lake verify -o jsonl      one finding a line, for a script

Nothing is changed, and a run may write meanwhile. Only --record writes: checksums of files that were found well.
Exit codes: 0 the lake holds, 4 there are problems, each with its remedy, 130 interrupted.`;

export function lakeVerifyCommand(): Command {
  return new Command("verify")
    .description("Whether a lake still holds what was committed to it")
    .option("-l, --lake <dir>", "the lake's folder", folder, folder("lake"))
    .option("--quick", "presence and sizes only")
    .addOption(new Option("--record", "record checksums of files that have none").conflicts("quick"))
    .option("--memory <size>", "what DuckDB may use, at least 64MB", memory, QUERY_DEFAULTS.memory)
    .option("--threads <n>", "what DuckDB may use", positiveInteger)
    .addOption(new Option("-o, --output <form>", "of the findings").choices([...ROW_FORMATS]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<VerifyCommandOptions>();
      const terminal = openTerminal(options.color);
      const verification = await verified(options, terminal);
      await print(verification, options, terminal);
      if (verification.problems > 0) process.exitCode = ExitCode.partly;
      if (verification.interrupted) process.exitCode = ExitCode.interrupted;
    });
}

async function verified(options: VerifyCommandOptions, terminal: Terminal): Promise<Verification> {
  const { lake: path, memory: memoryBytes, threads } = options;
  const given = { folder: path, memory: memoryBytes, terminal, ...(threads === undefined ? {} : { threads }) };
  try {
    if (options.record !== true) return await inspectLake(given, (inspection) => verify(inspection, options));
    return await workOnLake({ ...given, whenStopped: "no file after the one in hand." }, async (work) => {
      const verification = await verify({ ...work, connection: await work.lake.converter() }, options);
      const mark = { run: "verify --record", at: new Date().toISOString() };
      const count = await recordChecksums(work.lake, verification.withoutChecksum, mark, work.signal);
      work.progress.clear();
      terminal.note(`checksums recorded: ${formatCount(count)}`);
      return verification;
    });
  } catch (error) {
    if (!(error instanceof TributaryError) || error.code !== "damaged-manifest") throw error;
    return damagedManifest(path, error.message);
  }
}

function verify(
  { lake, connection, progress, signal }: Inspection,
  { quick = false }: VerifyCommandOptions,
): Promise<Verification> {
  return verifyLake({
    lake,
    connection,
    quick,
    signal,
    onProgress: ({ bytes, ...rest }) => progress.update({ bytesDone: bytes, ...rest }),
  });
}

/** Nothing else can be told of a lake whose manifest cannot be read. */
function damagedManifest(path: string, message: string): Verification {
  return {
    findings: [problem("damaged-manifest", path, message)],
    more: 0,
    problems: 1,
    files: 0,
    flows: 0,
    bytes: 0,
    parkedFiles: 0,
    inputs: 0,
    withoutChecksum: [],
    interrupted: false,
  };
}

async function print(verification: Verification, options: VerifyCommandOptions, terminal: Terminal): Promise<void> {
  const format = parseRowFormat(options.output);
  if (format === "json") {
    const { withoutChecksum, ...rest } = verification;
    await printJson({ ...rest, withoutChecksum: withoutChecksum.length }, terminal);
  } else if (format === "table") {
    const page = verificationPage(verification, { quick: options.quick === true }, terminal.out);
    terminal.stdout.write(`${page}\n`);
  } else {
    await printRows(FINDING_COLUMNS, verification.findings, format, terminal);
  }
}
