import { FormatError, isAccountId, isIpAddress, parseIpv4, parseIpv6 } from "@tributary/flow";

/** JSON objects as EC2 and its command line give them. */
type JsonObject = Readonly<Record<string, unknown>>;

const QUOTED_CHARACTERS = 60;

/**
 * One object of a description, read key by key. A key that is absent, null or empty text gives undefined; unknown keys are ignored. What has
 * another type than EC2 documents throws `FormatError` (`malformed-description`) that names where it stands.
 */
export class DescribedRecord {
  readonly #json: JsonObject;
  /** What the object is called when something is wrong with it. */
  readonly where: string;

  private constructor(json: JsonObject, where: string) {
    this.#json = json;
    this.where = where;
  }

  /** `where` names the object, e.g. `groups.json: SecurityGroups[3]`. */
  static of(json: unknown, where: string): DescribedRecord {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw malformed(`${where} is ${quoted(json)}, not an object`);
    }
    return new DescribedRecord(json as JsonObject, where);
  }

  /** The same object, called by its id in what is said of it from now on. */
  named(id: string): DescribedRecord {
    return new DescribedRecord(this.#json, `${this.where} (${id})`);
  }

  /** The object itself. */
  get json(): unknown {
    return this.#json;
  }

  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  text(key: string): string | undefined {
    const value = this.#value(key);
    if (value === undefined || value === "") return undefined;
    return typeof value === "string" ? value : this.reject(key, "text");
  }

  requiredText(key: string): string {
    return this.text(key) ?? this.reject(key, "text that is there");
  }

  integer(key: string): number | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    return typeof value === "number" && Number.isSafeInteger(value) ? value : this.reject(key, "a whole number");
  }

  flag(key: string): boolean | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    return typeof value === "boolean" ? value : this.reject(key, "true or false");
  }

  object(key: string): DescribedRecord | undefined {
    const value = this.#value(key);
    return value === undefined ? undefined : DescribedRecord.of(value, `${this.where}: ${key}`);
  }

  /** The objects of an array; none when it is absent. */
  objects(key: string): DescribedRecord[] {
    const value = this.#value(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) return this.reject(key, "an array");
    return value.map((element, index) => DescribedRecord.of(element, `${this.where}: ${key}[${index}]`));
  }

  /** The texts of an array that are address ranges; undefined when it is absent. */
  cidrs(key: string): readonly string[] | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    const all = Array.isArray(value) && value.every((each) => typeof each === "string" && isCidr(each));
    return all ? value : this.reject(key, "an array of address ranges");
  }

  address(key: string): string | undefined {
    const text = this.text(key);
    return text === undefined || isIpAddress(text) ? text : this.reject(key, "an IP address");
  }

  cidr(key: string): string | undefined {
    const text = this.text(key);
    return text === undefined || isCidr(text) ? text : this.reject(key, "an address range like 192.0.2.0/24");
  }

  /** 12 digits. */
  accountId(key: string): string | undefined {
    const text = this.text(key);
    return text === undefined || isAccountId(text) ? text : this.reject(key, "an account of 12 digits");
  }

  /** Throws for the value of `key`, which should have been `expected`. */
  reject(key: string, expected: string): never {
    throw malformed(`${this.where}: ${key} is ${quoted(this.#value(key))}, not ${expected}`);
  }

  /** Own keys alone: what `Object.prototype` has is not in the file. */
  #value(key: string): unknown {
    return Object.hasOwn(this.#json, key) ? (this.#json[key] ?? undefined) : undefined;
  }
}

function malformed(problem: string): FormatError {
  return new FormatError(
    "malformed-description",
    `${problem}: describe it again, with --output json and without --query`,
  );
}

function quoted(value: unknown): string {
  if (value === undefined) return "absent";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= QUOTED_CHARACTERS ? text : `${text.slice(0, QUOTED_CHARACTERS - 1)}…`;
}

/** Whether the text is an IPv4 or IPv6 range. Bits below the prefix length may be set: prefix lists may have them. */
function isCidr(text: string): boolean {
  const slash = text.indexOf("/");
  const digits = text.slice(slash + 1);
  if (slash < 0 || !/^(0|[1-9]\d{0,2})$/.test(digits)) return false;
  const first = text.slice(0, slash);
  const bits = parseIpv4(first) >= 0 ? 32 : parseIpv6(first) === undefined ? -1 : 128;
  return Number(digits) <= bits;
}
