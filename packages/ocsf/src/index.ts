export * from "./azure-mapping.js";
export * from "./column-types.js";
export { type Attributes, type ClassDefinition, type ObjectDefinition, PARTITION_KEYS } from "./definition.js";
export * from "./iso-time.js";
export * from "./json-schema.js";
export * from "./network-activity.js";
export * from "./protocol-names.js";
export * from "./uid.js";
export * from "./vpc-mapping.js";
