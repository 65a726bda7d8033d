import { ConfigurationError } from "@tributary/flow";

/** The environment of a function, as Lambda gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that has to be there. Throws `ConfigurationError` (`missing-setting`). */
export function requiredSetting(environment: Environment, name: string, meaning: string): string {
  const value = environment[name];
  if (value === undefined || value === "") {
    throw new ConfigurationError("missing-setting", `${name} is not set: it gives ${meaning}; deploy the stack again`);
  }
  return value;
}

export function optionalSetting(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === "" ? undefined : value;
}

/** The beginning of names in a bucket, without slashes at its end. Throws `ConfigurationError` (`bad-setting`) if nothing is left. */
export function prefixSetting(environment: Environment, name: string, fallback: string): string {
  const text = optionalSetting(environment, name);
  if (text === undefined) return fallback;
  const prefix = text.replace(/\/+$/, "");
  if (prefix !== "") return prefix;
  throw new ConfigurationError("bad-setting", `${name} is "${text}": set it to a name such as ${fallback}`);
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/** A whole number within `range`. Throws `ConfigurationError` (`bad-setting`). */
export function numberSetting(
  environment: Environment,
  name: string,
  fallback: number,
  { min, max }: NumberRange,
): number {
  const text = optionalSetting(environment, name);
  if (text === undefined) return fallback;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new ConfigurationError("bad-setting", `${name} is "${text}": set it to a whole number from ${min} to ${max}`);
}

/** `true` or `false`. Throws `ConfigurationError` (`bad-setting`). */
export function switchSetting(environment: Environment, name: string, fallback: boolean): boolean {
  const text = optionalSetting(environment, name);
  if (text === undefined) return fallback;
  if (text === "true" || text === "false") return text === "true";
  throw new ConfigurationError("bad-setting", `${name} is "${text}": set it to true or false`);
}

/** Values parted by commas; none if it is not set. */
export function listSetting(environment: Environment, name: string): readonly string[] {
  const values = (optionalSetting(environment, name) ?? "").split(",").map((value) => value.trim());
  return values.filter((value) => value !== "");
}

/** JSON. Throws `ConfigurationError` (`bad-setting`). */
export function jsonSetting(environment: Environment, name: string, fallback: unknown): unknown {
  const text = optionalSetting(environment, name);
  if (text === undefined) return fallback;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError("bad-setting", `${name} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}
