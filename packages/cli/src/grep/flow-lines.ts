import { safeText } from "../terminal/safe-text.js";
import type { Style } from "../terminal/style.js";
import { textWidth, truncateText } from "../terminal/text-width.js";
import { formatCount, formatTime } from "../terminal/units.js";
import type { FoundFlow } from "./found-flow.js";

/** A cell of a line: its text, and whether its end is flush. */
interface Cell {
  readonly text: string;
  readonly right?: boolean;
}

/** The least width of time, action, protocol, both ends, bytes and packets. */
const WIDTHS = [20, 6, 4, 21, 21, 12, 10] as const;
const GAP = "  ";
const ARROW = 4;
/** Columns up to the destination: with less a line says nothing. */
const LEAST_CELLS = 5;

/**
 * Found flows for people, one aligned line each: time, action, protocol, source → destination, bytes, packets, and the interface or, in
 * Azure, the rule. A column grows with what it has to hold. A narrow terminal loses the last columns first.
 */
export class FlowLines {
  readonly #widths: number[] = [...WIDTHS];

  constructor(
    private readonly style: Style,
    /** Columns of the terminal; undefined when there is none. */
    private readonly width: number | undefined,
  ) {}

  line(flow: FoundFlow): string {
    const cells = this.#cells(flow);
    const shown = cells.slice(0, this.#fitting(cells));
    const texts = shown.map(({ text, right }, index) => {
      const padding = " ".repeat(Math.max(0, (this.#widths[index] ?? 0) - textWidth(text)));
      return right === true ? padding + text : text + padding;
    });
    const line = this.#joined(texts).trimEnd();
    const fitting = this.width === undefined ? line : truncateText(line, this.width);
    if (!this.style.color || flow.action === undefined) return fitting;
    const color = flow.action === "ACCEPT" ? this.style.good : this.style.bad;
    return fitting.replace(flow.action, color(flow.action));
  }

  #cells(flow: FoundFlow): readonly Cell[] {
    const { time, action, protocol, bytes, packets, rule } = flow;
    const hasPorts = protocol === undefined || !PORTLESS.has(protocol);
    const cells: readonly Cell[] = [
      { text: time === undefined ? "-" : formatTime(time - (time % 1000)) },
      { text: action ?? "-" },
      { text: protocol ?? "-" },
      { text: end(flow.src, hasPorts ? flow.srcPort : undefined) },
      { text: end(flow.dst, hasPorts ? flow.dstPort : undefined) },
      { text: bytes === undefined ? "-" : `${formatCount(bytes)} B`, right: true },
      { text: packets === undefined ? "-" : `${formatCount(packets)} pkt`, right: true },
      { text: rule ?? flow.interface ?? "-" },
    ].map((cell) => ({ ...cell, text: safeText(cell.text) }));
    cells.forEach(({ text }, index) => {
      this.#widths[index] = Math.max(this.#widths[index] ?? 0, index < WIDTHS.length ? textWidth(text) : 0);
    });
    return cells;
  }

  /** How many cells fit. */
  #fitting(cells: readonly Cell[]): number {
    if (this.width === undefined) return cells.length;
    let fitting = cells.length;
    const widthOf = (most: number) =>
      cells
        .slice(0, most)
        .reduce(
          (total, { text }, index) => total + Math.max(this.#widths[index] ?? 0, textWidth(text)) + GAP.length,
          ARROW,
        );
    while (fitting > LEAST_CELLS && widthOf(fitting) > this.width) fitting--;
    return fitting;
  }

  #joined([time = "", action = "", protocol = "", src = "", dst = "", ...rest]: readonly string[]): string {
    return [time, action, protocol, `${src} → ${dst}`, ...rest].join(GAP);
  }
}

const PORTLESS: ReadonlySet<string> = new Set(["icmp", "ipv6-icmp", "gre", "esp", "ah", "igmp"]);

function end(address: string | undefined, port: number | undefined): string {
  const host = address ?? "-";
  if (port === undefined) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
