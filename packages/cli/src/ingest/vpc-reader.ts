import {
  COMMON_FORMATS,
  FormatError,
  isVpcHeader,
  type LineBatch,
  LineMatcher,
  type LineSieve,
  splitExportTime,
  VpcFormat,
} from "@tributary/flow";
import type { FlowReader, ReadParked, ReadRecord } from "./flow-reader.js";
import { lineParts, linesOf, NEWLINE } from "./line-chunks.js";
import { addLines, type DeliveryTime, lineDelivery } from "./line-delivery.js";
import { unknownFieldsNote } from "./unknown-fields.js";

const BYTE_ORDER_MARK = 0xfeff;

/**
 * Reads a file of flow-log lines: with a header, without one, or with CloudWatch's export time before each line. A header may stand
 * again where files were joined. With a match, most lines that it does not want are left out as bytes.
 */
export const readVpcLines: FlowReader = async function* (source, from, context) {
  const { lines: delivery, time } = lineDelivery(context);
  let fields = typeof from.details["fields"] === "string" ? from.details["fields"] : undefined;
  const owner = delivery.account ?? context.account;
  const matcher =
    context.match === undefined ? undefined : LineMatcher.of(context.match, context.formats ?? COMMON_FORMATS);
  let sieve = matcher?.sieve(fields, owner);
  let noted = false;
  const noteUnknownFields = (header: string): void => {
    const note = noted ? undefined : noteOf(header);
    if (note === undefined) return;
    noted = true;
    context.onNote(note);
  };
  for await (const { content, first, ...position } of lineParts(source, from)) {
    const records: ReadRecord[] = [];
    const parked: ReadParked[] = [];
    let notMatched = 0;
    let run = new LineRun();
    const flush = (): void => {
      const batch: LineBatch = { ...delivery, ...run.batch(time), ...(fields === undefined ? {} : { fields }) };
      addLines(batch, context, { records, parked });
      run = new LineRun();
    };
    const take = (raw: string, number: number): void => {
      // A byte order mark also stands where a file that has one was joined to another.
      const exported = splitExportTime(raw.charCodeAt(0) === BYTE_ORDER_MARK ? raw.slice(1) : raw);
      const { line } = exported;
      if (startsLikeName(line) && isVpcHeader(line.trim().split(/[ \t]+/)) && line.trim().includes(" ")) {
        flush();
        fields = line.trim();
        sieve = matcher?.sieve(fields, owner);
        noteUnknownFields(fields);
      } else if (line.trim() !== "") {
        if (matcher?.isUnwanted(line, fields, owner)) {
          notMatched++;
          return;
        }
        if (!run.accepts(exported.time)) flush();
        run.add(line, number, exported.time);
      }
    };
    if (matcher === undefined) for (const [index, raw] of linesOf(content).entries()) take(raw, first + index);
    else {
      // `take` counts, too: `+=` alone would forget that.
      const leftOut = sifted(content, first, () => sieve, take);
      notMatched += leftOut;
    }
    flush();
    const details = { ...position.details, ...(fields === undefined ? {} : { fields }) };
    yield {
      records,
      parked,
      ...position,
      details,
      ...(notMatched === 0 ? {} : { skipped: { "not-matched": notMatched } }),
    };
  }
};

/** Takes the lines that the sieve, the one for the header in force, does not leave out. Gives how many it does. */
function sifted(
  content: Buffer,
  first: number,
  sieveInForce: () => LineSieve | undefined,
  take: (raw: string, number: number) => void,
): number {
  let leftOut = 0;
  let number = first;
  const end = content.lastIndexOf(NEWLINE) + 1;
  for (let at = 0; at < end; number++) {
    const sieve = sieveInForce();
    if (sieve?.isUnwanted(content, at)) {
      leftOut++;
      at = sieve.end + 1;
    } else {
      const next = content.indexOf(NEWLINE, at) + 1;
      for (const raw of linesOf(content.subarray(at, next))) take(raw, number);
      at = next;
    }
  }
  if (end < content.length) for (const raw of linesOf(content.subarray(end))) take(raw, number);
  return leftOut;
}

function noteOf(header: string): string | undefined {
  try {
    return unknownFieldsNote(VpcFormat.parse(header));
  } catch (error) {
    // The lines below such a header are parked, with what is wrong with it.
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Lines in a row under one header, all of them exported with a time or none. */
class LineRun {
  readonly lines: string[] = [];
  readonly #ids: number[] = [];
  readonly #times: number[] = [];

  accepts(time: number | undefined): boolean {
    return this.lines.length === 0 || (time !== undefined) === this.#times.length > 0;
  }

  add(line: string, id: number, time: number | undefined): void {
    this.lines.push(line);
    this.#ids.push(id);
    if (time !== undefined) this.#times.push(time);
  }

  /** `delivered` stands in where the lines were not exported with a time each. */
  batch(delivered: DeliveryTime): Pick<LineBatch, "ids" | "lines" | "time" | "timeBasis"> {
    const { lines } = this;
    if (this.#times.length > 0) {
      return { ids: this.#ids, lines, time: this.#times, timeBasis: "log-event" };
    }
    return { ids: this.#ids, lines, ...delivered };
  }
}

function startsLikeName(line: string): boolean {
  const code = line.charCodeAt(0) | 32;
  return (code >= 97 && code <= 122) || line.startsWith("${") || line.startsWith(" ");
}
