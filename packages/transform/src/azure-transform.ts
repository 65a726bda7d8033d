import { azureRegion, azureSubscription, type PackedAzureRecord, Parked, parseAzureTuple } from "@tributary/flow";
import { AzureDocumentWriter, eventDay, uidOf } from "@tributary/ocsf";
import type { Rendering } from "./rendering.js";
import type { TransformSettings } from "./settings.js";
import { timeProblem } from "./time-window.js";

/** Renders all tuples of a packed Azure record. Positions count its tuples in order. */
export function renderAzure(
  record: PackedAzureRecord,
  into: Rendering,
  settings: TransformSettings,
  arrivalTime: number,
): void {
  const { header, blob, offset } = record;
  const subscription = azureSubscription(header, blob);
  const region = azureRegion(header, blob) ?? settings.region;
  const account = subscription === undefined ? undefined : `external_${subscription}`;
  let position = 0;
  for (const group of record.groups) {
    const writer =
      subscription === undefined
        ? undefined
        : new AzureDocumentWriter(header, group, { subscription, region }, settings.observables);
    group.tuples.forEach((text, index) => {
      const at = position++;
      const where = `${blob}@${offset}/${group.flow}/${group.group}/${group.first + index}`;
      if (writer === undefined || account === undefined) {
        into.park(
          "no-account",
          "no id of the record names a subscription: check what wrote this blob",
          text,
          where,
          at,
        );
        return;
      }
      const tuple = parseAzureTuple(header.layout, text);
      if (tuple instanceof Parked) {
        into.park(tuple.reason, tuple.message, text, where, at);
        return;
      }
      const problem = timeProblem(tuple.time, arrivalTime, settings.window);
      if (problem !== undefined) {
        into.park("time-out-of-window", problem, text, where, at);
        return;
      }
      into.add(() => writer.document(tuple, uidOf(`${where} ${text}`)), account, eventDay(tuple.time), at);
    });
  }
}
