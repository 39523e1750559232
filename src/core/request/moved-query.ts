// Imports nothing: it also runs in the instance's own page, without the rest of Latchkey.

/** Marks a query that was moved out of the sent address. */
const MOVED = "latchkey-query=";

/**
 * The login's answer returns as a query of the page (`?auth_callback=1&code=…`). Firefox silently retries a GET if its
 * connection breaks. So the query moves to the fragment, which is never sent. Any other `code` is for the server to
 * read, such as another service's at `/auth/external/callback`.
 * @returns the address without its query, or `undefined` if the query isn't the login's answer
 */
export function withoutCode(url: string): string | undefined {
  const moved = new URL(url);
  // The front end checks for the name only (home-assistant-js-websocket: `"auth_callback" in query`).
  if (!moved.searchParams.has("code") || !moved.searchParams.has("auth_callback")) return undefined;
  const fragment = `${MOVED}${encodeURIComponent(moved.search)}${moved.hash}`;
  moved.search = "";
  moved.hash = fragment;
  return moved.href;
}

/** Restores the address that the page expects from the result of {@link withoutCode}; `undefined` for any other. */
export function withCode(url: string): string | undefined {
  const moved = new URL(url);
  const fragment = moved.hash.slice(1);
  if (!fragment.startsWith(MOVED)) return undefined;
  const [query = "", ...rest] = fragment.slice(MOVED.length).split("#");
  moved.search = decodeURIComponent(query);
  moved.hash = rest.join("#");
  return moved.href;
}
