import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";

/** The AWS SDK's credentials, in a file of their own: only commands that call AWS should wait until they are loaded. */
export { fromNodeProviderChain } from "@aws-sdk/credential-providers";

type TemporaryOptions = Parameters<typeof fromTemporaryCredentials>[0];

export interface RoleToAssume {
  readonly roleArn: string;
  /** Of the role's trust policy. */
  readonly externalId?: string;
  /** What CloudTrail names the session. */
  readonly session: string;
  /** Where STS is called. */
  readonly region: string;
  /** For stand-ins; STS's own if absent. */
  readonly endpoint?: string;
}

/** Credentials of a role, got with others and renewed before they expire. */
export function assumedRole(
  { roleArn, externalId, session, region, endpoint }: RoleToAssume,
  own: NonNullable<TemporaryOptions["masterCredentials"]>,
): ReturnType<typeof fromTemporaryCredentials> {
  return fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      RoleSessionName: session,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
    masterCredentials: own,
    clientConfig: { region, ...(endpoint === undefined ? {} : { endpoint }) },
  });
}
