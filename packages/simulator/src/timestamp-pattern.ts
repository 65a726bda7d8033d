import { ConfigurationError } from "@tributary/flow";

type Render = (date: Date) => string;

const twoDigits = (value: number): string => String(value).padStart(2, "0");
const dayOfYear = (date: Date): number =>
  (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 0)) /
  86_400_000;

/** The letters of Java's DateTimeFormatter that partitioned paths use. */
const FIELDS: Readonly<Record<string, Render>> = {
  yyyy: (date) => String(date.getUTCFullYear()).padStart(4, "0"),
  uuuu: (date) => String(date.getUTCFullYear()).padStart(4, "0"),
  yy: (date) => twoDigits(date.getUTCFullYear() % 100),
  MM: (date) => twoDigits(date.getUTCMonth() + 1),
  M: (date) => String(date.getUTCMonth() + 1),
  dd: (date) => twoDigits(date.getUTCDate()),
  d: (date) => String(date.getUTCDate()),
  DDD: (date) => String(dayOfYear(date)).padStart(3, "0"),
  HH: (date) => twoDigits(date.getUTCHours()),
  H: (date) => String(date.getUTCHours()),
  mm: (date) => twoDigits(date.getUTCMinutes()),
  m: (date) => String(date.getUTCMinutes()),
  ss: (date) => twoDigits(date.getUTCSeconds()),
  s: (date) => String(date.getUTCSeconds()),
};

const TOKEN = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']/g;

/**
 * Compiles a date pattern into a function from ms since the epoch to text in UTC. Quoted text is taken literally and `''` is one quote, as
 * in Java's DateTimeFormatter. Throws ConfigurationError for letters outside the subset rather than print a wrong date.
 */
export function compileTimestampPattern(pattern: string): (ms: number) => string {
  const parts: (string | Render)[] = [];
  let end = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    const token = match[0];
    if (match.index !== end) break;
    end += token.length;
    const quoted = match[1];
    if (quoted !== undefined) parts.push(quoted === "" ? "'" : quoted.replaceAll("''", "'"));
    else if (match[2] !== undefined) parts.push(field(pattern, token));
    else parts.push(token);
  }
  if (end !== pattern.length || pattern === "") {
    throw new ConfigurationError(
      "timestamp-pattern",
      `"!{timestamp:${pattern}}" is empty or has an open quote: close it`,
    );
  }
  return (ms) => {
    const date = new Date(ms);
    let text = "";
    for (const part of parts) text += typeof part === "string" ? part : part(date);
    return text;
  };
}

function field(pattern: string, letters: string): Render {
  const render = FIELDS[letters];
  if (render) return render;
  // Java's Y is the year of the week and turns over up to three days early or late.
  const remedy = letters.startsWith("Y")
    ? "write yyyy, since Y is the year of the week"
    : `use ${Object.keys(FIELDS).join(", ")}`;
  throw new ConfigurationError(
    "timestamp-pattern",
    `"${letters}" in "!{timestamp:${pattern}}" is not supported: ${remedy}`,
  );
}
