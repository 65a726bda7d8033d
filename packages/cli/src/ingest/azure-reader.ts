import { packAzureRecord } from "@tributary/delivery";
import {
  type AzureFlowGroup,
  AzureRecordSplitter,
  azureBlobKey,
  type FlowMatch,
  type PackedAzureRecord,
  Parked,
  parseAzureRecord,
  recordBlobKey,
  type SplitRecord,
  selectMatchingTuples,
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
    let notMatched = 0;
    for (const item of found) {
      line++;
      notMatched += addRecord(item, context, records, parked);
    }
    const skipped = notMatched === 0 ? {} : { skipped: { "not-matched": notMatched } };
    return { records, parked, ...skipped, position: splitter.resumeOffset, line, details: from.details };
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

/** Gives how many tuples are not wanted. */
function addRecord(item: SplitRecord, context: ReadContext, records: ReadRecord[], parked: ReadParked[]): number {
  const { offset } = item;
  if (item.kind === "parked") {
    parked.push({ parked: item.parked, position: offset });
    return 0;
  }
  const record = parseAzureRecord(item.value, item.text);
  if (record instanceof Parked) {
    parked.push({ parked: record, position: offset });
    return 0;
  }
  parked.push(...record.parked.map((one) => ({ parked: one, position: offset })));
  const { header } = record;
  const blob = azureBlobKey(context.path) ?? recordBlobKey(header, record.groups);
  const { groups, notMatched } = wantedGroups({ blob, offset, header, groups: record.groups }, context.match);
  const limits = { responseBudgetBytes: context.responseBudgetBytes, documentBytes };
  const source = context.source === undefined ? {} : { source: context.source };
  for (const packing of packAzureRecord({ blob, offset, ...source, header, groups }, limits)) {
    if (packing.kind === "packed") records.push({ data: packing.data, flows: packing.tuples });
    else parked.push({ parked: packing.parked, position: offset });
  }
  return notMatched;
}

function wantedGroups(
  record: Omit<PackedAzureRecord, "tributary">,
  match: FlowMatch | undefined,
): { readonly groups: readonly AzureFlowGroup[]; readonly notMatched: number } {
  if (match === undefined) return { groups: record.groups, notMatched: 0 };
  const matched = selectMatchingTuples({ tributary: { v: 1, kind: "azure" }, ...record }, match);
  return { groups: matched.record?.groups ?? [], notMatched: matched.notMatched };
}
