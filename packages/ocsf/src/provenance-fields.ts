import { quote } from "./json-text.js";

/** Where in an Azure blob a tuple stands. */
export interface TuplePlace {
  /** Byte of the record. */
  readonly offset: number;
  /** Line or record of the source that holds the record, where the source is not the blob. */
  readonly sourceLine: number | undefined;
  readonly flow: number;
  readonly group: number;
  readonly tuple: number;
}

/** The keys of `unmapped` that only provenance has, when it is there. */
export const PROVENANCE_KEYS: ReadonlySet<string> = new Set(["source", "source_line", "source_byte", "source_tuple"]);

/** All but the source itself, with numbers of full length. */
const FRAME_BYTES = 110;

let last = { source: "", field: "" };

/** `,"source":"…"`, which is the same for all flows of an input. */
function sourceField(source: string): string {
  if (source !== last.source) last = { source, field: `,"source":${quote(source)}` };
  return last.field;
}

/** The keys of `unmapped` that say which line a flow was, each after a comma. */
export function lineProvenance(source: string, line: number | string): string {
  return `${sourceField(source)},"source_line":${quote(String(line))}`;
}

/** The keys of `unmapped` that say which tuple a flow was, each after a comma. */
export function tupleProvenance(source: string, { offset, sourceLine, flow, group, tuple }: TuplePlace): string {
  const record = sourceLine === undefined ? `"source_byte":"${offset}"` : `"source_line":"${sourceLine}"`;
  return `${sourceField(source)},${record},"source_tuple":"${flow}/${group}/${tuple}"`;
}

/** Upper estimate of what either adds to a document, bytes; nothing where no source is to be named. */
export function provenanceBytes(source: string | undefined): number {
  return source === undefined ? 0 : FRAME_BYTES + sourceField(source).length;
}
