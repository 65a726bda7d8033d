import { ConfigurationError } from "@tributary/flow";
import { type SqlType, typedLiteral } from "./sql-literal.js";

/** A value that a saved query may be run with instead of its default. */
export interface QueryParameter {
  readonly name: string;
  readonly type: SqlType;
  /** The default as SQL, as it stands in the query. */
  readonly default: string;
  readonly description: string;
}

/** Athena SQL with a header that names and explains it. The text is complete: it runs as it is, with the defaults. */
export interface SavedQuery {
  readonly name: string;
  readonly title: string;
  /** The question that it answers. */
  readonly answers: string;
  /** How to read its result. */
  readonly read: string;
  /** Set when it needs a view that exists in a local lake only. */
  readonly localOnly: boolean;
  readonly parameters: readonly QueryParameter[];
  /** The whole file. */
  readonly text: string;
}

const TYPES: ReadonlySet<string> = new Set<SqlType>([
  "varchar",
  "integer",
  "bigint",
  "double",
  "boolean",
  "date",
  "timestamp",
  "ip",
]);

const LITERAL = String.raw`(?:DATE|TIMESTAMP|DOUBLE)\s+'(?:[^']|'')*'|'(?:[^']|'')*'|-?\d+|true|false|current_date`;
const PARAMETER = new RegExp(String.raw`^([a-z][a-z0-9_]*)\s+([a-z]+)\s+(${LITERAL})\s+(\S.*)$`);
// The default stands in the text right after a comment with the parameter's name: /*:days*/ 7
const MARKED = new RegExp(String.raw`/\*:([a-z][a-z0-9_]*)\*/(\s*)(${LITERAL})(?![\w'.])`, "g");
const MARK = /\/\*:/g;
const TAG = /^--\s*@(\w+)\s*(.*)$/;
const CONTINUATION = /^--\s{2,}(\S.*)$/;

/**
 * Reads a saved query. Its header is a run of comment lines `-- @name …`, `@title`, `@answers`, `@read`, any number of
 * `@param <name> <type> <default> <description>` and perhaps `@only local`; a line that goes on is indented.
 * Throws `bad-query`, naming file and line.
 */
export function parseSavedQuery(text: string, file: string): SavedQuery {
  const refuse = (line: number, message: string): never => {
    throw new ConfigurationError("bad-query", `${file}:${line}: ${message}`);
  };
  const lines = text.split(/\r?\n/);
  const tags: { tag: string; value: string; line: number }[] = [];
  let line = 0;
  for (; lines[line]?.startsWith("--"); line++) {
    const content = lines[line] ?? "";
    const tag = TAG.exec(content);
    const continued = CONTINUATION.exec(content);
    const last = tags.at(-1);
    if (tag?.[1] !== undefined) tags.push({ tag: tag[1], value: tag[2] ?? "", line: line + 1 });
    else if (continued?.[1] !== undefined && last !== undefined) last.value = `${last.value} ${continued[1]}`.trim();
    else
      refuse(
        line + 1,
        `${JSON.stringify(content)} is no header line: write "-- @tag text", or indent a line that goes on`,
      );
  }
  const known = new Set(["name", "title", "answers", "read", "param", "only"]);
  for (const { tag, line: at } of tags) {
    if (!known.has(tag)) refuse(at, `unknown tag @${tag}: use ${[...known].map((name) => `@${name}`).join(", ")}`);
  }
  const single = (tag: string): string => {
    const [first, second] = tags.filter((found) => found.tag === tag);
    if (second !== undefined) refuse(second.line, `@${tag} is given twice: keep one`);
    return first?.value || refuse(1, `the header lacks @${tag}: add a line "-- @${tag} …"`);
  };
  const only = tags.find(({ tag }) => tag === "only");
  if (only !== undefined && only.value !== "local")
    refuse(only.line, `@only ${only.value}: "local" is the only place to name`);

  const parameters = tags
    .filter(({ tag }) => tag === "param")
    .map(({ value, line: at }) => parameterOf(value, (why) => refuse(at, why)));
  checkMarks(text, lines, parameters, refuse);
  if (lines.slice(line).join("").trim() === "") refuse(lines.length, "there is no SQL after the header: add the query");
  if (/;\s*$/.test(text)) refuse(lines.length, "the query ends in a semicolon: remove it, one statement is run");
  const query = { name: single("name"), title: single("title"), answers: single("answers"), read: single("read") };
  return { ...query, localOnly: only !== undefined, parameters, text };
}

function parameterOf(value: string, refuse: (why: string) => never): QueryParameter {
  const match = PARAMETER.exec(value);
  if (match === null) {
    return refuse(
      `@param ${value}: write "@param name type default description", the default as SQL, e.g. days integer 7 Days to look at`,
    );
  }
  const [, name = "", type = "", initial = "", description = ""] = match;
  if (!TYPES.has(type)) return refuse(`@param ${name}: unknown type ${type}, use one of ${[...TYPES].join(", ")}`);
  try {
    if (!(type === "date" && initial === "current_date")) typedLiteral(type as SqlType, plainText(initial));
  } catch (error) {
    return refuse(`@param ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { name, type: type as SqlType, default: initial, description };
}

/** The text inside a literal: DATE '2026-11-21' holds 2026-11-21. */
function plainText(literal: string): string {
  const quoted = /'((?:[^']|'')*)'$/.exec(literal);
  return quoted?.[1] === undefined ? literal : quoted[1].replaceAll("''", "'");
}

function checkMarks(
  text: string,
  lines: readonly string[],
  parameters: readonly QueryParameter[],
  refuse: (line: number, message: string) => never,
): void {
  const lineAt = (index: number) => text.slice(0, index).split("\n").length;
  const marks = [...text.matchAll(MARKED)];
  const starts = new Set(marks.map(({ index }) => index));
  for (const { index } of text.matchAll(MARK)) {
    if (!starts.has(index))
      refuse(
        lineAt(index),
        `a /*:name*/ mark must be followed by a literal, its default: ${lines[lineAt(index) - 1]?.trim()}`,
      );
  }
  const named = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  if (named.size < parameters.length) refuse(1, "two @param lines have the same name: rename one");
  for (const { index, 1: name = "", 3: literal = "" } of marks) {
    const parameter = named.get(name);
    if (parameter === undefined) refuse(lineAt(index), `/*:${name}*/ has no @param line: add one to the header`);
    else if (parameter.default !== literal) {
      refuse(
        lineAt(index),
        `/*:${name}*/ ${literal} differs from its default ${parameter.default} in the header: make them equal`,
      );
    }
  }
  const unused = parameters.find(({ name }) => !marks.some((mark) => mark[1] === name));
  if (unused !== undefined)
    refuse(1, `@param ${unused.name} is used nowhere: mark a literal with /*:${unused.name}*/ or remove it`);
}

/** Values by parameter name, as text. */
export type QueryValues = Readonly<Record<string, string>>;

/**
 * The query's text with values in place of defaults, as typed literals. `newestDay` (`yyyy-MM-dd`) replaces the default
 * `current_date`, so that relative days count from it. Throws `unknown-parameter` and `bad-sql-value`.
 */
export function renderSavedQuery(query: SavedQuery, values: QueryValues = {}, newestDay?: string): string {
  const literals = literalsOf(query, values, newestDay);
  return query.text.replace(MARKED, (_, name: string, space: string, literal: string) => {
    return `/*:${name}*/${space}${literals.get(name) ?? literal}`;
  });
}

/** The query for Athena's execution parameters: `?` in the text, and the literals in the order of the question marks. */
export function positionalSavedQuery(
  query: SavedQuery,
  values: QueryValues = {},
): { readonly text: string; readonly parameters: readonly string[] } {
  const literals = literalsOf(query, values, undefined);
  const parameters: string[] = [];
  const text = query.text.replace(MARKED, (marked, name: string, space: string) => {
    const literal = literals.get(name);
    // An expression such as current_date is no execution parameter.
    if (literal === undefined || literal === "current_date") return marked;
    parameters.push(literal);
    return `/*:${name}*/${space}?`;
  });
  return { text, parameters };
}

function literalsOf(
  query: SavedQuery,
  values: QueryValues,
  newestDay: string | undefined,
): ReadonlyMap<string, string> {
  const names = query.parameters.map(({ name }) => name);
  const unknown = Object.keys(values).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const choice = names.length === 0 ? "it takes none" : `use ${names.join(", ")}`;
    throw new ConfigurationError(
      "unknown-parameter",
      `query ${query.name} has no parameter ${JSON.stringify(unknown)}: ${choice}`,
    );
  }
  return new Map(
    query.parameters.map(({ name, type, default: initial }) => {
      const given = values[name];
      if (given !== undefined) return [name, givenLiteral(name, type, given)];
      return [name, initial === "current_date" && newestDay !== undefined ? typedLiteral("date", newestDay) : initial];
    }),
  );
}

function givenLiteral(name: string, type: SqlType, given: string): string {
  try {
    return typedLiteral(type, given);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(error.code, `parameter ${name}: ${error.message}`, { cause: error });
  }
}
