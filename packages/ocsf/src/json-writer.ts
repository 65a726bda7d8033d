import type { Attributes } from "./definition.js";

/** A run of neighbouring attributes that one function writes as `,"name":value` fields; absent ones are left out. */
export interface Segment<T> {
  readonly attributes: readonly string[];
  write(input: T): string;
}

export function segment<T>(attributes: readonly string[], write: (input: T) => string): Segment<T> {
  return { attributes, write };
}

/**
 * A function that writes the fields of an object (a comma before each, no braces) in the order of its definition, whatever the order of
 * the segments here. Throws TypeError when a segment names an unknown attribute, or attributes that do not follow one another in the
 * definition, so that the text can never leave the declared order.
 */
export function compileFields<T>(attributes: Attributes, segments: readonly Segment<T>[]): (input: T) => string {
  const order = Object.keys(attributes);
  const placed = segments
    .map((part) => ({ part, positions: part.attributes.map((name) => order.indexOf(name)) }))
    .toSorted((a, b) => (a.positions[0] ?? -1) - (b.positions[0] ?? -1));
  let last = -1;
  for (const { part, positions } of placed) {
    for (const position of positions) {
      if (position <= last) throw new TypeError(`attributes ${part.attributes.join(", ")} are unknown or out of order`);
      last = position;
    }
  }
  const writers = placed.map(({ part }) => part.write);
  return (input) => {
    let text = "";
    for (const write of writers) text += write(input);
    return text;
  };
}
