import type { Column } from "../terminal/column.js";
import { formatTime } from "../terminal/units.js";
import type { FoundFlow } from "./found-flow.js";

const text = (name: string): Column => ({ name, type: "VARCHAR" });
const number = (name: string): Column => ({ name, type: "BIGINT" });

/** What JSON lines and CSV give of a found flow. */
export const FLOW_COLUMNS: readonly Column[] = [
  text("time"),
  text("action"),
  text("protocol"),
  text("src"),
  number("src_port"),
  text("dst"),
  number("dst_port"),
  text("pkt_src"),
  text("pkt_dst"),
  number("bytes"),
  number("packets"),
  text("account"),
  text("interface"),
  text("rule"),
  text("input"),
  text("position"),
  text("raw"),
];

/** The values of a flow for these columns. */
export function flowRow(flow: FoundFlow): readonly unknown[] {
  return [
    flow.time === undefined ? undefined : formatTime(flow.time),
    flow.action,
    flow.protocol,
    flow.src,
    flow.srcPort,
    flow.dst,
    flow.dstPort,
    flow.packetSrc,
    flow.packetDst,
    flow.bytes,
    flow.packets,
    flow.account,
    flow.interface,
    flow.rule,
    flow.input,
    flow.position,
    flow.raw,
  ];
}

/** What `--count` gives. */
export const COUNT_COLUMNS: readonly Column[] = [text("input"), number("flows")];
