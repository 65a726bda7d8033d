/**
 * A MAC as 12 upper-case hex digits without separators, the way Azure names blobs by it; undefined when the text is none.
 * Takes the colon, dash and dot spellings too.
 */
export function normaliseMac(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 17) return undefined;
  const digits = value.replace(/[:.-]/g, "");
  return /^[0-9A-Fa-f]{12}$/.test(digits) ? digits.toUpperCase() : undefined;
}
