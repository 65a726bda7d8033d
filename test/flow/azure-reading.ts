import {
  type AzureFlowGroup,
  type AzureRecordHeader,
  AzureRecordSplitter,
  type AzureTuple,
  Parked,
  parseAzureRecord,
  parseAzureTuple,
  type SplitRecord,
} from "@tributary/flow";

/** What a blob gives, tuple by tuple, in the shape of the files under fixtures/azure/expected. */
export interface Reading {
  readonly records: {
    readonly offset: number;
    readonly header: AzureRecordHeader;
    readonly flows: {
      readonly at: string;
      readonly rule: string;
      readonly aclId?: string;
      readonly mac?: string;
      readonly tuple: AzureTuple;
    }[];
  }[];
  /** Without the message of `invalid-json`, which is the JavaScript engine's own. */
  readonly parked: { readonly reason: string; readonly message?: string; readonly raw: string }[];
}

/** Splits bytes that arrive in pieces of the given sizes (the last size repeats). */
export function split(
  bytes: Uint8Array,
  sizes: readonly number[] = [bytes.length || 1],
  options: ConstructorParameters<typeof AzureRecordSplitter>[0] = {},
): { readonly found: readonly SplitRecord[]; readonly closed: boolean; readonly resumeOffset: number } {
  const splitter = new AzureRecordSplitter(options);
  const found: SplitRecord[] = [];
  for (let from = 0, k = 0; from < bytes.length; k++) {
    const size = Math.max(1, sizes[Math.min(k, sizes.length - 1)] ?? 1);
    // Overwritten once read, as a file reader does with its buffer: the splitter must not keep a view of it.
    const chunk = bytes.slice(from, from + size);
    found.push(...splitter.push(chunk));
    chunk.fill(0);
    from += size;
  }
  found.push(...splitter.end());
  return { found, closed: splitter.closed, resumeOffset: splitter.resumeOffset };
}

/** Reads a whole blob down to its tuples. */
export function readBlob(bytes: Uint8Array): Reading {
  const reading: Reading = { records: [], parked: [] };
  const park = ({ reason, message, raw }: Parked): void => {
    reading.parked.push(reason === "invalid-json" ? { reason, raw } : { reason, message, raw });
  };
  for (const item of split(bytes).found) {
    const record = item.kind === "parked" ? item.parked : parseAzureRecord(item.value, item.text);
    if (record instanceof Parked) {
      park(record);
      continue;
    }
    for (const parked of record.parked) park(parked);
    const flows: Reading["records"][number]["flows"] = [];
    for (const { group, index, tuple } of tuplesOf(record.groups)) {
      const parsed = parseAzureTuple(record.header.layout, tuple);
      if (parsed instanceof Parked) {
        park(parsed);
        continue;
      }
      const { rule, aclId, mac } = group;
      const labels = { rule, ...(aclId !== undefined && { aclId }), ...(mac !== undefined && { mac }) };
      flows.push({ at: `${group.flow}/${group.group}/${index}`, ...labels, tuple: parsed });
    }
    reading.records.push({ offset: item.offset, header: record.header, flows });
  }
  return reading;
}

/** Every tuple with the identity it has in its record. */
export function tuplesOf(
  groups: readonly AzureFlowGroup[],
): { readonly group: AzureFlowGroup; readonly index: number; readonly tuple: string }[] {
  return groups.flatMap((group) => group.tuples.map((tuple, at) => ({ group, index: group.first + at, tuple })));
}
