/**
 * The vocabulary in which an OCSF class is written down once, as data. Glue columns, DuckDB columns, the JSON Schema and the order in
 * which the JSON writer emits attributes all come from such a definition.
 * Source of the types: OCSF 1.1.0 dictionary and `types` (schema.ocsf.io/1.1.0).
 */
export type ScalarType =
  | "string_t"
  | "integer_t"
  | "long_t"
  | "timestamp_t"
  | "datetime_t"
  | "ip_t"
  | "mac_t"
  | "port_t"
  | "hostname_t"
  | "json_t";

export type Requirement = "required" | "recommended" | "optional";

interface AttributeBase {
  readonly requirement: Requirement;
  readonly isArray: boolean;
}

export interface ScalarAttribute extends AttributeBase {
  readonly kind: "scalar";
  readonly type: ScalarType;
  /** Value to caption; the value must be one of these. */
  readonly values?: Readonly<Record<number, string>>;
}

export interface ObjectAttribute extends AttributeBase {
  readonly kind: "object";
  readonly object: ObjectDefinition;
}

/** `unmapped`: any keys, string values. */
export interface MapAttribute extends AttributeBase {
  readonly kind: "map";
}

export type Attribute = ScalarAttribute | ObjectAttribute | MapAttribute;

export type Attributes = Readonly<Record<string, Attribute>>;

export interface ObjectDefinition {
  readonly name: string;
  readonly attributes: Attributes;
  /** At least one of these must be present. */
  readonly atLeastOne?: readonly string[];
}

export interface ClassDefinition {
  readonly name: string;
  readonly caption: string;
  readonly classUid: number;
  readonly categoryUid: number;
  readonly ocsfVersion: string;
  /** Declared by every document of this class, in this order. */
  readonly profiles: readonly string[];
  readonly attributes: Attributes;
}

/** Hive partition keys of every Security Lake table, in path order. */
export const PARTITION_KEYS = ["region", "accountid", "eventday"] as const;

const scalar =
  (type: ScalarType) =>
  (values?: Readonly<Record<number, string>>): ScalarAttribute => ({
    kind: "scalar",
    type,
    requirement: "optional",
    isArray: false,
    ...(values === undefined ? {} : { values }),
  });

export const string = scalar("string_t");
export const integer = scalar("integer_t");
export const long = scalar("long_t");
/** ms since the epoch. */
export const timestamp = scalar("timestamp_t");
/** RFC 3339 text; here always UTC with `Z`, since Firehose's OpenX reader knows no numeric offset. */
export const datetime = scalar("datetime_t");
export const ip = scalar("ip_t");
export const mac = scalar("mac_t");
export const port = scalar("port_t");
export const hostname = scalar("hostname_t");
/** JSON, held as text in a string. */
export const json = scalar("json_t");

export const object = (definition: ObjectDefinition): ObjectAttribute => ({
  kind: "object",
  object: definition,
  requirement: "optional",
  isArray: false,
});

export const stringMap = (): MapAttribute => ({ kind: "map", requirement: "optional", isArray: false });

export const required = <A extends Attribute>(attribute: A): A => ({ ...attribute, requirement: "required" });
export const recommended = <A extends Attribute>(attribute: A): A => ({ ...attribute, requirement: "recommended" });
export const list = <A extends Attribute>(attribute: A): A => ({ ...attribute, isArray: true });
