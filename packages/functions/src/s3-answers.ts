/** What an error of S3 says about the object, as far as it is an answer and no failure. */
export type S3Answer = "missing" | "unchanged" | "changed";

/**
 * Undefined for real failures. 412 says that the condition does not hold; 409, that another conditional write was under way (S3 user
 * guide, "Conditional writes"); 404 to a write with If-Match, that the object is gone.
 */
export function s3Answer(error: unknown): S3Answer | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { $metadata, name } = error as { readonly $metadata?: { readonly httpStatusCode?: unknown }; name?: unknown };
  switch ($metadata?.httpStatusCode) {
    case 304:
      return "unchanged";
    case 404:
      // A missing bucket has the same status, and is a failure.
      return name === "NoSuchBucket" ? undefined : "missing";
    case 409:
    case 412:
      return "changed";
    default:
      return undefined;
  }
}
