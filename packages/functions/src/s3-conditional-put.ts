import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from "@aws-sdk/client-s3";
import { s3Answer } from "./s3-answers.js";

/** Writes an object in place of the version `expectedEtag`, undefined meaning that there is none. Gives false when another stands there. */
export async function putIf(
  client: S3Client,
  object: PutObjectCommandInput,
  expectedEtag: string | undefined,
): Promise<boolean> {
  try {
    await client.send(new PutObjectCommand({ ...object, ...writeCondition(expectedEtag) }));
    return true;
  } catch (error) {
    const answer = s3Answer(error);
    if (answer === "changed" || (answer === "missing" && expectedEtag !== undefined)) return false;
    throw error;
  }
}

/** The condition under which a write replaces the version `expectedEtag`, undefined meaning that there is none. */
function writeCondition(
  expectedEtag: string | undefined,
): { readonly IfNoneMatch: "*" } | { readonly IfMatch: string } {
  return expectedEtag === undefined ? { IfNoneMatch: "*" } : { IfMatch: expectedEtag };
}
