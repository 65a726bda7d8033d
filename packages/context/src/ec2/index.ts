export * from "./collect-descriptions.js";
export * from "./collect-inventories.js";
export { type CollectionProblem, nameOf, type ProblemKind } from "./collection-problem.js";
export * from "./description-pages.js";
export * from "./ec2-client.js";
export * from "./ec2-pages.js";
export * from "./interface-lookup.js";
export * from "./inventory-policy.js";
