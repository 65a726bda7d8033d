import { hash } from "node:crypto";

// Of 22 base64url digits, which hold 132 bits, the last keeps only the two bits that belong to 16 bytes.
const LAST_DIGIT: readonly string[] = "AQgw".split("");
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** By character code of the digit. */
const TRIMMED = new Array<string>(128).fill("");
for (let value = 0; value < ALPHABET.length; value++) {
  TRIMMED[ALPHABET.charCodeAt(value)] = LAST_DIGIT[value >> 4] ?? "";
}

/** First 16 bytes of the SHA-256 of a text, base64url: the `metadata.uid` of whatever the text identifies. */
export function uidOf(identity: string): string {
  const digest = hash("sha256", identity, "base64url");
  return digest.slice(0, 21) + TRIMMED[digest.charCodeAt(21)];
}
