export * from "./azure-packing.js";
export * from "./line-packing.js";
export * from "./put-records.js";
