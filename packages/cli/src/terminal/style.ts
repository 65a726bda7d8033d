import picocolors from "picocolors";

/** What decides whether output is coloured: the stream it goes to, the environment, the `--no-color` option. */
export interface ColorWish {
  readonly stream: { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** False for `--no-color`. */
  readonly color?: boolean;
}

/** Text styles by meaning; each returns its text unchanged where colour is off. */
export interface Style {
  readonly color: boolean;
  readonly heading: (text: string) => string;
  readonly muted: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly command: (text: string) => string;
}

/**
 * `--no-color` first, then NO_COLOR (any value but an empty one, no-color.org), then FORCE_COLOR (`0` and `false` switch off),
 * then whether the stream is a terminal that is not `dumb`.
 */
export function wantsColor({ stream, env, color }: ColorWish): boolean {
  if (color === false) return false;
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "")
    return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return stream.isTTY === true && env.TERM !== "dumb";
}

export function Style(color: boolean): Style {
  const colors = picocolors.createColors(color);
  return {
    color,
    heading: colors.bold,
    muted: colors.dim,
    good: colors.green,
    warning: colors.yellow,
    bad: colors.red,
    command: colors.cyan,
  };
}
