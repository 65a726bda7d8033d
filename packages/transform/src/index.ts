// What packs records for the transformation must know how long its documents become.
export { provenanceBytes } from "@tributary/ocsf";
export * from "./event.js";
export * from "./firehose-record.js";
export * from "./put-back.js";
export * from "./report.js";
export * from "./settings.js";
export * from "./size-budget.js";
export * from "./transform.js";
