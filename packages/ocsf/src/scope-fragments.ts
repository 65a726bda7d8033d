import { type AddressInfo, type AddressScope, BoundedCache } from "@tributary/flow";
import { flat } from "./json-text.js";

/** The scopes of both ends, with which `unmapped` begins. */
export interface ScopeFields {
  /** `,"unmapped":{` with `src_scope` and `dst_scope`. */
  readonly open: string;
  /** The same, closed; empty when neither scope is known. */
  readonly alone: string;
}

/** More than there are. */
const SCOPES = 16;

const remembered = new BoundedCache<AddressScope | undefined, BoundedCache<AddressScope | undefined, ScopeFields>>(
  SCOPES,
  (src) =>
    new BoundedCache(SCOPES, (dst) => {
      const fields = [
        ...(src === undefined ? [] : [`"src_scope":"${src}"`]),
        ...(dst === undefined ? [] : [`"dst_scope":"${dst}"`]),
      ].join(",");
      const open = flat(`,"unmapped":{${fields}`);
      return { open, alone: fields === "" ? "" : flat(`${open}}`) };
    }),
);

export function scopesOf(src: AddressInfo | undefined, dst: AddressInfo | undefined): ScopeFields {
  return remembered.get(src?.scope).get(dst?.scope);
}
