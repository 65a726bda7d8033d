import { formatBytes, formatCount, formatDuration } from "../terminal/units.js";
import type { Estimate } from "./estimate.js";

/** Ends of an estimate that are nearer to each other than this share are told as one number. */
const SAME = 0.02;

/** `1.2 million`, `34 million`, `12,300`: no more digits than an estimate has. */
export function roundedCount(count: number): string {
  if (count >= 999_500_000) return `${digits(count / 1e9)} billion`;
  if (count >= 999_500) return `${digits(count / 1e6)} million`;
  return formatCount(Number(count.toPrecision(3)));
}

/** `1.1 to 1.3 million`-like ranges of counts. */
export function countRange(estimate: Estimate): string {
  return range(estimate, roundedCount);
}

export function byteRange(estimate: Estimate): string {
  return range(estimate, formatBytes);
}

/** Of seconds. */
export function durationRange(estimate: Estimate): string {
  return range(estimate, (seconds) => formatDuration(roundedSeconds(seconds) * 1000));
}

/** `$0.02`, `less than $0.01`, `$1,234`. */
export function dollars(amount: number): string {
  if (amount === 0) return "$0";
  if (amount < 0.01) return "less than $0.01";
  return amount < 100 ? `$${amount.toFixed(2)}` : `$${formatCount(amount)}`;
}

function range({ low, high, likely }: Estimate, format: (value: number) => string): string {
  const [from, to] = [format(low), format(high)];
  if (from === to || high - low <= SAME * high) return `about ${format(likely)}`;
  return `${from} to ${to}`;
}

/** Three digits at most, without a decimal zero. */
function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function roundedSeconds(seconds: number): number {
  return seconds < 1 ? Math.max(1, Math.ceil(seconds)) : Number(seconds.toPrecision(seconds < 100 ? 2 : 3));
}
