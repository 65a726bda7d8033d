import { ConfigurationError, isAccountId, TributaryError, VpcFormat } from "@tributary/flow";
import { DEFAULT_SETTINGS, DEFAULT_WINDOW, type TransformSettings } from "@tributary/transform";
import {
  type Environment,
  jsonSetting,
  numberSetting,
  optionalSetting,
  prefixSetting,
  requiredSetting,
  switchSetting,
} from "./environment.js";

/** Where the inventory is, and how it is used. */
export interface InventorySettings {
  readonly bucket: string;
  /** Without a slash at its end. */
  readonly prefix: string;
  /** ms between two looks at the bucket. */
  readonly refreshEvery: number;
  /** Where the collector is asked for unknown interfaces; it is not asked if absent. */
  readonly queueUrl?: string;
  /** Direct calls to EC2, which are off unless set. */
  readonly lookups?: { readonly callsPerMinute: number; readonly accountId: string; readonly region: string };
}

export interface TransformFunctionSettings {
  readonly transform: TransformSettings;
  /** Flows get no context if absent. */
  readonly inventory?: InventorySettings;
}

/** Reads the environment of the transform. Throws `ConfigurationError` that names the variable. */
export function transformSettings(environment: Environment): TransformFunctionSettings {
  const account = optionalSetting(environment, "FALLBACK_ACCOUNT");
  const region = optionalSetting(environment, "FALLBACK_REGION");
  const { responseBudgetBytes, ...defaults } = DEFAULT_SETTINGS;
  const days = { min: 0, max: 36_500 };
  const transform: TransformSettings = {
    formats: vpcFormats(environment) ?? defaults.formats,
    ...(account === undefined ? {} : { account: accountId("FALLBACK_ACCOUNT", account) }),
    ...(region === undefined ? {} : { region }),
    accountFromStream: switchSetting(environment, "ACCOUNT_FROM_STREAM", defaults.accountFromStream),
    timeFromArrival: switchSetting(environment, "TIME_FROM_ARRIVAL", defaults.timeFromArrival),
    window: {
      pastDays: numberSetting(environment, "WINDOW_PAST_DAYS", DEFAULT_WINDOW.pastDays, days),
      futureDays: numberSetting(environment, "WINDOW_FUTURE_DAYS", DEFAULT_WINDOW.futureDays, days),
    },
    observables: switchSetting(environment, "OBSERVABLES", defaults.observables),
    responseBudgetBytes: numberSetting(environment, "RESPONSE_BUDGET_BYTES", responseBudgetBytes, {
      min: 100_000,
      max: 6_000_000,
    }),
  };
  const inventory = inventorySettings(environment);
  return { transform, ...(inventory === undefined ? {} : { inventory }) };
}

function inventorySettings(environment: Environment): InventorySettings | undefined {
  const bucket = optionalSetting(environment, "INVENTORY_BUCKET");
  if (bucket === undefined) return undefined;
  const queueUrl = optionalSetting(environment, "COLLECTOR_QUEUE_URL");
  const callsPerMinute = numberSetting(environment, "DIRECT_LOOKUPS_PER_MINUTE", 0, { min: 0, max: 600 });
  return {
    bucket,
    prefix: prefixSetting(environment, "INVENTORY_PREFIX", "inventory"),
    refreshEvery: numberSetting(environment, "INVENTORY_REFRESH_SECONDS", 60, { min: 1, max: 86_400 }) * 1000,
    ...(queueUrl === undefined ? {} : { queueUrl }),
    ...(callsPerMinute === 0 ? {} : { lookups: { callsPerMinute, ...ownPlace(environment) } }),
  };
}

/** The account and region that direct lookups ask: those of the function itself. */
function ownPlace(environment: Environment): { readonly accountId: string; readonly region: string } {
  const account = requiredSetting(environment, "LOOKUP_ACCOUNT", "the account that direct lookups ask");
  return {
    accountId: accountId("LOOKUP_ACCOUNT", account),
    region: requiredSetting(environment, "AWS_REGION", "the region of this function"),
  };
}

function vpcFormats(environment: Environment): readonly VpcFormat[] | undefined {
  const listed = jsonSetting(environment, "VPC_FORMATS", undefined);
  if (listed === undefined) return undefined;
  if (Array.isArray(listed) && listed.length > 0 && listed.every((text) => typeof text === "string")) {
    return listed.map(vpcFormat);
  }
  throw new ConfigurationError(
    "bad-setting",
    "VPC_FORMATS is no JSON list of formats: set it to a list of texts, each with the fields of one flow log",
  );
}

function vpcFormat(text: string): VpcFormat {
  try {
    return VpcFormat.parse(text);
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error;
    throw new ConfigurationError("bad-setting", `VPC_FORMATS has a format that cannot be read: ${error.message}`, {
      cause: error,
    });
  }
}

function accountId(name: string, text: string): string {
  if (isAccountId(text)) return text;
  throw new ConfigurationError("bad-setting", `${name} is "${text}": set it to an account id of 12 digits`);
}
