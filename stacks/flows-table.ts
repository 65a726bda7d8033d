import { type Column, glueColumns, networkActivity, PARTITION_KEYS } from "@tributary/ocsf";

/** What the Glue table of the flows is made from; Firehose converts to these columns and Athena reads them. */
export interface FlowsTable {
  readonly columns: readonly Column[];
  readonly partitionKeys: readonly Column[];
  readonly inputFormat: string;
  readonly outputFormat: string;
  readonly serde: string;
}

/** The table of Network Activity, in the layout of a Security Lake custom source. */
export function flowsTable(): FlowsTable {
  return {
    columns: glueColumns(networkActivity),
    partitionKeys: PARTITION_KEYS.map((name) => ({ name, type: "string" })),
    inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
  };
}

/**
 * Firehose's prefix for the flows, below the location that Security Lake assigned (or a bucket of one's own). `region` is the lake's,
 * not that of the flow. Account and day come from the transformation.
 */
export function flowsPrefix(location: string, region: string): string {
  const folder = location.endsWith("/") ? location : `${location}/`;
  return `${folder}region=${region}/accountId=!{partitionKeyFromLambda:accountId}/eventDay=!{partitionKeyFromLambda:eventDay}/`;
}
