import { endQuietlyOnBrokenPipe } from "./terminal/broken-pipe.js";
import { ProgressLine } from "./terminal/progress.js";
import { safeText } from "./terminal/safe-text.js";
import { Style, wantsColor } from "./terminal/style.js";

/** The process's terminal as the commands see it: data to stdout, everything else to stderr. */
export interface Terminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Styles for stdout and for stderr. */
  readonly out: Style;
  readonly err: Style;
  /** Columns of stdout; undefined when it is no terminal. */
  readonly width: number | undefined;
  /** Lines on stderr, after a label; control characters in the text are made harmless. */
  note(text: string, label?: string): void;
}

/** A line on the terminal's stderr that says how far the work is. */
export function progressOn({ stderr, err }: Terminal): ProgressLine {
  return new ProgressLine({
    stream: stderr,
    clock: () => performance.now(),
    color: err.color,
    cursor: process.env["TERM"] !== "dumb",
  });
}

export function openTerminal(color: boolean): Terminal {
  const { stdout, stderr, env } = process;
  endQuietlyOnBrokenPipe(
    stdout,
    (code) => process.exit(code),
    (text) => stderr.write(`tributary: ${text}\n`),
  );
  const wish = color ? {} : { color };
  return {
    stdout,
    stderr,
    out: Style(wantsColor({ stream: stdout, env, ...wish })),
    err: Style(wantsColor({ stream: stderr, env, ...wish })),
    width: stdout.isTTY ? stdout.columns : undefined,
    note: (text, label) => {
      stderr.write(`${label === undefined ? "" : `${label} `}${text.split("\n").map(safeText).join("\n")}\n`);
    },
  };
}
