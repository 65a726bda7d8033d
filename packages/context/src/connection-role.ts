import type { FlowFacts } from "./explanation.js";
import { TCP } from "./rule-match.js";

const SYN = 2;
const SYN_ACK = 18;
const ACK = 16;
/** Where the ephemeral ports of most systems begin. */
const EPHEMERAL = 32768;

/** The end of the connection that sent a flow's packets. */
export type ConnectionRole = "initiator" | "responder";

/** What `tcp-flags` tell. They are added up over all packets of the flow, so an ACK alone tells nothing. */
export function roleByFlags({ protocol, tcpFlags }: FlowFacts): ConnectionRole | undefined {
  if (protocol !== TCP || tcpFlags === undefined) return undefined;
  if ((tcpFlags & SYN_ACK) === SYN_ACK) return "responder";
  return (tcpFlags & SYN) !== 0 && (tcpFlags & ACK) === 0 ? "initiator" : undefined;
}

/** What ports tell: the lower one is the service. */
export function roleByPorts({ srcport, dstport }: FlowFacts): ConnectionRole | undefined {
  if (srcport === undefined || dstport === undefined || srcport === dstport) return undefined;
  return srcport < dstport ? "responder" : "initiator";
}

/** Whether the flow goes from a service's port to an ephemeral one. */
export function goesToEphemeralPort({ srcport, dstport }: FlowFacts): boolean {
  return srcport !== undefined && dstport !== undefined && srcport < EPHEMERAL && dstport >= EPHEMERAL;
}
