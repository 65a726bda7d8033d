import { linesOf } from "./file-lines.js";
import type { LakeSnapshot } from "./lake-state.js";
import { textPieces } from "./text-pieces.js";

/**
 * A checkpoint is one JSON object whose lists have one element a line. A lake with hundreds of thousands of inputs would otherwise need a
 * text longer than JavaScript can hold.
 */
const LISTS = ["parquet", "errors", "inputs", "pruned"] as const;
type List = (typeof LISTS)[number];

/** The text of a checkpoint, in pieces. */
export function checkpointPieces(snapshot: LakeSnapshot): Generator<string> {
  return textPieces(checkpointLines(snapshot));
}

function* checkpointLines(snapshot: LakeSnapshot): Generator<string> {
  const { version, commit, nextInput } = snapshot;
  // Without its brace: the lists go on where it ends.
  yield JSON.stringify({ version, commit, nextInput }).slice(0, -1);
  for (const name of LISTS) {
    const list = snapshot[name];
    if (list === undefined) continue;
    yield `,"${name}":[`;
    for (const [index, element] of list.entries()) {
      yield `${JSON.stringify(element)}${index < list.length - 1 ? "," : ""}`;
    }
    yield "]";
  }
  yield "}";
}

/**
 * Reads a checkpoint, also one of version 0.1.0, which is a single line. Throws SyntaxError for one that is cut off or no JSON, and what
 * the disk throws.
 */
export async function readCheckpoint(path: string): Promise<LakeSnapshot> {
  const lists = new Map<List, unknown[]>();
  let head: object | undefined;
  let open: unknown[] | undefined;
  let ended = false;
  for await (const line of linesOf(path)) {
    if (head === undefined) {
      if (line.endsWith("}")) return JSON.parse(line) as LakeSnapshot;
      head = JSON.parse(`${line}}`) as object;
    } else if (open !== undefined) {
      if (line === "]") open = undefined;
      else open.push(JSON.parse(line.endsWith(",") ? line.slice(0, -1) : line));
    } else if (line === "}") {
      ended = true;
    } else {
      open = [];
      lists.set(listOf(line), open);
    }
  }
  if (!ended) throw new SyntaxError("its end is missing");
  return { ...head, ...Object.fromEntries(lists) } as unknown as LakeSnapshot;
}

function listOf(line: string): List {
  const list = LISTS.find((name) => line === `,"${name}":[`);
  if (list === undefined) throw new SyntaxError(`no list begins with ${line.slice(0, 40)}`);
  return list;
}
