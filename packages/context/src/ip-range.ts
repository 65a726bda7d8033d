export {
  blockStart,
  type IpAddress,
  type IpRange,
  ipAddress,
  ipRange,
  rangeBits,
  rangeContains,
} from "@tributary/flow";
