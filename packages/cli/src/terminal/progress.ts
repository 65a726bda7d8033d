import { Style } from "./style.js";
import { textWidth } from "./text-width.js";
import { formatBytes, formatCount, formatDuration, formatRate } from "./units.js";

/** Where the line is drawn: stderr, or what a test puts in its place. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  /** ms, from any origin, never running back. */
  readonly clock: () => number;
  readonly color: boolean;
  /** False for a terminal that cannot move its cursor (`TERM=dumb`). Default true. */
  readonly cursor?: boolean;
}

export interface ProgressState {
  readonly bytesDone: number;
  /** Absent while unknown: then there is no bar and no time left. */
  readonly bytesTotal?: number;
  readonly flows: number;
}

/** ms between two drawings. */
const REDRAW = 100;
/** ms before the first estimate of the time left: earlier ones only jump. */
const SETTLED = 1_000;
const FALLBACK_COLUMNS = 80;
const BAR = 20;
const ERASE = "\r\u001b[2K";

/** One line that says how far the work is, redrawn in place; silent when its stream is not a terminal. */
export class ProgressLine {
  readonly #options: ProgressOptions;
  readonly #silent: boolean;
  readonly #style: Style;
  #first: { readonly time: number; readonly bytes: number; readonly flows: number } | undefined;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = "";

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#silent = options.stream.isTTY !== true || options.cursor === false;
    this.#style = Style(options.color);
  }

  /** Redraws, at most ten times a second. Rates count from the first call, so that what a resumed run skipped does not flatter them. */
  update(state: ProgressState): void {
    if (this.#silent) return;
    const now = this.#options.clock();
    this.#first ??= { time: now, bytes: state.bytesDone, flows: state.flows };
    if (now - this.#drawnAt < REDRAW) return;
    this.#drawnAt = now;
    this.#draw(this.#line(state, now - this.#first.time, this.#first));
  }

  /** Prints a message where the line was; the line comes back under it. */
  message(text: string): void {
    const line = this.#drawn;
    this.clear();
    this.#options.stream.write(`${text}\n`);
    if (line !== "") this.#draw(line);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#drawn === "") return;
    this.#options.stream.write(ERASE);
    this.#drawn = "";
  }

  #draw(line: string): void {
    this.#options.stream.write(`${ERASE}${line}`);
    this.#drawn = line;
  }

  #line(state: ProgressState, elapsed: number, first: { readonly bytes: number; readonly flows: number }): string {
    const { bytesDone, bytesTotal, flows } = state;
    const rate = elapsed > 0 ? formatRate(flows - first.flows, elapsed) : "";
    const rated = rate === "" ? "" : rate.replace("/s", " flows/s");
    const counted = `${formatCount(flows)} flows`;
    if (bytesTotal === undefined) return this.#fitting([[formatBytes(bytesDone), rated || counted], [counted]]);

    const share = bytesTotal === 0 ? 1 : Math.min(1, bytesDone / bytesTotal);
    const percent = `${Math.floor(share * 100)} %`;
    const bytes = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
    const gained = bytesDone - first.bytes;
    const known = elapsed >= SETTLED && gained > 0 && share < 1;
    const left = known ? `${formatDuration(((bytesTotal - bytesDone) * elapsed) / gained)} left` : "";
    return this.#fitting([
      [this.#bar(share), percent, bytes, rated, left],
      [percent, bytes, rated, left],
      [percent, rated, left],
      [percent, left],
      [percent],
    ]);
  }

  /** The most telling of the variants that fits; the last column stays free, where some terminals would wrap. */
  #fitting(variants: readonly (readonly string[])[]): string {
    const room = (this.#options.stream.columns || FALLBACK_COLUMNS) - 1;
    const lines = variants.map((parts) => parts.filter((part) => part !== "").join("  "));
    // Colour codes take no columns; only the bar has them.
    return lines.find((line) => textWidth(withoutColor(line)) <= room) ?? "";
  }

  #bar(share: number): string {
    const full = Math.round(share * BAR);
    return `${this.#style.good("█".repeat(full))}${this.#style.muted("░".repeat(BAR - full))}`;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with one
const COLOR = /\u001b\[\d+m/g;
const withoutColor = (text: string): string => text.replace(COLOR, "");
