import { azureSubscription } from "../azure/arm-id.js";
import type { AzureFlowGroup, AzureRecordHeader, AzureTuple, PackedAzureRecord } from "../azure/azure-flow.js";
import { parseAzureTuple } from "../azure/azure-tuple.js";
import { selectTuples, tupleCount } from "../azure/packed-record.js";
import { Parked } from "../outcome.js";
import type { FlowMatch } from "./flow-match.js";
import { comparable } from "./line-facts.js";
import type { MatchFacts } from "./match-clause.js";

/** The tuples of a record that a match wants, and how many it does not; no record when it wants none. */
export interface MatchedTuples {
  readonly record: PackedAzureRecord | undefined;
  readonly notMatched: number;
}

/**
 * Leaves out the tuples that a match does not want; the others keep their identity. A tuple that breaks its layout goes on, so that the
 * transformation parks it. A denied flow is a REJECT; the account is the subscription, the interface a MAC or the logged resource.
 */
export function selectMatchingTuples(record: PackedAzureRecord, match: FlowMatch): MatchedTuples {
  const { header, blob } = record;
  const account = azureSubscription(header, blob);
  const selected = selectTuples(record, (text, _, group) => {
    const tuple = parseAzureTuple(header.layout, text);
    return tuple instanceof Parked || match.accepts(azureFacts(tuple, header, group, account));
  });
  const kept = selected === undefined ? 0 : tupleCount(selected);
  return { record: selected, notMatched: tupleCount(record) - kept };
}

function azureFacts(
  tuple: AzureTuple,
  { macAddress, targetResourceId }: AzureRecordHeader,
  { mac }: AzureFlowGroup,
  account: string | undefined,
): MatchFacts {
  return {
    sources: [comparable(tuple.srcIp)].filter((address) => address !== undefined),
    destinations: [comparable(tuple.dstIp)].filter((address) => address !== undefined),
    sourcePort: tuple.srcPort,
    destinationPort: tuple.dstPort,
    protocol: tuple.protocol,
    action: tuple.allowed ? "ACCEPT" : "REJECT",
    account,
    interfaces: [mac ?? macAddress, targetResourceId?.toLowerCase()].filter((id) => id !== undefined),
  };
}
