/** A thing that was described, and what tells to whose inventory it belongs. */
export interface Described<T> {
  readonly state: T;
  readonly accountId: string | undefined;
  readonly region: string | undefined;
  /** Everything in a VPC is in the VPC's region. */
  readonly vpcId: string | undefined;
}
