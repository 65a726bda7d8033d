import { ConfigurationError } from "@tributary/flow";
import { QueryCatalogue, type QueryEngine, type QueryResult, runSavedQuery, type SavedQuery } from "@tributary/lake";
import { Command, Option } from "commander";
import { withLakeEngine } from "../lake-engine.js";
import { queriesFolder } from "../project-folder.js";
import { writePieces } from "../terminal/broken-pipe.js";
import { isoTimes } from "../terminal/iso-times.js";
import { formatRows, parseRowFormat, ROW_FORMATS, type RowFormat } from "../terminal/table.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { folder, memory, parameter, positiveInteger } from "./options.js";

export interface QueryOptions {
  readonly lake: string;
  readonly param?: Readonly<Record<string, string>>;
  readonly list?: boolean;
  readonly show?: boolean;
  readonly sql?: string;
  readonly output: RowFormat;
  readonly rows: number;
  readonly memory: number;
  readonly threads?: number;
  readonly color: boolean;
}

const MB = 1_000_000;

export const QUERY_DEFAULTS = { memory: 2000 * MB, rows: 1000, output: "table" } as const;

const EXAMPLES = `
Examples:
  tributary query --list                                   what can be asked
  tributary query top-talkers                              of ./lake, its newest 7 days
  tributary query address --param address=10.0.2.219 --param days=30
  tributary query port-scan --output csv > scans.csv
  tributary query --sql "select src, dst, dport, action from traffic limit 5"
  tributary query --sql "select to_json(flows) from flows limit 1" --output jsonl

Views: traffic (flat, for people), flows (OCSF, every attribute), flows_deduplicated, ingest (what each file gave), parked;
of the inventory: security_group_rules (each day's), newest_rules (each once), interfaces.
Relative days count from the newest day in the lake.`;

export function queryCommand(): Command {
  return new Command("query")
    .description("Ask a saved question, or any SQL")
    .argument("[name]", "a saved query, see --list")
    .option("-l, --lake <dir>", "the lake's folder", folder, folder("lake"))
    .option("-p, --param <name=value>", "a parameter of the query; may be repeated", parameter)
    .option("--list", "list the saved queries with their parameters")
    .option("--show", "print the SQL of the query instead of running it")
    .option("--sql <text>", "run this DuckDB SQL")
    .addOption(new Option("-o, --output <form>", "of the rows").choices([...ROW_FORMATS]).default("table"))
    .option("--rows <n>", "rows that a table shows at most", positiveInteger, QUERY_DEFAULTS.rows)
    .option("--memory <size>", "what DuckDB may use, at least 64MB", memory, QUERY_DEFAULTS.memory)
    .option("--threads <n>", "what DuckDB may use", positiveInteger)
    .addHelpText("after", EXAMPLES)
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<QueryOptions>();
      const terminal = openTerminal(options.color);
      if (Number(name !== undefined) + Number(options.sql !== undefined) + Number(options.list === true) !== 1) {
        command.error("error: give the name of a saved query, or --sql, or --list");
      }
      const catalogue = await QueryCatalogue.read(queriesFolder());
      if (options.list === true) await listQueries(catalogue, options, terminal);
      else if (options.show === true && name !== undefined) terminal.stdout.write(catalogue.get(name).text);
      else await ask(name === undefined ? undefined : catalogue.get(name), options, terminal);
    });
}

async function listQueries(catalogue: QueryCatalogue, options: QueryOptions, terminal: Terminal): Promise<void> {
  const rows = catalogue
    .list()
    .map(({ name, answers, parameters }) => [
      name,
      answers,
      parameters.map((one) => `${one.name}=${one.default}`).join(" "),
    ]);
  await print(
    ["query", "answers", "parameters"].map((column) => ({ name: column, type: "VARCHAR" })),
    only(rows),
    options,
    terminal,
  );
}

async function* only<T>(batch: T): AsyncGenerator<T> {
  yield batch;
}

/** The rows to their end; an engine that is interrupted may just stop giving them. Throws the signal's reason. */
async function* whole<T>(chunks: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
  signal.throwIfAborted();
}

/** Answers a saved query, or the SQL of the options, on stdout. */
export async function ask(query: SavedQuery | undefined, options: QueryOptions, terminal: Terminal): Promise<void> {
  const limits = {
    memoryLimit: `${Math.ceil(options.memory / MB)}MB`,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  };
  await withLakeEngine(options.lake, limits, async (engine, signal) => {
    const result = await start(engine, query, options, signal);
    await print(result.columns, whole(result.chunks, signal), options, terminal);
    if (query !== undefined && options.output === "table" && terminal.width !== undefined) {
      terminal.note(query.read, terminal.err.muted("How to read it:"));
    }
  });
}

function start(
  engine: QueryEngine,
  query: SavedQuery | undefined,
  options: QueryOptions,
  signal: AbortSignal,
): Promise<QueryResult> {
  if (query !== undefined) return runSavedQuery(engine, query, options.param ?? {}, { signal });
  if (options.param !== undefined) {
    throw new ConfigurationError("no-parameters", "--param goes with a saved query: write the value into the SQL text");
  }
  return engine.query(options.sql ?? "", { signal });
}

async function print(
  columns: QueryResult["columns"],
  rows: AsyncIterable<readonly (readonly unknown[])[]>,
  { output, rows: tableRows }: QueryOptions,
  terminal: Terminal,
): Promise<void> {
  const pieces = formatRows(columns, isoTimes(columns, rows), parseRowFormat(output), {
    color: terminal.out.color,
    tableRows,
    note: (text) => terminal.note(text),
    ...(terminal.width === undefined ? {} : { width: terminal.width }),
  });
  await writePieces(terminal.stdout, pieces);
}
