import { azureBlobKey, parseAzureBlobPath } from "../azure/blob-path.js";
import { datedDepth, datedSpan, HIVE_DATES, overlaps, PLAIN_DATES, type TimeSpan } from "./dated-folder.js";
import { parseVpcLogKey } from "./log-key.js";

/** Which flow logs are wanted; what is absent is not restricted. It chooses files, not the flows in them. */
export interface LogSelection {
  /** ms since the epoch of the first wanted moment. */
  readonly from?: number;
  /** ms since the epoch of the first moment that is no longer wanted. */
  readonly to?: number;
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A new file begins every five minutes (VPC user guide, "Flow log files"). */
const SLOT = 5 * MINUTE;
/** AWS names a file by the end of its slot in one place and by its begin in another, and delivers single records early. */
const BEFORE = 15 * MINUTE;
/**
 * A flow that began in the last wanted moment ends up to ten minutes later, the longest aggregation interval, stands in the slot of its
 * end, and is usually published within another ten (VPC user guide, "Flow logs basics").
 */
const AFTER = 30 * MINUTE;

/** What times the names of files and folders may have that hold wanted flows: the wanted time, padded for flows that end or arrive late. */
export function paddedWindow({ from, to }: LogSelection): TimeSpan {
  return {
    from: from === undefined ? Number.NEGATIVE_INFINITY : from - BEFORE,
    to: to === undefined ? Number.POSITIVE_INFINITY : to + AFTER,
  };
}

export const wantsAccount = ({ accounts }: LogSelection, account: string): boolean =>
  accounts === undefined || accounts.includes(account);

export const wantsRegion = ({ regions }: LogSelection, region: string): boolean =>
  regions === undefined || regions.includes(region);

/**
 * Whether a key or local path may hold wanted flows. What it does not say excludes nothing, so that files with names of somebody's own
 * are always wanted; Azure's blobs belong to no AWS account, and are wanted whatever the accounts.
 */
export function wantsKey(selection: LogSelection, path: string): boolean {
  const { account, region, span } = keyFacts(path);
  if (account !== undefined && !wantsAccount(selection, account)) return false;
  if (region !== undefined && !wantsRegion(selection, region)) return false;
  return span === undefined || overlaps(span, paddedWindow(selection));
}

/** Whether a key or path says when its flows were logged. */
export function tellsTime(path: string): boolean {
  return keyFacts(path).span !== undefined;
}

interface KeyFacts {
  readonly account?: string;
  readonly region?: string;
  readonly span?: TimeSpan;
}

function keyFacts(path: string): KeyFacts {
  const vpc = parseVpcLogKey(path);
  if (vpc !== undefined) {
    const { key, account, region, time } = vpc;
    const span = time === undefined ? folderSpan(key) : { from: time, to: time + SLOT };
    return {
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
      ...(span === undefined ? {} : { span }),
    };
  }
  const blob = azureBlobKey(path);
  if (blob === undefined) return {};
  const { region, hour } = parseAzureBlobPath(blob);
  return {
    ...(region === undefined ? {} : { region }),
    ...(hour === undefined ? {} : { span: { from: hour, to: hour + HOUR } }),
  };
}

const PLAIN_FOLDERS = /\/vpcflowlogs\/[^/]+\/(.+)\/[^/]*$/;
const HIVE_FOLDERS = /\/aws-region=[^/]+\/(.+)\/[^/]*$/;

/** The day or hour of the folder of a file that has another name. */
function folderSpan(key: string): TimeSpan | undefined {
  const plain = PLAIN_FOLDERS.exec(key)?.[1];
  const segments = (plain ?? HIVE_FOLDERS.exec(key)?.[1] ?? "").split("/");
  const naming = plain === undefined ? HIVE_DATES : PLAIN_DATES;
  const depth = datedDepth(segments, naming);
  return depth === 0 ? undefined : datedSpan(segments.slice(0, depth), naming);
}
