import { packAzureRecord } from "@tributary/delivery";
import { AzureRecordSplitter, azureBlobKey, Parked, parseAzureRecords } from "@tributary/flow";
import { documentBytes } from "@tributary/ocsf";
import { DEFAULT_SETTINGS } from "@tributary/transform";

const LIMITS = { responseBudgetBytes: DEFAULT_SETTINGS.responseBudgetBytes, documentBytes };

/** A blob's content as the packed records that its reader puts on the stream. */
export function packedRecordsOf(content: Uint8Array, blob: string): string[] {
  const splitter = new AzureRecordSplitter();
  return [...splitter.push(content), ...splitter.end()].flatMap((item) => {
    if (item.kind === "parked") return [];
    return parseAzureRecords(item.value, item.text).flatMap((record) => {
      if (record instanceof Parked) return [];
      const input = {
        blob: azureBlobKey(blob) ?? blob,
        offset: item.offset,
        header: record.header,
        groups: record.groups,
      };
      return [...packAzureRecord(input, LIMITS)].flatMap((packing) =>
        packing.kind === "packed" ? [packing.data] : [],
      );
    });
  });
}
