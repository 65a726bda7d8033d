import { Parked, type Skipped } from "../outcome.js";
import { FIELDS_UP_TO_VERSION, VPC_FIELDS } from "./vpc-fields.js";
import type { VpcFlow } from "./vpc-flow.js";
import { VpcFormat } from "./vpc-format.js";

/** The 14 fields of a flow log created without a custom format. */
export const DEFAULT_FORMAT = VpcFormat.of(VPC_FIELDS.slice(0, 14));

/** The 29 version 2 to 5 fields in alphabetical order: what the console's "Select all" used to produce. */
export const SELECT_ALL_FORMAT = VpcFormat.of(VPC_FIELDS.slice(0, 29).toSorted());

/**
 * The formats tried on lines without a header when none is configured: the default, "Select all", and all fields up to a version in
 * table order.
 */
export const COMMON_FORMATS: readonly VpcFormat[] = [
  DEFAULT_FORMAT,
  SELECT_ALL_FORMAT,
  ...Object.entries(FIELDS_UP_TO_VERSION)
    .filter(([version]) => version !== "2")
    .map(([, count]) => VpcFormat.of(VPC_FIELDS.slice(0, count))),
];

/**
 * The formats that header-less lines may have: Firehose records name none. The one that takes a line is found by field count and by
 * what its values may be; a line that none or several take is parked.
 */
export class FormatCandidates {
  readonly #byCount = new Map<number, VpcFormat[]>();
  readonly #formats: readonly VpcFormat[];
  /** The format that took the last line, with the others of its field count: lines of one flow log come in runs. */
  #last: { readonly format: VpcFormat; readonly rivals: readonly VpcFormat[] } | undefined;

  constructor(formats: readonly VpcFormat[]) {
    this.#formats = formats;
    for (const format of formats) {
      const same = this.#byCount.get(format.fields.length);
      if (same === undefined) this.#byCount.set(format.fields.length, [format]);
      else if (!same.some((other) => other.fields.join() === format.fields.join())) same.push(format);
    }
  }

  parse(text: string, from = 0, to = text.length): VpcFlow | Skipped | Parked {
    if (this.#last !== undefined) {
      const { format, rivals } = this.#last;
      const result = format.parse(text, from, to);
      if (!(result instanceof Parked) && !rivals.some((rival) => rival.takes(text, from, to))) return result;
    }
    return this.#choose(text.slice(from, to));
  }

  #choose(line: string): VpcFlow | Skipped | Parked {
    const candidates = this.#byCount.get(fieldCount(line));
    const [first] = candidates ?? [];
    if (candidates === undefined || first === undefined) return this.#noFit(line);
    const fitting = candidates.filter((format) => format.takes(line));
    const [only] = fitting;
    if (fitting.length > 1) return ambiguous(line, fitting);
    if (only === undefined) return TRANSIT_GATEWAY_LINE.test(line) ? transitGatewayLine(line) : first.parse(line);
    this.#last = { format: only, rivals: candidates.filter((format) => format !== only) };
    return only.parse(line);
  }

  #noFit(line: string): Parked {
    if (TRANSIT_GATEWAY_LINE.test(line)) return transitGatewayLine(line);
    const counts = this.#formats.map((format) => format.fields.length).join(", ");
    return new Parked(
      "no-format-fits",
      `${fieldCount(line)} fields, but the configured formats have ${counts}: add this flow log's format`,
      line,
    );
  }
}

function ambiguous(line: string, formats: readonly VpcFormat[]): Parked {
  const starts = formats.map((format) => `${format.fields.slice(0, 3).join(" ")} …`).join("; ");
  return new Parked(
    "ambiguous-format",
    `${formats.length} configured formats take this line (${starts}): configure only the one that this flow log has`,
    line,
  );
}

const TRANSIT_GATEWAY_LINE = / tgw-[0-9a-z]+ tgw-attach-/;

/** What every line of a transit gateway flow log is parked as. */
export function transitGatewayLine(line: string): Parked {
  return new Parked(
    "transit-gateway",
    "a transit gateway flow log, which is another record type than VPC flow logs: leave it out",
    line,
  );
}

function fieldCount(line: string): number {
  let count = 0;
  let inside = false;
  for (let i = 0; i < line.length; i++) {
    const space = line.charCodeAt(i) === 32;
    if (!space && !inside) count++;
    inside = !space;
  }
  return count;
}
