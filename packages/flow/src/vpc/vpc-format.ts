import { addressInfo } from "../ip-address.js";
import { type Parked, Skipped } from "../outcome.js";
import { FormatError } from "../tributary-error.js";
import { misfit } from "./misfit.js";
import {
  isTransitGatewayHeader,
  isVpcHeader,
  PERCENT_ENCODED,
  VPC_FIELDS,
  type VpcField,
  vpcField,
} from "./vpc-fields.js";
import { VpcFlow } from "./vpc-flow.js";

const SPACE = 32;
const DASH = 45;
const READ_ALL = -1;
const MAX_ACCOUNT = 999_999_999_999;
const MAX_DIGITS = 16;
const ACTIONS = ["ACCEPT", "REJECT"] as const;
const LOG_STATUSES = ["OK", "NODATA", "SKIPDATA"] as const;
const DIRECTIONS = ["ingress", "egress"] as const;

/** A flow log's list of fields, compiled into a parser of its lines. */
export class VpcFormat {
  /** Canonical names; a name that no known version defines is kept in lower case with `-`. */
  readonly fields: readonly string[];
  /** Names outside versions 2 to 11; their values are kept, under these names, among `others`. */
  readonly unknownFields: readonly string[];
  readonly #slots: readonly number[];
  /** Takes what `takes` reads, which nobody looks at. */
  #trial: VpcFlow | undefined;

  private constructor(fields: readonly string[]) {
    this.fields = fields;
    const canonical: readonly string[] = VPC_FIELDS;
    this.#slots = fields.map((field) => canonical.indexOf(field));
    this.unknownFields = fields.filter((field) => !canonical.includes(field));
  }

  /**
   * From field names in any spelling. Throws FormatError `transit-gateway` for a transit gateway's list, `empty-format` for none and
   * `repeated-field` when a name occurs twice.
   */
  static of(names: readonly string[]): VpcFormat {
    if (names.length === 0)
      throw new FormatError("empty-format", "a format needs at least one field, for instance srcaddr");
    if (isTransitGatewayHeader(names)) {
      throw new FormatError(
        "transit-gateway",
        `${names.slice(0, 4).join(" ")} … is a transit gateway flow log, which is another record type: give only VPC flow logs`,
      );
    }
    const fields = names.map((name) => vpcField(name) ?? name.toLowerCase().replace(/[${}]/g, "").replaceAll("_", "-"));
    const repeated = fields.find((field, index) => fields.indexOf(field) !== index);
    if (repeated !== undefined) {
      throw new FormatError("repeated-field", `the format names ${repeated} twice: remove one`);
    }
    return new VpcFormat(fields);
  }

  /** From one line of names parted by spaces or commas, as in a file's header or `${version} ${account-id} …`; throws as `of`. */
  static parse(text: string): VpcFormat {
    return VpcFormat.of(text.split(/[\s,]+/).filter((word) => word !== ""));
  }

  /** The format that a header line announces; undefined when the line is no header. Throws as `of`. */
  static fromHeader(line: string): VpcFormat | undefined {
    const words = line.split(/[\s,]+/).filter((word) => word !== "");
    return isVpcHeader(words) ? VpcFormat.of(words) : undefined;
  }

  has(field: VpcField): boolean {
    return this.fields.includes(field);
  }

  /**
   * Reads one line, or the part of a text that is one. Runs of spaces part fields, since AWS's own examples hold a double space.
   */
  parse(text: string, from = 0, to = text.length): VpcFlow | Skipped | Parked {
    const flow = new VpcFlow(this, text, from, to);
    const stopped = this.#read(flow, text, from, to);
    if (stopped !== READ_ALL) return misfit(this.fields, flow.line, stopped);
    if (
      flow.logStatus !== "OK" &&
      flow.srcaddr === undefined &&
      flow.dstaddr === undefined &&
      flow.pktSrcaddr === undefined &&
      flow.pktDstaddr === undefined
    ) {
      if (flow.logStatus === "NODATA") return Skipped.nodata;
      if (flow.logStatus === "SKIPDATA") return Skipped.skipdata;
    }
    return flow;
  }

  /** Whether a line has this format's number of fields and a possible value in each. */
  takes(text: string, from = 0, to = text.length): boolean {
    this.#trial ??= new VpcFlow(this, "", 0, 0);
    this.#trial.others = undefined;
    return this.#read(this.#trial, text, from, to) === READ_ALL;
  }

  /** Fills the flow; gives the index of the first impossible field, or of the field where the count went wrong. */
  #read(flow: VpcFlow, text: string, from: number, to: number): number {
    const slots = this.#slots;
    let at = from;
    let index = 0;
    while (at < to) {
      const first = text.charCodeAt(at);
      if (first === SPACE) {
        at++;
        continue;
      }
      const slot = slots[index];
      if (slot === undefined) return index;
      let end = at + 1;
      if (first !== DASH || (end < to && text.charCodeAt(end) !== SPACE)) {
        end = this.#set(flow, slot, index, text, at, to);
        if (end < 0) return index;
      }
      index++;
      at = end + 1;
    }
    return index === slots.length ? READ_ALL : index;
  }

  /** Sets one present value and gives the position behind it; -1 when the field's type forbids the value. */
  #set(flow: VpcFlow, slot: number, index: number, text: string, at: number, to: number): number {
    switch (slot) {
      case 0:
        flow.version = integer(text, at, to, 255);
        return stop;
      case 1:
        integer(text, at, to, MAX_ACCOUNT);
        if (stop - at !== 12) return word(text, at, to) === "unknown" ? stop : -1;
        flow.accountId = text.slice(at, stop);
        return stop;
      case 2:
        flow.interfaceId = word(text, at, to);
        return stop;
      case 3:
        flow.srcaddr = word(text, at, to);
        flow.srcInfo = addressInfo(flow.srcaddr);
        return flow.srcInfo === undefined ? -1 : stop;
      case 4:
        flow.dstaddr = word(text, at, to);
        flow.dstInfo = addressInfo(flow.dstaddr);
        return flow.dstInfo === undefined ? -1 : stop;
      case 5:
        flow.srcport = integer(text, at, to, 65_535);
        return stop;
      case 6:
        flow.dstport = integer(text, at, to, 65_535);
        return stop;
      case 7:
        flow.protocol = integer(text, at, to, 255);
        return stop;
      case 8:
        flow.packets = integer(text, at, to, Number.MAX_SAFE_INTEGER);
        return stop;
      case 9:
        flow.bytes = integer(text, at, to, Number.MAX_SAFE_INTEGER);
        return stop;
      case 10:
        flow.start = integer(text, at, to, MAX_SECONDS);
        return stop;
      case 11:
        flow.end = integer(text, at, to, MAX_SECONDS);
        return stop;
      case 12:
        flow.action = oneOf(ACTIONS, text, at, to);
        return stop;
      case 13:
        flow.logStatus = oneOf(LOG_STATUSES, text, at, to);
        return stop;
      case 14:
        flow.vpcId = word(text, at, to);
        return stop;
      case 15:
        flow.subnetId = word(text, at, to);
        return stop;
      case 16:
        flow.instanceId = word(text, at, to);
        return stop;
      case 17:
        flow.tcpFlags = integer(text, at, to, 65_535);
        return stop;
      case 18:
        flow.type = word(text, at, to);
        return stop;
      case 19:
        flow.pktSrcaddr = word(text, at, to);
        if (flow.pktSrcaddr === flow.srcaddr) {
          // One string for both, since comparing them again costs nothing then.
          flow.pktSrcaddr = flow.srcaddr;
          flow.pktSrcInfo = flow.srcInfo;
          return stop;
        }
        flow.pktSrcInfo = addressInfo(flow.pktSrcaddr);
        return flow.pktSrcInfo === undefined ? -1 : stop;
      case 20:
        flow.pktDstaddr = word(text, at, to);
        if (flow.pktDstaddr === flow.dstaddr) {
          flow.pktDstaddr = flow.dstaddr;
          flow.pktDstInfo = flow.dstInfo;
          return stop;
        }
        flow.pktDstInfo = addressInfo(flow.pktDstaddr);
        return flow.pktDstInfo === undefined ? -1 : stop;
      case 21:
        flow.region = word(text, at, to);
        return stop;
      case 22:
        flow.azId = word(text, at, to);
        return stop;
      case 25:
        flow.pktSrcAwsService = word(text, at, to);
        return stop;
      case 26:
        flow.pktDstAwsService = word(text, at, to);
        return stop;
      case 27:
        flow.flowDirection = oneOf(DIRECTIONS, text, at, to);
        return stop;
      case 28:
        flow.trafficPath = integer(text, at, to, 65_535);
        return stop;
      default: {
        const name = this.fields[index] ?? "";
        const other = word(text, at, to);
        flow.others ??= [];
        flow.others.push(name, PERCENT_ENCODED.has(name) ? decoded(other) : other);
        return stop;
      }
    }
  }
}

/** 31 December 9999, the last second that fits four-digit years. */
const MAX_SECONDS = 253_402_300_799;

/**
 * What the scanners below found besides their value: where the field ends, or -1 when it holds something impossible. Here and not in
 * an object, of which each line would need one for every field.
 */
let stop = 0;

/** Reads the decimal integer up to the next space; impossible when it is none, or above `max`. */
function integer(text: string, at: number, to: number, max: number): number {
  let number = 0;
  let end = at;
  for (; end < to; end++) {
    const digit = text.charCodeAt(end) - 48;
    if (digit < 0 || digit > 9) {
      if (digit !== SPACE - 48) break;
      stop = number <= max && end - at <= MAX_DIGITS ? end : -1;
      return number;
    }
    number = number * 10 + digit;
  }
  stop = end === to && number <= max && end - at <= MAX_DIGITS ? end : -1;
  return number;
}

/** Reads the text up to the next space. */
function word(text: string, at: number, to: number): string {
  const end = text.indexOf(" ", at);
  stop = end < 0 || end > to ? to : end;
  return text.slice(at, stop);
}

/** Reads one of the words; impossible when something else stands there. */
function oneOf<Word extends string>(words: readonly Word[], text: string, at: number, to: number): Word | undefined {
  const found = word(text, at, to);
  // The constant is given, not what was cut out of the line, since comparing it again costs nothing.
  for (const known of words) if (known === found) return known;
  stop = -1;
  return undefined;
}

/** Percent-decodes a tag value; text that is not valid percent-encoding stays as it is. */
function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
