/** A column of a result: its name and SQL type, as the engine spells it. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

const NUMERIC =
  /^(u?(tinyint|smallint|integer|int|bigint|hugeint)|int\d*|uint\d*|float\d?|real|double( precision)?|decimal(\(.*\))?|numeric(\(.*\))?|bignum)$/i;

/** Numbers that count nothing: a thousands separator would only make them harder to read and to copy. */
const IDENTIFIER =
  /(^|[_.])(s|d|src|dst)?ports?$|(^|[_.])(time|id|uid|pid|asn|vlan|year|month|day|hour|minute|protocol|protocol_num|flags|code|number|version)$/i;

export function isNumericColumn(column: Column): boolean {
  return NUMERIC.test(column.type.trim());
}

export function isCountColumn(column: Column): boolean {
  return isNumericColumn(column) && !IDENTIFIER.test(column.name);
}

/** Numbers, dates and times: of no use with their end cut off. */
export function isRigidColumn(column: Column): boolean {
  return isNumericColumn(column) || /^(timestamp|datetime|date|time)/i.test(column.type.trim());
}

/** Names that are all different, as object keys must be: a repeated one gets `:1`, `:2` … as DuckDB does it. */
export function uniqueNames(columns: readonly Column[]): readonly string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let unique = name;
    for (let n = 1; taken.has(unique); n++) unique = `${name}:${n}`;
    taken.add(unique);
    return unique;
  });
}
