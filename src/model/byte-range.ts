/**
 * The part of a file that is wanted: bytes from `first` to and including `last` (to the end when that is undefined or lies behind
 * it), or its last `suffix` bytes. As in an HTTP range (RFC 9110 section 14.1.2).
 */
export type RequestedRange = { readonly first: number; readonly last: number | undefined } | { readonly suffix: number };
