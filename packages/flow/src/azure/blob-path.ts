import { parseArmId } from "./arm-id.js";
import type { AzureFlowGroup, AzureRecordHeader } from "./azure-flow.js";
import { normaliseMac } from "./mac-address.js";

const MARKER = /(?:flowlog)?resourceid=/g;
// The key `m=` occurs twice, for month and minute.
const HOUR = /\/y=(\d{4})\/m=(\d{1,2})\/d=(\d{1,2})\/h=(\d{1,2})(?:\/|$)/;
const MAC = /\/macaddress=([^/]+)/;
const REGION = /[/=]networkwatcher_([0-9a-z]+)[_/]/;

/** What a blob path says. */
export interface AzureBlobPath {
  /** Begin of the logged hour, ms since the epoch. */
  readonly hour?: number;
  /** 12 hex digits, upper case. */
  readonly macAddress?: string;
  /** Lower case. */
  readonly region?: string;
}

/**
 * The identity of a flow-log blob: its path from `resourceId=` or `flowLogResourceID=` on, in lower case. It is the same for the
 * blob's URL, its name in the container and a copy on disk that kept the path (back slashes, percent-encoding and a `.gz` ending
 * included). Undefined when the path holds neither marker.
 */
export function azureBlobKey(path: string): string | undefined {
  const plain = decode(path).replaceAll("\\", "/").toLowerCase();
  let from = -1;
  // The last one: a folder above the copy may itself be named so.
  for (const found of plain.matchAll(MARKER)) from = found.index;
  if (from < 0) return undefined;
  return plain
    .slice(from)
    .replace(/[?#].*$/s, "")
    .replace(/\/{2,}/g, "/")
    .replace(/\.gz$/, "");
}

function decode(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    // A per cent sign that encodes nothing, in a folder's name perhaps: take the two characters that matter.
    return path.replace(/%3d/gi, "=").replace(/%2f/gi, "/");
  }
}

/** Hour, MAC and region of a blob key; each is absent when the key does not say. Ids belong to the records, not to the path. */
export function parseAzureBlobPath(key: string): AzureBlobPath {
  const path = key.toLowerCase();
  const hour = hourOf(path);
  const macAddress = normaliseMac(MAC.exec(path)?.[1]);
  const region = REGION.exec(path)?.[1];
  return {
    ...(hour !== undefined && { hour }),
    ...(macAddress !== undefined && { macAddress }),
    ...(region !== undefined && { region }),
  };
}

function hourOf(path: string): number | undefined {
  const found = HOUR.exec(path);
  if (found === null) return undefined;
  const [year, month, day, hour] = [Number(found[1]), Number(found[2]), Number(found[3]), Number(found[4])];
  const time = Date.UTC(year, month - 1, day, hour);
  const date = new Date(time);
  // Date.UTC carries month 13 or hour 25 over instead of refusing it.
  const exact = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return exact ? time : undefined;
}

/**
 * Stands in for `azureBlobKey` where a file's own path does not hold it: the path under which Azure writes this record, made
 * from the record's resource id, MAC and the hour of its time. So copies of a blob under any name agree with each other, and as a
 * rule with the blob itself. NSG records may carry the MAC in their groups alone.
 */
export function recordBlobKey(header: AzureRecordHeader, groups: readonly AzureFlowGroup[] = []): string {
  const mac = header.macAddress ?? groups.find((group) => group.mac !== undefined)?.mac ?? "";
  const time = new Date(header.time);
  const iso = Number.isNaN(time.getTime()) ? "0000-00-00T00" : time.toISOString();
  const day = `y=${iso.slice(0, 4)}/m=${iso.slice(5, 7)}/d=${iso.slice(8, 10)}/h=${iso.slice(11, 13)}`;
  return `${resourcePath(header)}/${day}/m=00/macaddress=${mac}/pt1h.json`.toLowerCase();
}

function resourcePath(header: AzureRecordHeader): string {
  const flowLog = header.flowLogResourceId;
  if (flowLog === undefined) return `resourceid=${header.resourceId ?? "/"}`;
  const id = parseArmId(flowLog);
  if (id?.type !== "networkwatchers/flowlogs") return `flowlogresourceid=${flowLog}`;
  // `…/networkWatchers/<watcher>/flowLogs/<name>` becomes `/<subscription>_<group>/<watcher>_<name>` in a blob's path.
  const watcher = id.parentId?.split("/").at(-1) ?? "";
  return `flowlogresourceid=/${id.subscription}_${id.resourceGroup ?? ""}/${watcher}_${id.name}`;
}
