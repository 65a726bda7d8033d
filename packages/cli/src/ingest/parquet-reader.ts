import { FormatError, type LineBatch, LineMatcher, VpcFormat } from "@tributary/flow";
import type { ReadContext, ReadParked, ReadPosition, ReadRecord, ReadStep } from "./flow-reader.js";
import { UnreadableInput } from "./input-problem.js";
import { addLines, lineDelivery } from "./line-delivery.js";
import { type FlowColumn, flowColumns } from "./parquet/flow-column.js";
import { openParquet } from "./parquet/parquet-file.js";
import { rowLines } from "./parquet/row-group-lines.js";
import { schemaKind } from "./parquet-kind.js";
import type { StoredBytes } from "./stored-bytes.js";
import { unknownFieldsNote } from "./unknown-fields.js";

/** Rows have the columns' names. */
const NO_FORMATS: readonly VpcFormat[] = [];

/** Reads one kind of input whose beginning does not say where its parts are. Throws as a FlowReader. */
export type StoredReader = (stored: StoredBytes, from: ReadPosition, context: ReadContext) => AsyncGenerator<ReadStep>;

/**
 * Reads VPC flow logs that AWS delivers as Parquet (`.log.parquet`): each row as the line that the text form has, under a header of the
 * column names, so that both forms give the same documents. `line` counts rows; a file is read on from there. `position` is the size of the
 * file from the first step on, since a Parquet file is written whole: all of its head is what was read, and one of another size is
 * another file, for which it throws `changed`. Throws `not-flow-logs` for columns that are none.
 */
export const readVpcParquet: StoredReader = async function* (stored, from, context) {
  const { size } = stored;
  const { size: sizeBefore } = from.details;
  if (from.line > 0 && sizeBefore !== size) {
    throw new UnreadableInput(
      "changed",
      "its size is not what it was when it was read: run with --again to replace its rows",
    );
  }
  const file = await openParquet(stored);
  const kind = schemaKind(file.schema);
  if (kind.kind === "other")
    throw new UnreadableInput("not-flow-logs", `it is ${kind.what}, so nothing of it was read`);
  const { columns, leftOut } = flowColumns(file.schema);
  const fields = columns.map(({ name }) => name).join(" ");
  if (from.line === 0) noteColumns(columns, leftOut, context);
  const { lines: delivery, time } = lineDelivery(context);
  const details = { ...from.details, size };
  const matcher = context.match === undefined ? undefined : LineMatcher.of(context.match, NO_FORMATS);
  for await (const { lines, first } of rowLines(file, columns, { size, behind: from.line })) {
    const all: LineBatch = { ...delivery, ...time, fields, ids: lines.map((_, index) => first + index), lines };
    const { batch, notMatched } = matcher?.select(all, context.account) ?? { batch: all, notMatched: 0 };
    const records: ReadRecord[] = [];
    const parked: ReadParked[] = [];
    if (batch !== undefined) addLines(batch, context, { records, parked });
    yield {
      records,
      parked,
      position: size,
      line: first + lines.length - 1,
      details,
      ...(notMatched === 0 ? {} : { skipped: { "not-matched": notMatched } }),
    };
  }
};

function noteColumns(columns: readonly FlowColumn[], leftOut: readonly string[], { onNote }: ReadContext): void {
  if (leftOut.length > 0) {
    const names = leftOut.map((name) => JSON.stringify(name)).join(", ");
    onNote(`columns ${names} are left out, since no field of a flow log is like them`);
  }
  try {
    const note = unknownFieldsNote(VpcFormat.of(columns.map(({ name }) => name)));
    if (note !== undefined) onNote(note);
  } catch (error) {
    // The rows of a transit gateway's log are parked, with what is wrong with them.
    if (!(error instanceof FormatError)) throw error;
  }
}
