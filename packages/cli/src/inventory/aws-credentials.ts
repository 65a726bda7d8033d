/** The AWS SDK's credentials, in a file of their own: only a collection should wait until they are loaded. */
export { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
