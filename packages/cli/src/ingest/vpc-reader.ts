import { packLineBatch } from "@tributary/delivery";
import { isVpcHeader, type LineBatch, parseVpcLogKey, splitExportTime } from "@tributary/flow";
import type { ByteSource } from "./byte-source.js";
import type { FlowReader, ReadPosition, ReadStep } from "./flow-reader.js";
import { UnreadableInput } from "./input-problem.js";
import { lineChunks } from "./line-chunks.js";

const NEWLINE = 10;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Reads a file of flow-log lines: with a header, without one, or with CloudWatch's export time before each line. A header may stand
 * again where files were joined.
 */
export const readVpcLines: FlowReader = async function* (source, from, context) {
  const logKey = parseVpcLogKey(context.path);
  const { account, region, time: slot } = logKey ?? {};
  const time: DeliveryTime =
    slot !== undefined
      ? { time: slot, timeBasis: "file-name" }
      : context.arrivalTime !== undefined
        ? { time: context.arrivalTime, timeBasis: "arrival" }
        : {};
  const delivery = {
    key: context.key,
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
  };
  let fields = typeof from.details["fields"] === "string" ? from.details["fields"] : undefined;
  let lineNumber = from.line;
  for await (const chunk of lineChunks(continued(source, from), from.position)) {
    const records: ReadStep["records"][number][] = [];
    let run = new LineRun();
    const flush = (): void => {
      if (run.lines.length > 0) {
        const batch: LineBatch = { ...delivery, ...run.batch(time), ...(fields === undefined ? {} : { fields }) };
        records.push(...packLineBatch(batch, context.responseBudgetBytes));
      }
      run = new LineRun();
    };
    for (const raw of chunk.lines) {
      lineNumber++;
      // A byte order mark also stands where a file that has one was joined to another.
      const exported = splitExportTime(raw.charCodeAt(0) === BYTE_ORDER_MARK ? raw.slice(1) : raw);
      const { line } = exported;
      if (startsLikeName(line) && isVpcHeader(line.trim().split(/[ \t]+/)) && line.trim().includes(" ")) {
        flush();
        fields = line.trim();
      } else if (line.trim() !== "") {
        run.add(line, lineNumber, exported.time);
      }
    }
    flush();
    yield {
      records,
      parked: [],
      position: chunk.position,
      line: lineNumber,
      details: { ...from.details, ...(fields === undefined ? {} : { fields }), unterminated: chunk.unterminated },
    };
  }
};

/** The time of a file as a whole, if anything says one. */
type DeliveryTime = Pick<LineBatch, "time" | "timeBasis">;

/** Lines in a row under one header. */
class LineRun {
  readonly lines: string[] = [];
  readonly #ids: number[] = [];
  readonly #times: (number | undefined)[] = [];

  add(line: string, id: number, time: number | undefined): void {
    this.lines.push(line);
    this.#ids.push(id);
    this.#times.push(time);
  }

  /** `delivered` stands in where the lines were not exported with a time each. */
  batch(delivered: DeliveryTime): Pick<LineBatch, "ids" | "lines" | "time" | "timeBasis"> {
    const { lines } = this;
    if (this.#times.every((time) => time !== undefined)) {
      return { ids: this.#ids, lines, time: this.#times, timeBasis: "log-event" };
    }
    return { ids: this.#ids, lines, ...delivered };
  }
}

function startsLikeName(line: string): boolean {
  const code = line.charCodeAt(0) | 32;
  return (code >= 97 && code <= 122) || line.startsWith("${") || line.startsWith(" ");
}
