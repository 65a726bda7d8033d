import type { Attribute, Attributes, ClassDefinition, ScalarType } from "./definition.js";

/** One table column. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

interface TypeSystem {
  readonly scalars: Readonly<Record<ScalarType, string>>;
  struct(fields: readonly Column[]): string;
  array(element: string): string;
  readonly stringMap: string;
}

// int is 32 bits in Hive; type_uid, times and counters are bigint as in Security Lake's own tables.
const hive: TypeSystem = {
  scalars: {
    string_t: "string",
    integer_t: "int",
    long_t: "bigint",
    timestamp_t: "bigint",
    datetime_t: "timestamp",
    ip_t: "string",
    mac_t: "string",
    port_t: "int",
    hostname_t: "string",
    json_t: "string",
  },
  struct: (fields) => `struct<${fields.map(({ name, type }) => `${name}:${type}`).join(",")}>`,
  array: (element) => `array<${element}>`,
  stringMap: "map<string,string>",
};

// TIMESTAMPTZ, because DuckDB marks plain TIMESTAMP in Parquet as not adjusted to UTC.
const duckdb: TypeSystem = {
  scalars: {
    string_t: "VARCHAR",
    integer_t: "INTEGER",
    long_t: "BIGINT",
    timestamp_t: "BIGINT",
    datetime_t: "TIMESTAMPTZ",
    ip_t: "VARCHAR",
    mac_t: "VARCHAR",
    port_t: "INTEGER",
    hostname_t: "VARCHAR",
    json_t: "VARCHAR",
  },
  struct: (fields) => `STRUCT(${fields.map(({ name, type }) => `"${name}" ${type}`).join(", ")})`,
  array: (element) => `${element}[]`,
  stringMap: "MAP(VARCHAR, VARCHAR)",
};

function typeOf(attribute: Attribute, system: TypeSystem): string {
  const element =
    attribute.kind === "scalar"
      ? system.scalars[attribute.type]
      : attribute.kind === "map"
        ? system.stringMap
        : system.struct(columnsOf(attribute.object.attributes, system));
  return attribute.isArray ? system.array(element) : element;
}

function columnsOf(attributes: Attributes, system: TypeSystem): Column[] {
  return Object.entries(attributes).map(([name, attribute]) => ({ name, type: typeOf(attribute, system) }));
}

/** Glue (Hive) columns of the class, without the partition keys. */
export function glueColumns(definition: ClassDefinition): readonly Column[] {
  return columnsOf(definition.attributes, hive);
}

/** DuckDB columns of the class, without the partition keys. */
export function duckdbColumns(definition: ClassDefinition): readonly Column[] {
  return columnsOf(definition.attributes, duckdb);
}
