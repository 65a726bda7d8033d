import { jsonSchema, networkActivity } from "@tributary/ocsf";
import { Ajv2020 } from "ajv/dist/2020.js";

const validate = new Ajv2020({ allErrors: true, strict: true, strictRequired: false }).compile(
  jsonSchema(networkActivity),
);

/** What the generated JSON Schema holds against a document: `<path> <message>`, empty when it is valid. */
export function schemaProblems(document: unknown): string[] {
  return validate(document)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
      );
}
