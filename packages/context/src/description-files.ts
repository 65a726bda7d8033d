import { FormatError } from "@tributary/flow";
import { DescribedRecord } from "./describe/described-record.js";
import type { Ec2Descriptions } from "./ec2-descriptions.js";

/** A file of the output of an `aws ec2` command. */
export interface DescriptionFile {
  /** Named in errors; for the entries of a prefix list it may tell the list, see `readDescriptions`. */
  readonly name: string;
  readonly text: string;
}

/** The keys that tell what a file is, the command that prints them, and where they go. */
const PARTS = {
  NetworkInterfaces: { command: "describe-network-interfaces", part: "networkInterfaces" },
  SecurityGroups: { command: "describe-security-groups", part: "securityGroups" },
  SecurityGroupRules: { command: "describe-security-group-rules", part: "securityGroupRules" },
  PrefixLists: { command: "describe-managed-prefix-lists", part: "managedPrefixLists" },
  Entries: { command: "get-managed-prefix-list-entries", part: "prefixListEntries" },
  NetworkAcls: { command: "describe-network-acls", part: "networkAcls" },
  Reservations: { command: "describe-instances", part: "instances" },
  Tags: { command: "describe-tags", part: "instanceTags" },
} as const;

type PartKey = keyof typeof PARTS;
const PART_KEYS = Object.keys(PARTS) as readonly PartKey[];
type ListPart = Exclude<(typeof PARTS)[PartKey]["part"], "prefixListEntries">;

/**
 * Reads files of what `aws ec2 describe-…` printed as JSON; each says by its top-level key what it holds, may hold several, and several
 * files of one kind are joined. The output of get-managed-prefix-list-entries does not say which list it is of: its file is named after it
 * (`entries-pl-0123456789abcdef0.json`), or the output stands in `{"PrefixListId": "pl-…", "Entries": […]}`. Throws `FormatError`:
 * `not-a-description`, `incomplete-description` (cut off by --max-items), `unnamed-prefix-list`, `malformed-description`.
 */
export function readDescriptions(files: readonly DescriptionFile[]): Ec2Descriptions {
  const lists: { [P in ListPart]?: unknown[] } = {};
  const entries = new Map<string, unknown[]>();
  const origins = new Map<unknown, string>();

  for (const file of files) {
    const content = contentOf(file);
    for (const key of keysOf(content, file)) {
      const { part } = PARTS[key];
      const records = elementsOf(content, key, file.name);
      for (const [record, where] of records) origins.set(record, where);
      const target = part === "prefixListEntries" ? entriesOf(prefixListId(content, file)) : listOf(part);
      for (const [record] of records) target.push(record);
    }
  }

  const hasEntries = entries.size > 0;
  return { ...lists, ...(hasEntries ? { prefixListEntries: entries } : {}), origins };

  function entriesOf(id: string): unknown[] {
    const present = entries.get(id) ?? [];
    entries.set(id, present);
    return present;
  }
  function listOf(part: ListPart): unknown[] {
    const present = lists[part] ?? [];
    lists[part] = present;
    return present;
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

function contentOf({ name, text }: DescriptionFile): JsonObject {
  let content: unknown;
  try {
    // PowerShell begins what it saves as UTF-8 with a byte order mark.
    content = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch (error) {
    throw notADescription(name, `not JSON (${(error as Error).message.slice(0, 80)})`, error);
  }
  if (Array.isArray(content)) throw notADescription(name, `a list of ${content.length}, as --query gives it`);
  if (typeof content !== "object" || content === null) throw notADescription(name, `the JSON value ${text.trim()}`);
  return content as JsonObject;
}

/** What the file holds. */
function keysOf(content: JsonObject, { name }: DescriptionFile): readonly PartKey[] {
  const keys = PART_KEYS.filter((key) => Object.hasOwn(content, key));
  if (keys.length === 0) {
    const named = Object.keys(content).slice(0, 5).join(", ");
    throw notADescription(name, named === "" ? "an empty object" : `an object with the keys ${named.slice(0, 100)}`);
  }
  if (content.NextToken !== undefined && content.NextToken !== null) {
    throw new FormatError(
      "incomplete-description",
      `${name} was cut off (it has a NextToken): run "aws ec2 ${PARTS[keys[0] ?? "Entries"].command}" again without --max-items and --no-paginate`,
    );
  }
  return keys;
}

/** The records under `key`, those of describe-instances out of their reservations, and what each is called. */
function elementsOf(content: JsonObject, key: PartKey, name: string): readonly (readonly [unknown, string])[] {
  const file = DescribedRecord.of(content, name);
  return key === "Reservations"
    ? file.objects(key).flatMap((reservation) => reservation.objects("Instances").map(rawAndName))
    : file.objects(key).map(rawAndName);
}

const rawAndName = (record: DescribedRecord): readonly [unknown, string] => [record.json, record.where];

function prefixListId(content: JsonObject, { name }: DescriptionFile): string {
  const wrapped = DescribedRecord.of(content, name).text("PrefixListId");
  if (wrapped !== undefined) return wrapped;
  const [id, ...others] = new Set((name.split(/[/\\]/).at(-1) ?? "").match(/pl-[0-9a-f]+/g));
  if (id !== undefined && others.length === 0) return id;
  throw new FormatError(
    "unnamed-prefix-list",
    `${name} holds entries of a prefix list without saying of which: name the file after it, e.g. "prefix-list-entries-pl-0123456789abcdef0.json"`,
  );
}

function notADescription(name: string, is: string, cause?: unknown): FormatError {
  const commands = Object.values(PARTS).map(({ command }) => command);
  return new FormatError(
    "not-a-description",
    `${name} is ${is}: give the JSON output of ${commands.map((command) => `"aws ec2 ${command}"`).join(", ")}, as it is printed`,
    { cause },
  );
}
