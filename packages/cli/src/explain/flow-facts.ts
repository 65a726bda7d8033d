import { type ExplainedFlow, protocolText, roleByFlags } from "@tributary/context";
import type { VpcFlow } from "@tributary/flow";
import { formatTime } from "../terminal/units.js";
import type { Fact, Step } from "./report.js";
import { nameAndId } from "./rule-rows.js";

/** `REJECT tcp 203.0.113.7:40022 → 10.0.1.5:22`. */
export function title(flow: VpcFlow): string {
  const end = (address: string | undefined, port: number | undefined) => {
    const host = address ?? "?";
    if (port === undefined || (flow.protocol !== 6 && flow.protocol !== 17)) return host;
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  };
  const protocol = flow.protocol === undefined ? "" : `${protocolText(flow.protocol)} `;
  return `${flow.action ?? "No action:"} ${protocol}${end(flow.srcaddr, flow.srcport)} → ${end(flow.dstaddr, flow.dstport)}`;
}

/** What the line says of the flow, with the names of its ends. */
export function flowStep(flow: VpcFlow, time: number, { srcName, dstName }: ExplainedFlow): Step {
  const via = (packet: string | undefined, logged: string | undefined) =>
    packet === undefined || packet === logged ? "" : `, in the packets ${packet}`;
  const facts: readonly (Fact | undefined)[] = [
    ["interface", flow.interfaceId ?? "the log has no interface-id"],
    ["source", `${nameAndId(srcName, flow.srcaddr ?? "-")}${via(flow.pktSrcaddr, flow.srcaddr)}`],
    ["destination", `${nameAndId(dstName, flow.dstaddr ?? "-")}${via(flow.pktDstaddr, flow.dstaddr)}`],
    ["began", formatTime(time)],
    flow.tcpFlags === undefined || flow.protocol !== 6 ? undefined : ["TCP flags", flagsText(flow.tcpFlags)],
  ];
  return {
    heading: "What the log says",
    blocks: [{ kind: "facts", facts: facts.filter((fact) => fact !== undefined) }],
  };
}

const FLAGS = [
  [1, "FIN"],
  [2, "SYN"],
  [4, "RST"],
  [16, "ACK"],
] as const;

function flagsText(flags: number): string {
  const names = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  return names.length === 0 ? `${flags} (none that AWS reports)` : `${flags} (${names.join(", ")})`;
}

/** What tells a connection's first packets from its replies. */
export function roleText(flow: VpcFlow): readonly string[] {
  const role = roleByFlags(flow);
  if (role === "initiator") return ["tcp-flags: SYN without ACK, so the flow opens the connection and answers none."];
  if (role === "responder")
    return ["tcp-flags: SYN and ACK, so the flow answers a connection that the other end opened."];
  if (flow.protocol !== 6) return [];
  return [
    flow.tcpFlags === undefined
      ? "The log has no tcp-flags, so only ports tell who opened the connection."
      : "tcp-flags: no SYN, so the connection was opened before this interval and only ports tell by whom.",
  ];
}

/** `tcp 443`, `icmp`, `any protocol`. */
export function serviceText(protocol: number | undefined, port: number | undefined): string {
  if (protocol === undefined) return port === undefined ? "the flow" : `port ${port}`;
  const name = protocolText(protocol);
  return port === undefined || (protocol !== 6 && protocol !== 17) ? name : `${name} ${port}`;
}
