import type { Claim } from "./address-owners.js";
import type { IpAddress } from "./ip-range.js";
import { groupSignature, signedIpv4 } from "./rule-table.js";

/** Where the interface is that recorded a flow. */
export interface Recorder {
  readonly vpcId?: string | undefined;
  readonly subnetId?: string | undefined;
}

/** A flow's far end, with the groups of the interfaces that have its address at the time. Filled anew for every flow. */
export class Peer {
  version: 4 | 6 = 4;
  /** Of IPv4, with a sign. */
  value = 0;
  digits = "";
  /** Numbers of the groups. */
  readonly groups: number[] = [];
  signature = 0;
  /** Whether an interface of the recorder's VPC has the address. */
  isLocal = false;
  /** Whether one of the recorder's subnet has it: network ACLs do not apply then. */
  inSubnet = false;

  fill(address: IpAddress, claims: readonly Claim[], recorder: Recorder, time: number): void {
    this.version = address.version;
    if (address.version === 4) this.value = signedIpv4(address.value);
    else this.digits = address.digits;
    this.groups.length = 0;
    this.signature = 0;
    this.isLocal = false;
    this.inSubnet = false;
    for (let i = 0; i < claims.length; i++) {
      const claim = claims[i] as Claim;
      if (!claim.isMember || time < claim.from || time >= claim.to) continue;
      const { state, groups } = claim;
      for (let group = 0; group < groups.length; group++) {
        const number = groups[group] as number;
        this.groups.push(number);
        this.signature |= groupSignature(number);
      }
      if (state.vpcId !== undefined && state.vpcId === recorder.vpcId) this.isLocal = true;
      if (state.subnetId !== undefined && state.subnetId === recorder.subnetId) this.inSubnet = true;
    }
  }
}
