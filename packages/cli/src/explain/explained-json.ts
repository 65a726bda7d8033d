import {
  type ExplainedFlow,
  explanationSentence,
  type InterfaceState,
  peerText,
  portsText,
  protocolText,
  type SecurityGroup,
  type SecurityGroupRule,
} from "@tributary/context";
import type { VpcFlow } from "@tributary/flow";
import { formatTime } from "../terminal/units.js";
import type { JudgedFlow } from "./explain-flow.js";
import { entryName, type JudgedRule } from "./rule-rows.js";

export const NOT_LOOKED_AT_NAMES = [
  "route tables",
  "load balancers",
  "host firewall",
  "network firewall",
  "block public access",
] as const;

/** An explained flow for scripts. Times are ISO 8601. */
export function explainedJson(
  flow: VpcFlow,
  time: number,
  { explanation, srcName, dstName }: ExplainedFlow,
  known: { readonly state: InterfaceState; readonly judged: JudgedFlow | undefined } | undefined,
): unknown {
  const { verdict, likely, direction, basis, asOf, collectedAt, rules, asReply, acl, caveats } = explanation;
  return {
    verdict,
    likely,
    sentence: explanationSentence(explanation),
    direction,
    basis,
    as_of: isoTime(asOf),
    inventory_of: isoTime(collectedAt),
    flow: {
      time: formatTime(time),
      interface: flow.interfaceId,
      action: flow.action,
      protocol: flow.protocol,
      src: flow.srcaddr,
      src_name: srcName,
      src_port: flow.srcport,
      pkt_src: flow.pktSrcaddr,
      dst: flow.dstaddr,
      dst_name: dstName,
      dst_port: flow.dstport,
      pkt_dst: flow.pktDstaddr,
      tcp_flags: flow.tcpFlags,
    },
    interface: known === undefined ? undefined : interfaceJson(known.state),
    decided_by: {
      as_reply: asReply,
      rules: rules.map(({ rule }) => rule.id),
      network_acl: acl && { id: acl.acl.id, entry: entryName(acl.entry) },
    },
    rules: known?.judged?.direct.map(judgedJson),
    reply_rules: known?.judged?.reply.map(judgedJson),
    network_acl: known?.state.acl?.id,
    caveats,
    not_looked_at: NOT_LOOKED_AT_NAMES,
  };
}

export function interfaceJson({ interface: on, groups }: InterfaceState): unknown {
  const { id, name, type, instanceId, accountId, vpcId, subnetId, addresses, prefixes, publicAddresses, tags } = on;
  return {
    id,
    name,
    type,
    instance: instanceId,
    account: accountId,
    vpc: vpcId,
    subnet: subnetId,
    addresses,
    prefixes,
    public_addresses: publicAddresses,
    groups: groups.map((group) => ({ id: group.id, name: group.name })),
    tags,
  };
}

const judgedJson = ({ group, rule, match }: JudgedRule): unknown => ({ ...ruleJson(group, rule), match });

export function ruleJson(group: SecurityGroup, rule: SecurityGroupRule): Readonly<Record<string, unknown>> {
  return {
    id: rule.id,
    group: group.id,
    group_name: group.name,
    direction: rule.direction,
    protocol: rule.protocol === -1 ? "all" : protocolText(rule.protocol),
    ports: portsText(rule.protocol, rule.fromPort, rule.toPort) || "all",
    peer: peerText(rule.peer),
    description: rule.description,
  };
}

export const isoTime = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : formatTime(ms));

/** JSON text that no terminal obeys: JSON leaves DEL and the C1 controls as they are. */
export function jsonOutput(value: unknown): string {
  const json = JSON.stringify(value, undefined, 2);
  return `${json.replace(/[\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}
