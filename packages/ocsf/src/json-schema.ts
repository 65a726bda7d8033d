import type { Attribute, Attributes, ClassDefinition, ScalarType } from "./definition.js";

type Schema = Record<string, unknown>;

// OCSF 1.1.0 `types`; datetime is narrowed to UTC with `Z`, which is all that Firehose's OpenX reader understands.
const SCALARS: Readonly<Record<ScalarType, Schema>> = {
  string_t: { type: "string", maxLength: 65_535 },
  integer_t: { type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  long_t: { type: "integer" },
  timestamp_t: { type: "integer" },
  datetime_t: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?Z$" },
  ip_t: {
    type: "string",
    maxLength: 40,
    anyOf: [
      { pattern: "^(?:(?:25[0-5]|2[0-4]\\d|1\\d{2}|[1-9]?\\d)(?:\\.(?!$)|$)){4}$" },
      { pattern: "^(?=.*:)[0-9A-Fa-f:]{2,39}(?:\\d+\\.\\d+\\.\\d+\\.\\d+)?$" },
    ],
  },
  mac_t: { type: "string", pattern: "^(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$" },
  port_t: { type: "integer", minimum: 0, maximum: 65_535 },
  hostname_t: { type: "string", pattern: "^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$" },
  json_t: { type: "string" },
};

function schemaOf(attribute: Attribute): Schema {
  const element = elementSchema(attribute);
  return attribute.isArray ? { type: "array", items: element } : element;
}

function elementSchema(attribute: Attribute): Schema {
  switch (attribute.kind) {
    case "map":
      return { type: "object", additionalProperties: { type: "string" } };
    case "object": {
      const { attributes, atLeastOne } = attribute.object;
      const anyOf = atLeastOne?.map((name) => ({ required: [name] }));
      return { ...objectSchema(attributes), ...(anyOf === undefined ? {} : { anyOf }) };
    }
    case "scalar":
      return attribute.values === undefined
        ? SCALARS[attribute.type]
        : { type: "integer", enum: Object.keys(attribute.values).map(Number) };
  }
}

function objectSchema(attributes: Attributes): Schema {
  const entries = Object.entries(attributes);
  return {
    type: "object",
    additionalProperties: false,
    required: entries.filter(([, attribute]) => attribute.requirement === "required").map(([name]) => name),
    properties: Object.fromEntries(entries.map(([name, attribute]) => [name, schemaOf(attribute)])),
  };
}

/**
 * JSON Schema (draft 2020-12) of the documents that we emit for a class: stricter than OCSF in that only the class's own columns,
 * UTC times and the declared profiles are allowed. It also ties `type_uid` and the captions to their ids.
 */
export function jsonSchema(definition: ClassDefinition): Schema {
  const root = objectSchema(definition.attributes);
  const activity = definition.attributes["activity_id"];
  const activities = activity?.kind === "scalar" ? Object.entries(activity.values ?? {}) : [];
  const properties = root["properties"] as Schema;
  const metadata = properties["metadata"] as { properties: Schema; required: string[] };
  metadata.properties["version"] = { const: definition.ocsfVersion };
  metadata.properties["profiles"] = { const: definition.profiles };
  metadata.required.push("profiles");
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `${definition.caption} [${definition.classUid}] OCSF ${definition.ocsfVersion}`,
    ...root,
    properties: {
      ...properties,
      class_uid: { const: definition.classUid },
      class_name: { const: definition.caption },
      category_uid: { const: definition.categoryUid },
    },
    oneOf: activities.map(([id, caption]) => ({
      properties: {
        activity_id: { const: Number(id) },
        activity_name: { const: caption },
        type_uid: { const: definition.classUid * 100 + Number(id) },
        type_name: { const: `${definition.caption}: ${caption}` },
      },
    })),
  };
}
