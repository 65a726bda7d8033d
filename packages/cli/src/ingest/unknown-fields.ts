import type { VpcFormat } from "@tributary/flow";

/** What to tell of a format with field names that no version defines, most of them misspelt; undefined when it has none. */
export function unknownFieldsNote({ unknownFields }: VpcFormat): string | undefined {
  if (unknownFields.length === 0) return undefined;
  const names = unknownFields.map((field) => JSON.stringify(field)).join(", ");
  const [noun, verb, whose] = unknownFields.length === 1 ? ["field", "is", "its"] : ["fields", "are", "their"];
  return `${noun} ${names} ${verb} in none of versions 2 to 11: ${whose} values are kept in unmapped; check the spelling`;
}
