import { Parked } from "../outcome.js";
import type { AzureFlowGroup, AzureLayout, AzureRecordHeader, PackedAzureRecord } from "./azure-flow.js";

const LAYOUTS: ReadonlySet<unknown> = new Set<AzureLayout>(["nsg-v1", "nsg-v2", "vnet-v4"]);
const ORIGINS: ReadonlySet<unknown> = new Set(["reput", "replay", "canary"]);
const HEADER_TEXTS = ["macAddress", "resourceId", "flowLogResourceId", "targetResourceId", "flowLogGuid"] as const;

/**
 * Reads the JSON value of one Firehose record of Azure flows. What is not one comes back parked (`bad-record`) with a message that
 * names the field. Unknown keys are ignored. Never throws.
 */
export function parsePackedAzureRecord(value: unknown): PackedAzureRecord | Parked {
  const problem = findProblem(value);
  if (problem !== undefined) return new Parked("bad-record", `packed Azure record: ${problem}`, jsonOf(value));
  const { tributary, blob, offset, source, sourceLine, header, groups } = value as PackedAzureRecord;
  return {
    tributary: copyMark(tributary),
    blob,
    offset,
    ...(source !== undefined && { source }),
    ...(sourceLine !== undefined && { sourceLine }),
    header: copyHeader(header),
    groups: groups.map(copyGroup),
  };
}

/** How many tuples the record holds. */
export function tupleCount(record: PackedAzureRecord): number {
  let count = 0;
  for (const group of record.groups) count += group.tuples.length;
  return count;
}

/** Both halves of the record by number of tuples, in order, each tuple with its identity; undefined when there is but one tuple. */
export function splitPackedAzureRecord(
  record: PackedAzureRecord,
): readonly [PackedAzureRecord, PackedAzureRecord] | undefined {
  const count = tupleCount(record);
  if (count < 2) return undefined;
  let room = Math.ceil(count / 2);
  const left: AzureFlowGroup[] = [];
  const right: AzureFlowGroup[] = [];
  for (const group of record.groups) {
    const taken = Math.min(room, group.tuples.length);
    room -= taken;
    if (taken > 0) left.push(slice(group, 0, taken));
    if (taken < group.tuples.length) right.push(slice(group, taken, group.tuples.length));
  }
  return [
    { ...record, groups: left },
    { ...record, groups: right },
  ];
}

/**
 * The record with only the tuples that the predicate picks, each with its identity; undefined when it picks none. The predicate is
 * given the tuple's text, its index in the original group and the group, once per tuple and in order.
 */
export function selectTuples(
  record: PackedAzureRecord,
  predicate: (tuple: string, index: number, group: AzureFlowGroup) => boolean,
): PackedAzureRecord | undefined {
  const groups: AzureFlowGroup[] = [];
  for (const group of record.groups) {
    let from = -1;
    for (const [at, tuple] of group.tuples.entries()) {
      const picked = predicate(tuple, group.first + at, group);
      if (picked && from < 0) from = at;
      if (!picked && from >= 0) {
        groups.push(slice(group, from, at));
        from = -1;
      }
    }
    if (from >= 0) groups.push(slice(group, from, group.tuples.length));
  }
  return groups.length === 0 ? undefined : { ...record, groups };
}

/** The group's tuples at positions `from` up to `to`, under the indexes they had. */
function slice(group: AzureFlowGroup, from: number, to: number): AzureFlowGroup {
  if (from === 0 && to === group.tuples.length) return group;
  return { ...group, first: group.first + from, tuples: group.tuples.slice(from, to) };
}

/** The first thing wrong with the value, or undefined. */
function findProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "expected an object";
  const { tributary, blob, offset, source, sourceLine, header, groups } = value;
  if (!isObject(tributary)) return "tributary is no object";
  if (tributary.v !== 1) return `tributary.v is ${show(tributary.v)}: this release reads version 1`;
  if (tributary.kind !== "azure") return `tributary.kind is ${show(tributary.kind)}: expected "azure"`;
  if (tributary.origin !== undefined && !ORIGINS.has(tributary.origin)) {
    return `tributary.origin is ${show(tributary.origin)}: expected reput, replay or canary`;
  }
  if (tributary.attempt !== undefined && !isIndex(tributary.attempt)) {
    return `tributary.attempt is ${show(tributary.attempt)}: expected a count`;
  }
  if (typeof blob !== "string") return `blob is ${show(blob)}: expected a blob key`;
  if (!isIndex(offset)) return `offset is ${show(offset)}: expected a byte offset`;
  if (!isOptionalText(source)) return `source is ${show(source)}: expected a text`;
  if (sourceLine !== undefined && !isIndex(sourceLine)) return `sourceLine is ${show(sourceLine)}: expected a number`;
  if (!isObject(header)) return "header is no object";
  if (!LAYOUTS.has(header.layout)) return `header.layout is ${show(header.layout)}: expected nsg-v1, nsg-v2 or vnet-v4`;
  if (typeof header.time !== "string") return `header.time is ${show(header.time)}: expected a text`;
  for (const key of HEADER_TEXTS) {
    if (!isOptionalText(header[key])) return `header.${key} is ${show(header[key])}: expected a text`;
  }
  if (!Array.isArray(groups)) return `groups is ${show(groups)}: expected an array`;
  for (const [index, group] of groups.entries()) {
    const problem = findGroupProblem(group);
    if (problem !== undefined) return `groups[${index}]${problem}`;
  }
  return undefined;
}

function findGroupProblem(value: unknown): string | undefined {
  if (!isObject(value)) return " is no object";
  for (const key of ["flow", "group", "first"]) {
    if (!isIndex(value[key])) return `.${key} is ${show(value[key])}: expected an index`;
  }
  if (typeof value.rule !== "string") return `.rule is ${show(value.rule)}: expected a text`;
  for (const key of ["aclId", "mac"]) {
    if (!isOptionalText(value[key])) return `.${key} is ${show(value[key])}: expected a text`;
  }
  const tuples: unknown = value.tuples;
  if (!Array.isArray(tuples)) return `.tuples is ${show(tuples)}: expected an array`;
  for (let i = 0; i < tuples.length; i++) {
    if (typeof tuples[i] !== "string") return `.tuples[${i}] is ${show(tuples[i])}: expected a text`;
  }
  return undefined;
}

function copyMark({ v, kind, origin, attempt }: PackedAzureRecord["tributary"]): PackedAzureRecord["tributary"] {
  return { v, kind, ...(origin !== undefined && { origin }), ...(attempt !== undefined && { attempt }) };
}

function copyHeader(header: AzureRecordHeader): AzureRecordHeader {
  const copy: { -readonly [K in keyof AzureRecordHeader]: AzureRecordHeader[K] } = {
    layout: header.layout,
    time: header.time,
  };
  for (const key of HEADER_TEXTS) {
    const text = header[key];
    if (text !== undefined) copy[key] = text;
  }
  return copy;
}

function copyGroup({ flow, group, first, rule, aclId, mac, tuples }: AzureFlowGroup): AzureFlowGroup {
  return {
    flow,
    group,
    first,
    rule,
    ...(aclId !== undefined && { aclId }),
    ...(mac !== undefined && { mac }),
    tuples,
  };
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = jsonOf(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    // Nested deeper than JSON.stringify can recurse.
    return "";
  }
}
