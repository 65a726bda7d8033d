import type { DescribedRecord } from "./described-record.js";

/** Values of an object's tags by key; `list` is what EC2 calls them there, `TagSet` or `Tags`. */
export function tagsOf(record: DescribedRecord, list: "TagSet" | "Tags"): ReadonlyMap<string, string> {
  return new Map(record.objects(list).map((tag) => [tag.text("Key") ?? "", tag.text("Value") ?? ""]));
}

/** The value of the tag `Name`; an empty one is none. */
export function nameOf(tags: ReadonlyMap<string, string>): string | undefined {
  return tags.get("Name") || undefined;
}
