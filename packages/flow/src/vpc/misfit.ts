import { Parked } from "../outcome.js";

/** Why a line does not fit a format's fields. `index` is the field that holds something impossible, or where the count goes wrong. */
export function misfit(fields: readonly string[], line: string, index: number): Parked {
  const words = line.trim() === "" ? [] : line.trim().split(/ +/);
  const value = words[index];
  const remedy = "this flow log's format is the configured one";
  if (words.length !== fields.length || value === undefined) {
    const start = fields.slice(0, 3).join(" ");
    return new Parked(
      "field-count",
      `${words.length} fields, but the format has ${fields.length} (${start} …): check that the line is whole and that ${remedy}`,
      line,
    );
  }
  const name = fields[index] ?? "";
  return new Parked(
    "bad-field",
    `${name} is ${JSON.stringify(value.slice(0, 64))}, which ${name} cannot be: check that ${remedy}`,
    line,
  );
}
