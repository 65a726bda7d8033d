import { COMMON_FORMATS, type FlowMatch, type VpcFormat } from "@tributary/flow";
import { Command, Option } from "commander";
import { ExitCode } from "../exit-code.js";
import { FlowSearch } from "../grep/flow-search.js";
import { countPieces, flowPieces, SEARCH_FORMS, type SearchForm } from "../grep/search-output.js";
import { searchSummary } from "../grep/search-summary.js";
import { STANDARD_INPUT } from "../ingest/input-files.js";
import { inputStore } from "../ingest/input-store.js";
import { interruption } from "../interruption.js";
import { writePieces } from "../terminal/broken-pipe.js";
import { safeText } from "../terminal/safe-text.js";
import { openTerminal } from "../terminal-context.js";
import { type MatchOptions, matchOptions, matchTerms, parseMatch } from "./match-options.js";
import { positiveInteger, vpcFormats } from "./options.js";
import { listingOf } from "./source-listing.js";
import { type SourceOptions, type SourceRequest, sourceOptions, sourceRequest } from "./source-options.js";

interface GrepOptions extends MatchOptions, SourceOptions {
  readonly format?: readonly VpcFormat[];
  readonly count?: boolean;
  readonly limit?: number;
  readonly output: SearchForm;
  readonly color: boolean;
}

const EXAMPLES = `
Examples:
  tributary grep 198.51.100.7 ./logs                     every flow from or to an address
  tributary grep 10.0.0.0/8 ./logs --match 22,3389       and one of these ports
  tributary grep src:203.0.113.0/24 ./logs -m dst:443 -m reject
  tributary grep --match-file indicators.txt ./logs      addresses and CIDRs from a list, one a line
  tributary grep eni-0a1b2c3d4e5f60718 ./logs -o csv > flows.csv
  tributary grep 198.51.100.7 s3://my-logs/AWSLogs --from 2d --account 111122223333
  zcat old.log.gz | tributary grep 47.0.0.0/8,protocol:47 - --count

Terms: an address or CIDR (IPv4, IPv6), a port or a range of ports, eni-…, a MAC, an account (12 digits, or a subscription's GUID),
a protocol (tcp, udp, icmp, gre, protocol:47), accept, reject; src: or dst: before an address, CIDR or port. Commas mean or.
Addresses are looked for in srcaddr, dstaddr, pkt-srcaddr and pkt-dstaddr.
Exit codes: 0 all searched, also when nothing is found, 2 wrong usage, 3 a list that cannot be used, 4 a file could not be read,
            130 interrupted.`;

/** Prints the flows of logs that match, as they are found; no lake is made. */
export function grepCommand(): Command {
  const command = new Command("grep")
    .description("Print the flows of logs that match, without a lake")
    .argument("<match>", "what to look for; left out with --match or --match-file")
    .argument("[path...]", "files, folders and s3://bucket/prefix, as run takes them; - is standard input");
  matchOptions(command);
  sourceOptions(command);
  return command
    .option("-f, --format <fields>", "field list of lines without a header; may be repeated", vpcFormats)
    .option("-c, --count", "only the number of each file that has any")
    .option("-n, --limit <n>", "stop after so many flows", positiveInteger)
    .addOption(new Option("-o, --output <form>", "of the flows").choices([...SEARCH_FORMS]).default("text"))
    .addHelpText("after", EXAMPLES)
    .action(async (first: string, rest: readonly string[], _options: unknown, called: Command) => {
      const options = called.optsWithGlobals<GrepOptions>();
      const { match, paths } = whatAndWhere(first, rest, options, called);
      const wanted = await parseMatch({ ...options, match });
      if (wanted === undefined) called.error("error: say what to look for");
      else process.exitCode = await search(wanted, paths, options, sourceRequest(called, Date.now()));
    });
}

/** The first argument is what to look for, unless an option says that and it is a path. */
function whatAndWhere(
  first: string,
  rest: readonly string[],
  { match = [], matchFile = [] }: GrepOptions,
  command: Command,
): { readonly match: NonNullable<MatchOptions["match"]>; readonly paths: readonly string[] } {
  if (rest.length > 0) {
    const isTerm = match.length + matchFile.length === 0 || isTerms(first);
    return isTerm ? { match: [...terms(first, command), ...match], paths: rest } : { match, paths: [first, ...rest] };
  }
  if (match.length + matchFile.length > 0) return { match, paths: [first] };
  return command.error("error: where? give files or folders after what to look for, or - for standard input");
}

function isTerms(text: string): boolean {
  try {
    matchTerms(text, undefined);
    return true;
  } catch {
    return false;
  }
}

function terms(text: string, command: Command): NonNullable<MatchOptions["match"]> {
  try {
    return matchTerms(text, undefined);
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`);
  }
}

async function search(
  match: FlowMatch,
  paths: readonly string[],
  options: GrepOptions,
  request: SourceRequest,
): Promise<ExitCode> {
  const terminal = openTerminal(options.color);
  const { from, to, accounts } = request.selection;
  const [account, ...others] = accounts ?? [];
  const onNote = (note: string) => terminal.note(safeText(note), terminal.err.warning("note:"));
  const flows = new FlowSearch({
    match,
    formats: options.format ?? COMMON_FORMATS,
    ...(account === undefined || others.length > 0 ? {} : { account }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    onNote,
  });
  // Nothing is kept that would have to be finished.
  const { end } = interruption(() => process.exit(ExitCode.interrupted));
  try {
    const report = { problem: flows.problem.bind(flows), outside: () => undefined };
    const found = flows.flows({
      inputs: listingOf(paths, { except: [], request, onNote }).inputs(report),
      store: inputStore(request.s3),
      ...(paths.includes(STANDARD_INPUT) ? { standardInput: process.stdin } : {}),
    });
    const output = {
      form: options.output,
      style: terminal.out,
      width: terminal.width,
      note: (text: string) => terminal.note(text),
    };
    await writePieces(terminal.stdout, options.count === true ? countPieces(found, output) : flowPieces(found, output));
  } finally {
    end();
  }
  terminal.note(searchSummary(flows));
  return flows.problems.length > 0 ? ExitCode.partly : ExitCode.ok;
}
