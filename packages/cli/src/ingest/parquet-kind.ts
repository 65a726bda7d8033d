import { isTransitGatewayHeader } from "@tributary/flow";
import type { SchemaElement } from "hyparquet";
import type { InputKind } from "./input-kind.js";
import { flowColumns } from "./parquet/flow-column.js";
import { openParquet } from "./parquet/parquet-file.js";
import type { StoredBytes } from "./stored-bytes.js";

const MAGIC = "PAR1";
/** Columns that every class of OCSF has. */
const OCSF_COLUMNS = ["metadata", "class_uid", "category_uid", "time"];

/**
 * What a Parquet file is, by the names of its columns: flow logs when at least half of them, and more than one, are fields of a version
 * up to 11, or those of a transit gateway, whose rows are parked as its lines are. Throws UnreadableInput when it has no footer.
 */
export async function parquetKind(stored: StoredBytes): Promise<InputKind> {
  const magic = (await stored.range(0, Math.min(stored.size, MAGIC.length))).toString("latin1");
  if (magic === "PARE") return { kind: "other", what: "an encrypted Parquet file: decrypt it first" };
  if (magic !== MAGIC)
    return { kind: "other", what: "a Parquet file in gzip: unpack it first, it is compressed inside" };
  return schemaKind((await openParquet(stored)).schema);
}

/** The same, by the schema of the file's footer. */
export function schemaKind(schema: readonly SchemaElement[]): InputKind {
  const names = new Set(schema.slice(1).map(({ name }) => name));
  if (OCSF_COLUMNS.every((name) => names.has(name))) {
    return {
      kind: "other",
      what: "a Parquet file of OCSF events, as in a lake that Tributary wrote: query it instead",
    };
  }
  const { columns, leftOut } = flowColumns(schema);
  const known = columns.filter(({ field }) => field !== undefined).length;
  const isFlowLog = known > 1 && known * 2 >= columns.length + leftOut.length;
  if (isFlowLog || isTransitGatewayHeader(columns.map(({ name }) => name))) return { kind: "vpc-parquet" };
  return { kind: "other", what: "a Parquet file whose columns are no fields of flow logs" };
}
