import {
  type Direction,
  type FlowExplainer,
  hasPorts,
  type IpRange,
  ipRange,
  type NetworkInterface,
  protocolText,
} from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import { nearest } from "./nearest-text.js";

/** What is asked of a target: who may use this service. */
export interface TargetQuestion {
  readonly target: string;
  readonly direction: Direction;
  /** IANA number; undefined for all. */
  readonly protocol: number | undefined;
  readonly port: number | undefined;
  /** The other end as given, an address or CIDR. */
  readonly peer: string | undefined;
  /** One of the target's own addresses, as given. */
  readonly own: string | undefined;
}

/** `tcp 5432`, or `all traffic`. */
export function questionService({ protocol, port }: TargetQuestion): string {
  if (protocol === undefined) return "all traffic";
  return port === undefined || !hasPorts(protocol) ? protocolText(protocol) : `${protocolText(protocol)} ${port}`;
}

/** The asked other end as a block. */
export function peerBlock({ peer }: TargetQuestion): IpRange | undefined {
  return peer === undefined ? undefined : ipRange(peer);
}

/**
 * The interfaces of the target, those that are gone only if all are. Throws ConfigurationError `unknown-target`, which names what is
 * spelt alike.
 */
export function targetInterfaces(
  explainer: FlowExplainer,
  { target, own }: TargetQuestion,
): readonly NetworkInterface[] {
  const found = explainer.find(target);
  if (found.length === 0) throw unknownTarget(explainer, target);
  const there = found.filter(({ until }) => until === undefined);
  const chosen = there.length > 0 ? there : found;
  if (own === undefined) return chosen;
  const having = chosen.filter((each) => [...each.addresses, ...each.publicAddresses].includes(own));
  if (having.length > 0) return having;
  const all = chosen.flatMap((each) => [...each.addresses, ...each.publicAddresses]).join(", ");
  throw new ConfigurationError("other-address", `${own} is no address of ${target}: it has ${all}`);
}

function unknownTarget({ snapshots }: FlowExplainer, target: string): ConfigurationError {
  const known = snapshots.flatMap(({ interfaces }) =>
    interfaces.flatMap(({ id, instanceId, name, addresses, publicAddresses }) => [
      ...[id, instanceId, name].filter((each) => each !== undefined),
      ...addresses,
      ...publicAddresses,
    ]),
  );
  const close = nearest(target, known);
  const hint = close.length === 0 ? "" : ` Did you mean ${close.join(", ")}?`;
  return new ConfigurationError(
    "unknown-target",
    `the inventory has no ${JSON.stringify(target)}: give an interface (eni-…), an instance (i-…), an address or a name.${hint}`,
  );
}
