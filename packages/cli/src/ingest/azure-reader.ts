import { packAzureRecord } from "@tributary/delivery";
import {
  AzureRecordSplitter,
  azureBlobKey,
  Parked,
  parseAzureRecord,
  recordBlobKey,
  type SplitRecord,
} from "@tributary/flow";
import { documentBytes } from "@tributary/ocsf";
import type { FlowReader, ReadContext, ReadParked, ReadRecord } from "./flow-reader.js";
import { UnreadableInput } from "./input-problem.js";

/** Reads an Azure flow-log blob (PT1H.json), also one that is still growing. */
export const readAzureBlob: FlowReader = async function* (source, from, context) {
  const splitter = new AzureRecordSplitter({ startOffset: from.position });
  let line = from.line;
  const step = (found: readonly SplitRecord[]) => {
    const records: ReadRecord[] = [];
    const parked: ReadParked[] = [];
    for (const item of found) {
      line++;
      addRecord(item, context, records, parked);
    }
    return { records, parked, position: splitter.resumeOffset, line, details: from.details };
  };
  for await (const chunk of source.chunks(from.position)) yield step([...splitter.push(chunk)]);
  const rest = [...splitter.end()];
  if (rest.length === 0) return;
  // A record in which the input ends is not settled: it may be whole when the blob is read again.
  const torn = rest.findIndex(({ kind, offset }) => kind === "parked" && offset >= splitter.resumeOffset);
  if (torn < 0 || !context.mayGrow) {
    yield step(rest);
    return;
  }
  if (torn > 0) yield step(rest.slice(0, torn));
  throw new UnreadableInput(
    "cut-off",
    `it ends inside the record at byte ${rest[torn]?.offset}: fetch the blob again, and run the same command for the rest`,
  );
};

function addRecord(item: SplitRecord, context: ReadContext, records: ReadRecord[], parked: ReadParked[]): void {
  const { offset } = item;
  if (item.kind === "parked") {
    parked.push({ parked: item.parked, position: offset });
    return;
  }
  const record = parseAzureRecord(item.value, item.text);
  if (record instanceof Parked) {
    parked.push({ parked: record, position: offset });
    return;
  }
  parked.push(...record.parked.map((one) => ({ parked: one, position: offset })));
  const { header, groups } = record;
  const blob = azureBlobKey(context.path) ?? recordBlobKey(header, groups);
  const limits = { responseBudgetBytes: context.responseBudgetBytes, documentBytes };
  for (const packing of packAzureRecord({ blob, offset, header, groups }, limits)) {
    if (packing.kind === "packed") records.push({ data: packing.data, flows: packing.tuples });
    else parked.push({ parked: packing.parked, position: offset });
  }
}
