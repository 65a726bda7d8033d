import { ConfigurationError } from "@tributary/flow";
import { compileTimestampPattern } from "./timestamp-pattern.js";

/** Why records end in the error output; what `!{firehose:error-output-type}` becomes. */
export type ErrorOutputType =
  | "processing-failed"
  | "format-conversion-failed"
  | "metadata-extraction-failed"
  | "activePartitionExceeded";

/** What an expression is evaluated against. */
export interface PrefixValues {
  /** Arrival of the oldest record in the object, ms since the epoch; rendered in UTC. */
  readonly time: number;
  readonly partition?: Readonly<Record<string, string>>;
  readonly errorOutputType?: ErrorOutputType;
  /** A new string of 11 characters at every call. */
  readonly randomString: () => string;
}

type Part = (values: PrefixValues) => string;

/**
 * An S3 prefix with `!{namespace:value}` expressions, compiled once (Data Firehose developer guide, "Custom prefixes for Amazon S3
 * objects"). Namespaces: `timestamp`, `firehose`, `partitionKeyFromLambda`.
 */
export class PrefixExpression {
  readonly #parts: readonly Part[];

  private constructor(
    readonly text: string,
    parts: readonly Part[],
    /** False for a plain literal, to which the service appends a date. */
    readonly hasExpression: boolean,
    readonly usesErrorOutputType: boolean,
    /** Names in `partitionKeyFromLambda`, each once, in order of appearance. */
    readonly partitionKeys: readonly string[],
  ) {
    this.#parts = parts;
  }

  /** Throws ConfigurationError for an unknown namespace, value or date pattern, and for `!{` without its end. */
  static compile(text: string): PrefixExpression {
    const parts: Part[] = [];
    const keys = new Set<string>();
    let usesErrorOutputType = false;
    let position = 0;
    for (let open = text.indexOf("!{"); open !== -1; open = text.indexOf("!{", position)) {
      const close = text.indexOf("}", open);
      const body = text.slice(open + 2, close);
      const colon = body.indexOf(":");
      if (close === -1 || colon < 1) {
        throw new ConfigurationError(
          "prefix-syntax",
          `prefix "${text}" has "!{" outside of a !{namespace:value} expression: complete the expression or remove it`,
        );
      }
      if (open > position) parts.push(literal(text.slice(position, open)));
      const namespace = body.slice(0, colon);
      const value = body.slice(colon + 1);
      parts.push(compileExpression(text, namespace, value));
      if (namespace === "partitionKeyFromLambda") keys.add(value);
      if (namespace === "firehose" && value === "error-output-type") usesErrorOutputType = true;
      position = close + 1;
    }
    const hasExpression = position > 0;
    if (position < text.length) parts.push(literal(text.slice(position)));
    return new PrefixExpression(text, parts, hasExpression, usesErrorOutputType, [...keys]);
  }

  /** The prefix with every expression replaced. A partition key that `values` lacks becomes empty: check for it before. */
  evaluate(values: PrefixValues): string {
    let result = "";
    for (const part of this.#parts) result += part(values);
    return result;
  }
}

function literal(text: string): Part {
  return () => text;
}

function compileExpression(prefix: string, namespace: string, value: string): Part {
  switch (namespace) {
    case "timestamp": {
      const render = compileTimestampPattern(value);
      return (values) => render(values.time);
    }
    case "firehose":
      if (value === "error-output-type") return (values) => values.errorOutputType ?? "";
      if (value === "random-string") return (values) => values.randomString();
      throw new ConfigurationError(
        "prefix-value",
        `"!{firehose:${value}}" in prefix "${prefix}" does not exist: use error-output-type or random-string`,
      );
    case "partitionKeyFromLambda":
      if (value === "") {
        throw new ConfigurationError(
          "prefix-value",
          `prefix "${prefix}" names no partition key: write its name after the colon`,
        );
      }
      return (values) => values.partition?.[value] ?? "";
    case "partitionKeyFromQuery":
      throw new ConfigurationError(
        "prefix-namespace",
        `"!{partitionKeyFromQuery:${value}}" needs a JQ processor, which is not modelled: return the key from the transformation and write "!{partitionKeyFromLambda:${value}}"`,
      );
    default:
      throw new ConfigurationError(
        "prefix-namespace",
        `namespace "${namespace}" in prefix "${prefix}" is unknown: use timestamp, firehose or partitionKeyFromLambda`,
      );
  }
}
