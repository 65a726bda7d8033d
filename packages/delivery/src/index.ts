export * from "./azure-packing.js";
