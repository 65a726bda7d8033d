export { PROTOCOL_NAMES } from "@tributary/flow";
