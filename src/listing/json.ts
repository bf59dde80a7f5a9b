/**
 * JSON as a type.
 * Owns nothing else: what is read from a transcript and not known here is passed on as it came.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export type JsonObject = { readonly [key: string]: Json };
