import type { Direction, FlowFacts, NetworkInterface } from "@tributary/context";
import { isSame, naiveAddress } from "./naive-address.js";
import { hasPrivateAddress, type NaiveWorld } from "./naive-rule-match.js";
import { holds, isMemberState, stateAt } from "./naive-timeline.js";

/** Names of both ends of a flow. `recorder` is undefined when its interface is in no inventory. */
export function naiveNames(
  flow: FlowFacts,
  direction: Direction | undefined,
  recorder: NetworkInterface | undefined,
  world: NaiveWorld,
): { readonly srcName: string | undefined; readonly dstName: string | undefined } {
  const source = flow.pktSrcaddr ?? flow.srcaddr;
  const destination = flow.pktDstaddr ?? flow.dstaddr;
  if (recorder === undefined || direction === undefined) {
    return { srcName: nameOf(source, undefined, world), dstName: nameOf(destination, undefined, world) };
  }
  return direction === "ingress"
    ? { srcName: nameOf(source, recorder.vpcId, world), dstName: recorder.name }
    : { srcName: recorder.name, dstName: nameOf(destination, recorder.vpcId, world) };
}

/** The name of who has an address: in this VPC before others, and in others only when nobody else has it. */
function nameOf(address: string | undefined, vpcId: string | undefined, world: NaiveWorld): string | undefined {
  if (address === undefined) return undefined;
  const wanted = naiveAddress(address);
  const nearest = [...new Set(world.interfaces.map((state) => state.id))]
    .map((id) => stateAt(world.interfaces, id, world.time))
    .filter((state) => state !== undefined)
    .filter((state) => hasPrivateAddress(state, wanted) || state.publicAddresses.some((own) => isSame(wanted, own)));
  const owners = [
    nearest.filter((state) => holds(state, world.time)),
    nearest.filter((state) => isMemberState(state, world.interfaces, world.time)),
    nearest,
  ].find((states) => states.length > 0);
  const here = owners?.filter((owner) => vpcId !== undefined && owner.vpcId === vpcId) ?? [];
  const found = here.length > 0 ? youngest(here) : owners?.length === 1 ? owners[0] : undefined;
  return found?.name;
}

/** An address has one owner in a VPC; of two that seem to have it, the one that came last, else the first that is listed. */
const youngest = (states: readonly NetworkInterface[]): NetworkInterface | undefined =>
  [...states].sort((one, other) => other.asOf - one.asOf).at(0);
