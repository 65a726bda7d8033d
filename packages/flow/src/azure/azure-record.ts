import { Parked } from "../outcome.js";
import type { AzureFlowGroup, AzureLayout, AzureRecordHeader } from "./azure-flow.js";
import { NSG_V1_FIELDS, NSG_V2_FIELDS, tupleFieldCount } from "./azure-tuple.js";
import { normaliseMac } from "./mac-address.js";

/** One flow-log record: its header, the groups that hold tuples, and what inside it had to be parked. */
export interface AzureRecord {
  readonly header: AzureRecordHeader;
  readonly groups: readonly AzureFlowGroup[];
  /** Flows, groups or tuples of a wrong shape; their neighbours are in `groups` under their own indexes. */
  readonly parked: readonly Parked[];
}

/** How deep `records` inside `records` is followed; Microsoft's version 1 example nests once. */
const MAX_NESTING = 8;
/** A zone is demanded: without one the same text would mean another instant on another machine. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Reads one element of a blob's `records` array. The layout is told by shape: `flowRecords` is VNet, `properties.flows` is NSG.
 * A flow, group or tuple of a wrong shape is parked alone; a value that is no flow record at all is parked as a whole
 * (`bad-record`). `text` is the record's JSON, kept as the raw text of what is parked. Never throws.
 */
export function parseAzureRecord(value: unknown, text?: string): AzureRecord | Parked {
  return parseFlowRecord(value, text, 0);
}

/**
 * Like `parseAzureRecord`, for an element that holds a `records` array itself, as Microsoft's version 1 example does: every record
 * found, in order. Flow indexes count on from record to record, because tuples of all of them share one byte offset.
 */
export function parseAzureRecords(value: unknown, text?: string): readonly (AzureRecord | Parked)[] {
  const records: (AzureRecord | Parked)[] = [];
  let flows = 0;
  const visit = (element: unknown, depth: number): void => {
    const nested = isObject(element) && Array.isArray(element.records) ? element.records : undefined;
    const own = flowsOf(element);
    if (nested === undefined || own !== undefined) {
      records.push(parseFlowRecord(element, depth === 0 ? text : undefined, flows));
      flows += own?.length ?? 0;
    }
    if (nested === undefined) return;
    if (depth === MAX_NESTING) {
      records.push(parkedValue("bad-record", `records: nested more than ${MAX_NESTING} deep`, nested));
      return;
    }
    for (const child of nested) visit(child, depth + 1);
  };
  visit(value, 0);
  return records;
}

type JsonObject = { readonly [key: string]: unknown };

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function flowsOf(value: unknown): readonly unknown[] | undefined {
  if (!isObject(value)) return undefined;
  const holder = isObject(value.flowRecords) ? value.flowRecords : value.properties;
  return isObject(holder) && Array.isArray(holder.flows) ? holder.flows : undefined;
}

function parseFlowRecord(value: unknown, text: string | undefined, firstFlow: number): AzureRecord | Parked {
  const refuse = (message: string): Parked =>
    text === undefined ? parkedValue("bad-record", message, value) : new Parked("bad-record", message, text);

  if (!isObject(value)) return refuse(`record is ${describe(value)}: expected an object`);
  const flows = flowsOf(value);
  if (flows === undefined) {
    const seen = isObject(value.flowRecords)
      ? `flowRecords.flows is ${describe(value.flowRecords.flows)}`
      : shapeOf(value);
    return refuse(`${seen}: expected an array in flowRecords.flows (VNet) or properties.flows (NSG)`);
  }
  const time = value.time;
  if (typeof time !== "string" || !ISO_TIME.test(time) || Number.isNaN(Date.parse(time))) {
    return refuse(`time is ${describe(time)}: expected a time such as 2026-08-13T20:32:22.0419499Z`);
  }

  const collected: Collected = { groups: [], parked: [] };
  const vnet = isObject(value.flowRecords);
  for (const [index, flow] of flows.entries()) {
    if (vnet) collectVnetFlow(flow, firstFlow + index, collected);
    else collectNsgFlow(flow, firstFlow + index, collected);
  }
  const layout = vnet ? "vnet-v4" : nsgLayout(value.properties, collected.groups);
  return { header: headerOf(value, layout, time), groups: collected.groups, parked: collected.parked };
}

function shapeOf(value: JsonObject): string {
  if (!isObject(value.properties)) return "record has neither flowRecords nor properties";
  return `properties.flows is ${describe(value.properties.flows)}`;
}

function headerOf(value: JsonObject, layout: AzureLayout, time: string): AzureRecordHeader {
  const macAddress = normaliseMac(value.macAddress);
  const resourceId = name(value.resourceId);
  const flowLogResourceId = name(value.flowLogResourceID);
  const targetResourceId = name(value.targetResourceID);
  const flowLogGuid = name(value.flowLogGUID);
  return {
    layout,
    time,
    ...(macAddress !== undefined && { macAddress }),
    ...(resourceId !== undefined && { resourceId }),
    ...(flowLogResourceId !== undefined && { flowLogResourceId }),
    ...(targetResourceId !== undefined && { targetResourceId }),
    ...(flowLogGuid !== undefined && { flowLogGuid }),
  };
}

function name(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * `properties.Version` decides, unless no tuple fits the version it names and some fit the other one. (The first tuple alone cannot
 * decide: a version 2 tuple cut off after its decision is a perfect version 1 tuple.)
 */
function nsgLayout(properties: unknown, groups: readonly AzureFlowGroup[]): AzureLayout {
  const version = isObject(properties) ? Number(properties.Version) : Number.NaN;
  const hasTupleOf = (fields: number): boolean =>
    groups.some((group) => group.tuples.some((tuple) => tupleFieldCount(tuple) === fields));
  if (version === 1) return hasTupleOf(NSG_V1_FIELDS) || !hasTupleOf(NSG_V2_FIELDS) ? "nsg-v1" : "nsg-v2";
  return hasTupleOf(NSG_V2_FIELDS) || !hasTupleOf(NSG_V1_FIELDS) ? "nsg-v2" : "nsg-v1";
}

interface Collected {
  readonly groups: AzureFlowGroup[];
  readonly parked: Parked[];
}

function collectVnetFlow(value: unknown, flow: number, into: Collected): void {
  const where = `flow ${flow}`;
  if (!isObject(value)) {
    park(into, `${where} is ${describe(value)}: expected an object`, value);
    return;
  }
  const { aclID, flowGroups } = value;
  if (aclID !== undefined && aclID !== null && typeof aclID !== "string") {
    park(into, `${where}, aclID is ${describe(aclID)}: expected a text`, value);
    return;
  }
  if (!Array.isArray(flowGroups)) {
    park(into, `${where}, flowGroups is ${describe(flowGroups)}: expected an array`, value);
    return;
  }
  const aclId = name(aclID);
  for (const [group, item] of flowGroups.entries()) {
    const here = `${where}, group ${group}`;
    if (!isObject(item)) {
      park(into, `${here} is ${describe(item)}: expected an object`, item);
    } else if (typeof item.rule !== "string") {
      park(into, `${here}, rule is ${describe(item.rule)}: expected a text`, item);
    } else {
      const labels = { flow, group, rule: item.rule, ...(aclId !== undefined && { aclId }) };
      collectTuples(item, labels, here, into);
    }
  }
}

function collectNsgFlow(value: unknown, flow: number, into: Collected): void {
  const where = `flow ${flow}`;
  if (!isObject(value)) {
    park(into, `${where} is ${describe(value)}: expected an object`, value);
    return;
  }
  const { rule, flows } = value;
  if (typeof rule !== "string") {
    park(into, `${where}, rule is ${describe(rule)}: expected a text`, value);
    return;
  }
  if (!Array.isArray(flows)) {
    park(into, `${where}, flows is ${describe(flows)}: expected an array`, value);
    return;
  }
  for (const [group, item] of flows.entries()) {
    const here = `${where}, group ${group}`;
    if (!isObject(item)) {
      park(into, `${here} is ${describe(item)}: expected an object`, item);
    } else {
      const mac = normaliseMac(item.mac);
      collectTuples(item, { flow, group, rule, ...(mac !== undefined && { mac }) }, here, into);
    }
  }
}

/** One flow group, or several around a tuple that is no text: `first` keeps every tuple's own index. */
function collectTuples(
  item: JsonObject,
  labels: Omit<AzureFlowGroup, "first" | "tuples">,
  where: string,
  into: Collected,
): void {
  const tuples: unknown = item.flowTuples;
  if (!Array.isArray(tuples)) {
    park(into, `${where}, flowTuples is ${describe(tuples)}: expected an array`, item);
    return;
  }
  let first = 0;
  for (let index = 0; index <= tuples.length; index++) {
    if (index < tuples.length && typeof tuples[index] === "string") continue;
    if (index > first) {
      const run = first === 0 && index === tuples.length ? tuples : tuples.slice(first, index);
      into.groups.push({ ...labels, first, tuples: run as readonly string[] });
    }
    first = index + 1;
    if (index < tuples.length) {
      const message = `${where}, tuple ${index} is ${describe(tuples[index])}: expected a text`;
      into.parked.push(parkedValue("bad-tuple", message, tuples[index]));
    }
  }
}

function park(into: Collected, message: string, value: unknown): void {
  into.parked.push(parkedValue("bad-record", message, value));
}

function parkedValue(reason: "bad-record" | "bad-tuple", message: string, value: unknown): Parked {
  return new Parked(reason, message, jsonOf(value));
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    // JSON.parse follows nesting deeper than JSON.stringify can, which recurses.
    return "";
  }
}

/** A value in a message: short texts and numbers as they are, the rest by kind. */
function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  return Array.isArray(value) ? "an array" : "an object";
}
