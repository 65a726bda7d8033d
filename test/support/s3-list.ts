import type { StoredObject } from "./s3-service.js";

/** An object, or a folder that stands for all below it. */
interface ListEntry {
  readonly name: string;
  readonly object?: StoredObject;
}

/** What S3 answers to ListObjectsV2: prefix, delimiter, pages, `start-after` and keys in URL encoding. */
export function listBucket(
  objects: ReadonlyMap<string, StoredObject>,
  query: ReadonlyMap<string, string>,
  pageSize: number,
): string {
  const prefix = query.get("prefix") ?? "";
  const token = query.get("continuation-token");
  const after = token === undefined ? (query.get("start-after") ?? "") : Buffer.from(token, "base64").toString();
  const most = Math.min(pageSize, Number(query.get("max-keys") ?? 1000));
  const entries = entriesBelow(objects, prefix, query.get("delimiter")).filter(({ name }) => order(name, after) > 0);
  const page = entries.slice(0, most);
  const encode = query.get("encoding-type") === "url" ? urlEncoded : xmlEscaped;
  const contents = page.flatMap(({ name, object }) =>
    object === undefined
      ? []
      : [
          `<Contents><Key>${encode(name)}</Key><ETag>${xmlEscaped(object.etag)}</ETag><Size>${object.body.length}</Size></Contents>`,
        ],
  );
  const folders = page.flatMap(({ name, object }) =>
    object === undefined ? [`<CommonPrefixes><Prefix>${encode(name)}</Prefix></CommonPrefixes>`] : [],
  );
  const more = entries.length > page.length;
  const last = Buffer.from(page.at(-1)?.name ?? "").toString("base64");
  const next = more ? `<NextContinuationToken>${last}</NextContinuationToken>` : "";
  const encoding = query.has("encoding-type") ? "<EncodingType>url</EncodingType>" : "";
  return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${encoding}${contents.join("")}${folders.join("")}</ListBucketResult>`;
}

function entriesBelow(objects: ReadonlyMap<string, StoredObject>, prefix: string, delimiter?: string): ListEntry[] {
  const entries = new Map<string, ListEntry>();
  for (const [key, object] of objects) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + 1);
    entries.set(name, end < 0 ? { name, object } : { name });
  }
  return [...entries.values()].sort((a, b) => order(a.name, b.name));
}

/** Keys are in order of their UTF-8, which is not the order of strings here. */
const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const urlEncoded = (key: string): string => encodeURIComponent(key).replaceAll("%2F", "/").replaceAll("%20", "+");

const xmlEscaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
