import { type VpcField, vpcField } from "@tributary/flow";
import type { SchemaElement } from "hyparquet";
import type { CellText } from "./cell-text.js";
import { cellText } from "./cell-text.js";

/** A column of flow logs: one field of their lines. */
export interface FlowColumn {
  /** As the header of the text form would name it. */
  readonly name: string;
  readonly field: VpcField | undefined;
  readonly element: SchemaElement;
  /** Place of the column among all of the file. */
  readonly index: number;
  readonly optional: boolean;
  readonly text: CellText;
}

export interface FlowColumns {
  readonly columns: readonly FlowColumn[];
  /** Names of those that cannot be said as a field of a line, or whose field another column has. */
  readonly leftOut: readonly string[];
}

/** A name that a line's header may have; others would be two names there, or none. */
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** The columns of a file's schema, whose first element is the root, in their order. */
export function flowColumns(schema: readonly SchemaElement[]): FlowColumns {
  const columns: FlowColumn[] = [];
  const leftOut: string[] = [];
  const taken = new Set<string>();
  let index = 0;
  for (let at = 1; at < schema.length; ) {
    const element = schema[at];
    const { leaves, elements } = sizeOf(schema, at);
    if (element !== undefined) {
      const { name } = element;
      const field = vpcField(name);
      const key = field ?? name.toLowerCase().replaceAll("_", "-");
      const text = elements === 1 && element.repetition_type !== "REPEATED" ? cellText(element, field) : undefined;
      if (text === undefined || taken.has(key) || !HEADER_NAME.test(name)) leftOut.push(name);
      else {
        taken.add(key);
        columns.push({ name, field, element, index, optional: element.repetition_type !== "REQUIRED", text });
      }
    }
    at += elements;
    index += leaves;
  }
  return { columns, leftOut };
}

/** How many elements and how many columns of data a schema element is, those below it included. */
function sizeOf(schema: readonly SchemaElement[], at: number): { readonly leaves: number; readonly elements: number } {
  let open = 1;
  let elements = 0;
  let leaves = 0;
  while (open > 0 && at + elements < schema.length) {
    const children = schema[at + elements]?.num_children ?? 0;
    if (children === 0) leaves++;
    open += children - 1;
    elements++;
  }
  return { leaves, elements: Math.max(1, elements) };
}
