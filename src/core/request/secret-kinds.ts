import * as z from "zod/mini";

/**
 * The kinds of secrets that a request reveals to its reader. The secret itself is never kept.
 * - `login`: a password, a code or a refresh token, in the body of Home Assistant's own login requests
 * - `token`: an access token in a header
 * - `code`: the login's code in the address
 * - `address-token`: a token or a signed path in the address, in its query or its path
 * - `cookie`: a cookie (add-ons have one)
 * - `change`: any other method that may have a body
 * - `messages`: a WebSocket that was opened; the first message of Home Assistant's page is its access token
 */
export const SECRET_KIND = z.enum(["login", "token", "code", "address-token", "cookie", "change", "messages"]);
export type SecretKind = z.infer<typeof SECRET_KIND>;

interface Request {
  readonly method: string;
  readonly url: string;
  /** Names, in any case. */
  readonly headers: readonly string[];
}

/** Home Assistant's token and login endpoints (core: components/auth). */
const LOGIN = /^\/auth\/(?:token|login_flow)(?:\/|$)/u;
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** Whether Firefox itself retries a request of this method, even if its connection was new. */
export const isSafe = (method: string): boolean => SAFE.has(method);
const ADDRESS_TOKENS = ["authSig", "token", "access_token"];

/**
 * The address of an entity's picture, which is requested with that entity's own token. The token opens nothing else
 * (core: components camera, image, and media_player).
 */
const ENTITY_PICTURE = /^\/api\/(?:camera|image|media_player)_proxy(?:_stream)?\/./u;

/**
 * Home Assistant's paths that have a token in them, and check nothing else: a camera's stream, speech, and a webhook
 * (core: components stream, tts, and webhook). Each opens only one thing. Every part of a stream has the same token.
 */
const PATH_TOKEN = /^\/api\/(?<opened>hls|tts_proxy|webhook)\/[^/]+/u;

/** The path without its token. */
export const withoutPathToken = (pathname: string): string => pathname.replace(PATH_TOKEN, "/api/$<opened>/...");

/** Whether a request is for a part of a camera's stream, and has no other secret in its address. */
export function isStream(url: string): boolean {
  const { pathname, searchParams } = new URL(url);
  return (
    PATH_TOKEN.exec(pathname)?.groups?.["opened"] === "hls" &&
    !["code", ...ADDRESS_TOKENS].some((name) => searchParams.has(name))
  );
}

/** Whether an address may contain an access token, which can create a long-lived token. */
export function hasAccessToken(url: string): boolean {
  const { pathname, searchParams } = new URL(url);
  return searchParams.has("access_token") || (searchParams.has("token") && !ENTITY_PICTURE.test(pathname));
}

/** What a request carries, as far as it can be seen. Its body isn't read: any method that may have one counts. */
export function secretKindsOf({ method, url, headers }: Request): SecretKind[] {
  const { pathname, searchParams } = new URL(url);
  const has = (wanted: string): boolean => headers.some((name) => name.toLowerCase() === wanted);
  const kinds: readonly [SecretKind, boolean][] = [
    ["login", !isSafe(method) && LOGIN.test(pathname)],
    ["token", has("authorization")],
    ["code", searchParams.has("code")],
    ["address-token", PATH_TOKEN.test(pathname) || ADDRESS_TOKENS.some((name) => searchParams.has(name))],
    ["cookie", has("cookie")],
    ["change", !isSafe(method) && !LOGIN.test(pathname)],
  ];
  return kinds.filter(([, carries]) => carries).map(([kind]) => kind);
}
