import { regionAtStart } from "@tributary/flow";

/**
 * The region of an availability, local or wavelength zone: `eu-west-1a`, `us-west-2-lax-1a` and `us-east-1-wl1-bos-wlz-1` begin with it.
 * Undefined if the text is none.
 */
export function regionOfZone(zone: string | undefined): string | undefined {
  return regionAtStart(zone ?? "");
}

/** The region of an ARN, `arn:<partition>:ec2:<region>:…`; undefined if the text is none. */
export function regionOfArn(arn: string | undefined): string | undefined {
  return regionOfZone(arn?.split(":")[3]);
}
