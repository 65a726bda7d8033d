import { existsSync } from "node:fs";
import { type Direction, FlowExplainer, hasPorts } from "@tributary/context";
import { ConfigurationError, type VpcFormat } from "@tributary/flow";
import { readInventory } from "@tributary/lake";
import { Command, Option } from "commander";
import { type Explained, explainFlow } from "../explain/explain-flow.js";
import { explainTarget } from "../explain/explain-target.js";
import { jsonOutput } from "../explain/explained-json.js";
import { readFlowLine } from "../explain/flow-line.js";
import { lakeUse } from "../explain/lake-use.js";
import { reportMarkdown } from "../explain/report-markdown.js";
import { reportText } from "../explain/report-text.js";
import { addressOrBlock, portNumber, protocolNumber } from "../explain/service-options.js";
import { type TargetQuestion, targetInterfaces } from "../explain/target-question.js";
import { type WindowStart, windowStart } from "../explain/time-window.js";
import { loadInventory } from "../inventory/load-inventory.js";
import { formatCount } from "../terminal/units.js";
import { openTerminal, type Terminal } from "../terminal-context.js";
import { folder, isoTime, vpcFormats } from "./options.js";
import { shortPath } from "./run-summary.js";

const DAY_MS = 86_400_000;

const FORMS = ["text", "markdown", "json"] as const;
const TCP = 6;
const ALL_PROTOCOLS = -1;
/** A name may be that of thousands of interfaces; nobody reads so many reports, and each asks the lake. */
const MOST_TARGETS = 20;

interface ExplainOptions {
  readonly target?: string;
  readonly port?: number;
  readonly protocol: number;
  readonly src?: string;
  readonly dst?: string;
  readonly direction?: Direction;
  readonly inventory?: string;
  readonly lake?: string;
  readonly from: WindowStart;
  readonly format?: readonly VpcFormat[];
  readonly time?: number;
  readonly output: (typeof FORMS)[number];
  readonly color: boolean;
}

const EXAMPLES = `
Examples:
  tributary explain --inventory ./inventory "2 111122223333 eni-0a1b2c3d 203.0.113.7 10.0.1.5 40022 22 6 1 40 1792281600 1792281660 REJECT OK"
  tributary explain --lake ./lake --target web-1 --port 443       who may reach it, who did, and what is open but unused
  tributary explain --lake ./lake --target 10.20.20.31 --port 5432 --src 10.20.0.0/16 --output markdown
  tributary explain --inventory ./inventory --target i-0a1b2c3d --port 443 --dst 0.0.0.0/0     who it may reach

With --dst alone, or --direction egress, it tells where the target may go. The inventory is the one given, or that of the lake.
Exit codes: 0 explained (also when it says that nothing explains it), 1 a line that cannot be read, 2 wrong usage,
            3 unknown target, no inventory, or a lake that ends before --from.`;

/** Why one flow was let through or stopped; or who may use a service, and who did. */
export function explainCommand(): Command {
  return new Command("explain")
    .description("Explain a flow, or who may reach a port and who did, by security-group rules")
    .argument("[line]", "a line of a VPC flow log, in quotes; - reads it from standard input")
    .option("-i, --inventory <path>", "snapshots, or files with the output of aws ec2 describe-…", folder)
    .option("-l, --lake <dir>", "a lake: its inventory, and its flows for --target", folder)
    .option("-f, --format <fields>", "field list of the line; may be repeated", vpcFormats)
    .option("--time <iso>", "of a line that has none; with --target, as of then", isoTime)
    .option("--target <which>", "i-…, eni-…, an address or a name")
    .option("--port <n>", "the service of the target", portNumber)
    .addOption(
      new Option("--protocol <name>", "tcp, udp, icmp, all or a number").argParser(protocolNumber).default(TCP, "tcp"),
    )
    .option("--src <cidr>", "only from this address or block", addressOrBlock)
    .option("--dst <cidr>", "only to this address or block", addressOrBlock)
    .addOption(new Option("--direction <way>", "seen from the target").choices(["ingress", "egress"]))
    .addOption(
      new Option("--from <when>", "flows since then: 7d before the newest day, or a time")
        .argParser(windowStart)
        .default({ before: 7 * DAY_MS }, "7d"),
    )
    .addOption(new Option("-o, --output <form>", "of the answer").choices([...FORMS]).default("text"))
    .addHelpText("after", EXAMPLES)
    .action(async (line: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ExplainOptions>();
      const terminal = openTerminal(options.color);
      if ((line === undefined) === (options.target === undefined)) {
        command.error("error: give a flow-log line in quotes, or --target with --port");
      }
      const explained =
        line === undefined
          ? await explainedTarget(question(options, command), options, terminal)
          : [await explainedLine(line, options, terminal)];
      write(explained, options, terminal, line === undefined);
    });
}

function question(options: ExplainOptions, command: Command): TargetQuestion {
  const { target = "", port, protocol, src, dst } = options;
  if (hasPorts(protocol) && port === undefined) {
    command.error("error: which port? give --port, for instance --port 443, or --protocol all");
  }
  const direction = options.direction ?? (dst !== undefined && src === undefined ? "egress" : "ingress");
  const [peer, own] = direction === "ingress" ? [src, dst] : [dst, src];
  if (own?.includes("/")) {
    command.error(`error: ${own} is a block, but stands for the target's own end: give one of its addresses`);
  }
  return { target, direction, protocol: protocol === ALL_PROTOCOLS ? undefined : protocol, port, peer, own };
}

async function explainedLine(line: string, options: ExplainOptions, terminal: Terminal): Promise<Explained> {
  const content = line === "-" ? await standardInput() : line;
  const logged = readFlowLine(content, options.format, options.time);
  return explainFlow(logged, await explainer(options, terminal));
}

/** A flow-log line with its header is far shorter. */
const MOST_INPUT = 1_000_000;

async function standardInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += chunk;
    if (text.length > MOST_INPUT) {
      throw new ConfigurationError("several-flows", "standard input is longer than a flow-log line: give one line");
    }
  }
  return text;
}

async function explainedTarget(
  asked: TargetQuestion,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<readonly Explained[]> {
  const explains = await explainer(options, terminal);
  const all = targetInterfaces(explains, asked);
  const interfaces = all.slice(0, MOST_TARGETS);
  if (all.length > interfaces.length) {
    terminal.note(
      `${formatCount(all.length)} interfaces are called ${JSON.stringify(asked.target)}: the first ${MOST_TARGETS} are explained, ${formatCount(all.length - MOST_TARGETS)} left out. Name one by its id (eni-… or i-…) or an address, or give one of its addresses with ${asked.direction === "ingress" ? "--dst" : "--src"}.`,
      terminal.err.warning("note:"),
    );
  }
  const time = options.time ?? Math.max(...explains.snapshots.map(({ collectedAt }) => collectedAt));
  const lake = lakeOf(options);
  const uses = lake === undefined ? undefined : await lakeUse(lake, asked, interfaces, options.from);
  if (lake !== undefined && uses === undefined)
    terminal.note(`${shortPath(lake)} holds no flows`, terminal.err.warning("note:"));
  return interfaces.flatMap((on, index) => explainTarget(asked, on, explains, time, uses?.[index]) ?? []);
}

/** The lake in its usual place, unless another one or an inventory is named. */
function lakeOf({ lake, inventory }: ExplainOptions): string | undefined {
  const usual = folder("lake");
  return lake ?? (inventory === undefined && existsSync(usual) ? usual : undefined);
}

async function explainer(options: ExplainOptions, terminal: Terminal): Promise<FlowExplainer> {
  if (options.inventory !== undefined) return new FlowExplainer(await loadInventory(options.inventory));
  const lake = lakeOf(options);
  const snapshots = lake === undefined ? [] : await readInventory(lake);
  if (lake === undefined || snapshots.length === 0) {
    const held = lake === undefined ? "there is no inventory" : `${shortPath(lake)} holds no inventory`;
    throw new ConfigurationError(
      "no-inventory",
      `${held}: give --inventory with snapshots or the output of aws ec2 describe-…, or a --lake that was made with one`,
    );
  }
  if (options.lake === undefined) terminal.note(`Using the inventory of ${shortPath(lake)}.`);
  return new FlowExplainer(snapshots);
}

function write(explained: readonly Explained[], { output }: ExplainOptions, terminal: Terminal, isList: boolean): void {
  const { stdout } = terminal;
  if (output === "json") {
    const json = explained.map((each) => each.json);
    stdout.write(jsonOutput(isList ? json : json[0]));
  } else if (output === "markdown") {
    stdout.write(explained.map(({ report }) => reportMarkdown(report)).join("\n"));
  } else {
    stdout.write(explained.map(({ report }) => reportText(report, terminal.width, terminal.out)).join("\n"));
  }
}
