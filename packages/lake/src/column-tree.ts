import type { Column } from "./column.js";
import { identifier } from "./sql-literal.js";

/** A column or a struct's member, with its members when it is a struct itself; lists and maps count as one value. */
export interface ColumnNode {
  readonly name: string;
  readonly type: string;
  /** How SQL reaches it, e.g. `"cloud"."account"."uid"`. */
  readonly path: string;
  readonly members: readonly ColumnNode[];
}

/** The declared columns as trees. */
export function columnTrees(columns: readonly Column[], parent?: string): readonly ColumnNode[] {
  return columns.map(({ name, type }) => {
    const path = parent === undefined ? identifier(name) : `${parent}.${identifier(name)}`;
    return { name, type, path, members: columnTrees(structMembers(type), path) };
  });
}

const MEMBER = /^\s*(?:"((?:[^"]|"")+)"|(\w+))\s+(\S.*)$/s;

/** The members of `STRUCT("a" INTEGER, …)`; none for any other type. */
function structMembers(type: string): Column[] {
  const body = /^\s*STRUCT\s*\((.*)\)\s*$/is.exec(type)?.[1];
  if (body === undefined) return [];
  return splitAtTop(body).flatMap((member) => {
    const [, quoted, plain, of] = MEMBER.exec(member) ?? [];
    const name = quoted?.replaceAll('""', '"') ?? plain;
    return name === undefined || of === undefined ? [] : [{ name, type: of.trim() }];
  });
}

/** Splits at commas that are neither in parentheses nor in a quoted name. */
function splitAtTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (letter === "(") depth++;
    else if (letter === ")") depth--;
    else if (letter === "," && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}
