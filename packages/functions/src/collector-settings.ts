import type { InventoryTarget } from "@tributary/context/ec2";
import { ConfigurationError } from "@tributary/flow";
import {
  type Environment,
  jsonSetting,
  listSetting,
  numberSetting,
  optionalSetting,
  prefixSetting,
  requiredSetting,
} from "./environment.js";

/** An account and region to collect from, with the role to do it. */
export interface CollectorTarget extends InventoryTarget {
  /** The function's own credentials are used if absent. */
  readonly roleArn?: string;
  readonly externalId?: string;
}

export interface CollectorSettings {
  readonly targets: readonly CollectorTarget[];
  readonly bucket: string;
  /** Without a slash at its end, as `tablesPrefix`. */
  readonly prefix: string;
  readonly tablesBucket: string;
  readonly tablesPrefix: string;
  /** Tags of interfaces to keep, `Name` apart. */
  readonly tags: readonly string[];
  /** ms that former states are kept. */
  readonly keepFor: number;
  /** ms during which an interface that does not exist is not looked up again. */
  readonly unknownFor: number;
  /** With more unknown interfaces than this, everything is collected. */
  readonly fullAbove: number;
  readonly lookupCallsPerMinute: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MAX_TARGETS = 1000;

/** Reads the environment of the collector. Throws `ConfigurationError` that names the variable. */
export function collectorSettings(environment: Environment): CollectorSettings {
  const bucket = requiredSetting(environment, "INVENTORY_BUCKET", "the bucket of the inventory");
  return {
    targets: targetsOf(jsonSetting(environment, "INVENTORY_TARGETS", undefined)),
    bucket,
    prefix: prefixSetting(environment, "INVENTORY_PREFIX", "inventory"),
    tablesBucket: optionalSetting(environment, "TABLES_BUCKET") ?? bucket,
    tablesPrefix: prefixSetting(environment, "TABLES_PREFIX", "tables"),
    tags: listSetting(environment, "INVENTORY_TAGS"),
    keepFor: numberSetting(environment, "INVENTORY_KEEP_DAYS", 30, { min: 0, max: 3650 }) * DAY,
    unknownFor: numberSetting(environment, "UNKNOWN_MINUTES", 15, { min: 1, max: 1440 }) * MINUTE,
    fullAbove: numberSetting(environment, "FULL_ABOVE_INTERFACES", 400, { min: 0, max: 100_000 }),
    lookupCallsPerMinute: numberSetting(environment, "LOOKUPS_PER_MINUTE", 20, { min: 1, max: 600 }),
  };
}

function targetsOf(listed: unknown): readonly CollectorTarget[] {
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MAX_TARGETS) {
    throw badTargets(`is no list of 1 to ${MAX_TARGETS} targets`);
  }
  const targets = listed.map(targetOf);
  const names = targets.map(({ accountId, region }) => `${accountId}/${region}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badTargets(`has ${twice} twice`);
  return targets;
}

function targetOf(listed: unknown): CollectorTarget {
  if (typeof listed !== "object" || listed === null) throw badTargets(`has ${JSON.stringify(listed)}`);
  const { accountId, region, roleArn, externalId } = listed as Readonly<Record<string, unknown>>;
  if (typeof accountId !== "string" || !/^\d{12}$/.test(accountId))
    throw badTargets(`has accountId ${text(accountId)}`);
  if (typeof region !== "string" || !/^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(region))
    throw badTargets(`has region ${text(region)}`);
  if (roleArn !== undefined && (typeof roleArn !== "string" || !/^arn:[^:]+:iam::\d{12}:role\/./.test(roleArn))) {
    throw badTargets(`has roleArn ${text(roleArn)}`);
  }
  if (externalId !== undefined && typeof externalId !== "string") throw badTargets(`has an externalId that is no text`);
  return {
    accountId,
    region,
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(externalId === undefined ? {} : { externalId }),
  };
}

const text = (value: unknown): string => JSON.stringify(value) ?? "missing";

function badTargets(what: string): ConfigurationError {
  return new ConfigurationError(
    "bad-setting",
    `INVENTORY_TARGETS ${what}: set it to a JSON list of {"accountId", "region", "roleArn"?, "externalId"?}`,
  );
}
