import type { DuckDBConnection } from "@duckdb/node-api";
import type { Column } from "./column.js";
import { type ColumnNode, columnTrees } from "./column-tree.js";
import { identifier } from "./sql-literal.js";

/** Order of rows in a file: as Security Lake asks, and those of one moment as they came. */
export const ROW_ORDER = "ORDER BY spool.time, spool.rowid";

// Looking for empty members takes some 15 ms however few the rows; for small files sorting all is faster.
const FEW_ROWS = 1000;

/**
 * A SELECT of all `rows` rows of a table in {@link ROW_ORDER} with the declared columns. Flows leave most of the declared members empty, and
 * carrying empty members through a sort costs as much as full ones, so only what holds values is sorted and the rest put back after.
 */
export async function sortedRows(
  connection: DuckDBConnection,
  table: string,
  columns: readonly Column[],
  rows: number,
): Promise<string> {
  if (rows <= FEW_ROWS) return `SELECT spool.* FROM ${table} AS spool ${ROW_ORDER}`;
  const trees = columnTrees(columns);
  const nodes = trees.flatMap(withDescendants);
  const counted = await connection.runAndReadAll(
    `SELECT ${nodes.map(({ path }) => `count(spool.${path})`).join(", ")} FROM ${table} AS spool`,
  );
  const counts = (counted.getRows()[0] ?? []).map(Number);
  const filled = new Map(nodes.map((node, index) => [node, counts[index]]));

  const carried: string[] = [];
  const carry = (expression: string): string => {
    const name = `c${carried.length}`;
    carried.push(`${expression} AS ${name}`);
    return name;
  };
  const rebuilt = (node: ColumnNode): string => {
    if (filled.get(node) === 0) return `CAST(NULL AS ${node.type})`;
    if (node.members.length === 0) return carry(`spool.${node.path}`);
    const members = node.members.map((member) => `${identifier(member.name)} := ${rebuilt(member)}`);
    const struct = `struct_pack(${members.join(", ")})`;
    // An absent struct and one without values are different things.
    return filled.get(node) === rows
      ? struct
      : `CASE WHEN ${carry(`spool.${node.path} IS NOT NULL`)} THEN ${struct} END`;
  };
  const output = trees.map((node) => `${rebuilt(node)} AS ${identifier(node.name)}`);
  // Rows without a single value are rows all the same.
  if (carried.length === 0) carry("spool.rowid");
  return `SELECT ${output.join(", ")} FROM (SELECT ${carried.join(", ")} FROM ${table} AS spool ${ROW_ORDER})`;
}

function withDescendants(node: ColumnNode): readonly ColumnNode[] {
  return [node, ...node.members.flatMap(withDescendants)];
}
