import type { Attribute, Attributes } from "./definition.js";

// Everything else in ASCII stands for itself inside a JSON string.
const NEEDS_ESCAPE = /[^ !#-[\]-~]/;

const NOT_ASCII = /[\u007f-\uffff]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * A JSON string literal in ASCII: other characters are written as \uXXXX, so that a document has as many bytes as characters and can
 * be encoded without a second pass. Half a surrogate pair, which no UTF-8 can hold, becomes U+FFFD.
 */
export function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return JSON.stringify(text.replace(LONE_SURROGATE, "\ufffd")).replace(
    NOT_ASCII,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value as the writer takes it: plain data, undefined meaning absent. */
export type JsonValue = string | number | readonly JsonValue[] | { readonly [name: string]: JsonValue | undefined };

/**
 * The fields of an object as JSON text in the order of its definition, each after a comma. Throws TypeError for a name that the
 * definition lacks, since it would have no column. For parts that are written once and reused; the writer composes the rest.
 */
export function fieldsOf(attributes: Attributes, value: { readonly [name: string]: JsonValue | undefined }): string {
  const stray = Object.keys(value).find((name) => attributes[name] === undefined);
  if (stray !== undefined) throw new TypeError(`${stray} is not an attribute of this object`);
  let text = "";
  for (const [name, attribute] of Object.entries(attributes)) {
    const field = value[name];
    if (field !== undefined) text += `,${quote(name)}:${renderValue(attribute, field)}`;
  }
  return text;
}

function renderValue(attribute: Attribute, value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((element) => elementOf(attribute, element)).join(",")}]`;
  return elementOf(attribute, value);
}

function elementOf(attribute: Attribute, value: JsonValue): string {
  if (typeof value === "string") return quote(value);
  if (attribute.kind !== "object" || typeof value !== "object") return JSON.stringify(value);
  return closed(fieldsOf(attribute.object.attributes, value as { readonly [name: string]: JsonValue | undefined }));
}

/** Braces around fields, each of which follows a comma. */
export function closed(fields: string): string {
  return `{${fields.slice(1)}}`;
}

/**
 * The same ASCII text in one piece. V8 keeps a concatenation as a tree until somebody needs its characters; a fragment that goes into
 * many documents would be walked with each of them. Through bytes, because asking for a character leaves the tree's root behind.
 */
export function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
