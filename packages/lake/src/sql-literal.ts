import { isIP, isIPv6 } from "node:net";
import { ConfigurationError } from "@tributary/flow";

/** Types that a saved query's parameter or a generated statement can carry; names as Trino and Athena spell them. */
export type SqlType = "varchar" | "integer" | "bigint" | "double" | "boolean" | "date" | "timestamp" | "ip";

/**
 * A string as a SQL literal, the same text in DuckDB, Trino and Athena: only the quote is special in standard strings.
 * Throws `bad-sql-value` for NUL, which would end the statement early in C code.
 */
export function stringLiteral(value: string): string {
  if (value.includes("\0")) {
    throw new ConfigurationError(
      "bad-sql-value",
      `${JSON.stringify(value)} contains a NUL character: SQL text cannot hold it, remove it`,
    );
  }
  return `'${value.replaceAll("'", "''")}'`;
}

/** A column or table name as a quoted identifier. Throws `bad-sql-value` for an empty name or NUL. */
export function identifier(name: string): string {
  if (name === "" || name.includes("\0")) {
    throw new ConfigurationError("bad-sql-value", `${JSON.stringify(name)} is no column name: give a non-empty one`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** A file name for DuckDB's readers, which would take brackets, stars and question marks as patterns. */
export function fileLiteral(path: string): string {
  return stringLiteral(path.replaceAll(/[[*?]/g, "[$&]"));
}

const WHOLE_NUMBER = /^[+-]?\d{1,19}$/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)Z?$/;

const INTEGER_LIMITS = { integer: 2n ** 31n, bigint: 2n ** 63n } as const;

/**
 * A value given as text (command line, header) as a literal of its type, e.g. `DATE '2026-11-21'`. Text that is not of the type
 * never reaches the statement: throws `bad-sql-value`, naming value, type and an example.
 */
export function typedLiteral(type: SqlType, text: string): string {
  const refuse = (example: string): never => {
    throw new ConfigurationError(
      "bad-sql-value",
      `${JSON.stringify(text)} is not of type ${type}: write it like ${example}`,
    );
  };
  switch (type) {
    case "varchar":
      return stringLiteral(text);
    case "integer":
    case "bigint": {
      if (!WHOLE_NUMBER.test(text)) return refuse("42");
      const value = BigInt(text.replace("+", ""));
      const limit = INTEGER_LIMITS[type];
      return value >= -limit && value < limit ? value.toString() : refuse(`a number below ${limit}`);
    }
    case "double":
      // With its type: a bare 1.5 would be a DECIMAL.
      return NUMBER.test(text) ? `DOUBLE ${stringLiteral(text)}` : refuse("1.5");
    case "boolean":
      return /^(true|false)$/i.test(text) ? text.toLowerCase() : refuse("true");
    case "date":
      return isDay(text) ? `DATE ${stringLiteral(text)}` : refuse("2026-11-21");
    case "timestamp": {
      const match = MOMENT.exec(text);
      if (match?.[1] === undefined || match[2] === undefined || !isDay(match[1])) return refuse("2026-11-21T08:30:00Z");
      return `TIMESTAMP ${stringLiteral(`${match[1]} ${match[2].length === 5 ? `${match[2]}:00` : match[2]}`)}`;
    }
    case "ip":
      return isIP(text) === 0 ? refuse("198.51.100.7 or 2001:db8::1") : stringLiteral(canonicalAddress(text));
  }
}

function isDay(text: string): boolean {
  const match = DAY.exec(text);
  if (match === null) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** IPv6 as flow logs write it: lower case, zeros shortened (RFC 5952). */
function canonicalAddress(text: string): string {
  if (!isIPv6(text)) return text;
  if (text.includes("%") || text.includes(".")) return text.toLowerCase();
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}
