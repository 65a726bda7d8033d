import { textWidth } from "./text-width.js";

/** Text may shrink to this many columns before the grid is given up: an IPv4 address still fits, and less tells nothing. */
const LEAST_TEXT = 15;
/** A border and the two spaces around each column's content; one more border closes the row. */
const FRAME = 3;

/**
 * The width of each column's content, so that the grid with its borders fits `available` terminal columns; undefined when it cannot.
 * Rigid columns keep their content whole: a number or a time with its end cut off is a wrong one. Header names may be cut anywhere.
 */
export function columnWidths(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  rigid: readonly boolean[],
  available: number | undefined,
): readonly number[] | undefined {
  const content = names.map((_, i) => rows.reduce((widest, row) => Math.max(widest, textWidth(row[i] ?? "")), 1));
  const natural = names.map((name, i) => Math.max(textWidth(name), content[i] ?? 1));
  if (available === undefined) return natural;
  const room = available - FRAME * names.length - 1;
  const least = natural.map((width, i) => Math.min(width, rigid[i] ? Math.max(content[i] ?? 1, 3) : LEAST_TEXT));
  if (sum(least) > room) return undefined;
  return shrink(natural, least, room);
}

/** Lowers the widest columns first, all to one common width, none below its least. */
function shrink(natural: readonly number[], least: readonly number[], room: number): readonly number[] {
  const capped = (cap: number) => natural.map((width, i) => Math.max(least[i] ?? 0, Math.min(width, cap)));
  let [low, high] = [0, Math.max(0, ...natural)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sum(capped(middle)) <= room) low = middle;
    else high = middle - 1;
  }
  const widths = [...capped(low)];
  // What the common width left over goes to the columns that were cut, from the left.
  let rest = room - sum(widths);
  for (let i = 0; i < widths.length && rest > 0; i++) {
    const more = Math.min(rest, 1, (natural[i] ?? 0) - (widths[i] ?? 0));
    widths[i] = (widths[i] ?? 0) + more;
    rest -= more;
  }
  return widths;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
