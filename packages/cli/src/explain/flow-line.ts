import {
  COMMON_FORMATS,
  FormatCandidates,
  FormatError,
  isVpcHeader,
  Parked,
  splitExportTime,
  VpcFlow,
  VpcFormat,
} from "@tributary/flow";

/** A flow of a log, and when it was, ms since the epoch. */
export interface LoggedFlow {
  readonly flow: VpcFlow;
  readonly time: number;
}

/**
 * Reads one line of a VPC flow log as people paste it: with or without its header before it, in a `{"message":…}` wrapper, or as
 * CloudWatch exports it. `time` stands for lines that have none. Throws FormatError with the line and what to do.
 */
export function readFlowLine(
  content: string,
  formats: readonly VpcFormat[] | undefined,
  time: number | undefined,
): LoggedFlow {
  const lines = unwrapped(content)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const [header, ...rest] = lines;
  const hasHeader = lines.length === 2 && header !== undefined && isVpcHeader(header.split(/[\s,]+/));
  const [only, ...others] = hasHeader ? rest : lines;
  if (only === undefined) throw new FormatError("no-flow", "there is no flow-log line: give one, in quotes");
  if (others.length > 0) {
    throw new FormatError("several-flows", `${lines.length} lines: give one at a time, with its header or without`);
  }
  const exported = splitExportTime(only);
  const fromHeader = hasHeader ? VpcFormat.fromHeader(header) : undefined;
  const candidates = fromHeader === undefined ? (formats ?? COMMON_FORMATS) : [fromHeader];
  const read = new FormatCandidates(candidates).parse(exported.line);
  if (read instanceof Parked) throw new FormatError(read.reason, `${read.message}: ${JSON.stringify(only)}`);
  if (!(read instanceof VpcFlow)) {
    throw new FormatError(
      "no-flow",
      `this line says that nothing was recorded, so there is nothing to explain: ${only}`,
    );
  }
  const start = read.start === undefined ? undefined : read.start * 1000;
  const at = start ?? exported.time ?? time;
  if (at === undefined) {
    throw new FormatError(
      "no-time",
      `the line has no start time: say when it was with --time: ${JSON.stringify(only)}`,
    );
  }
  return { flow: read, time: at };
}

/** The line in a Firehose record. */
function unwrapped(content: string): string {
  if (!content.trimStart().startsWith("{")) return content;
  try {
    const { message } = JSON.parse(content) as { readonly message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // Said below.
  }
  throw new FormatError("no-flow", 'this JSON has no "message" with a flow-log line: give the line itself, in quotes');
}
