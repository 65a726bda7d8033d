import { closed, fieldsOf } from "./json-text.js";
import { observable } from "./objects.js";

const IP_ADDRESS = { type: "IP Address", type_id: 2 };
const RESOURCE_UID = { type: "Resource UID", type_id: 10 };

/** The `,"observables":[…]` field from attribute paths and their values; absent values are left out. */
export function observablesField(values: readonly (readonly [path: string, value: string | undefined])[]): string {
  const items = values.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [
          closed(
            fieldsOf(observable.attributes, { name, value, ...(name.endsWith(".ip") ? IP_ADDRESS : RESOURCE_UID) }),
          ),
        ],
  );
  return items.length === 0 ? "" : `,"observables":[${items.join(",")}]`;
}
