import * as zlib from "node:zlib";
import type { CompressionCodec } from "hyparquet";
import { snappyUncompress } from "hyparquet";
import { damaged, decoded, unsupported } from "./parquet-damage.js";

/** Node has it from 22.15 on. */
const { zstdDecompressSync } = zlib as {
  readonly zstdDecompressSync?: (data: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;
};

/** Expands a page to the size that its header names, never to more. Throws UnreadableInput. */
export function pageBytes(compressed: Uint8Array, size: number, codec: CompressionCodec | undefined): Uint8Array {
  if (size === 0) return new Uint8Array(0);
  const limit = { maxOutputLength: size };
  const expanded = decoded("a page does not expand", () => {
    switch (codec) {
      case "UNCOMPRESSED":
        return compressed;
      case "GZIP":
        return zlib.gunzipSync(compressed, limit);
      case "SNAPPY": {
        const page = new Uint8Array(size);
        snappyUncompress(compressed, page);
        return page;
      }
      case "BROTLI":
        return zlib.brotliDecompressSync(compressed, limit);
      case "ZSTD":
        if (zstdDecompressSync !== undefined) return zstdDecompressSync(compressed, limit);
        throw unsupported("it is compressed with ZSTD, which needs Node 22.15 or later");
      default:
        throw unsupported(`it is compressed with ${codec ?? "an unknown method"}, which is not read here`);
    }
  });
  if (expanded.length !== size) throw damaged(`a page of ${expanded.length} bytes instead of ${size}`);
  return expanded;
}
