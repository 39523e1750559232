// Stands alone: it also runs in the instance's own page, where nothing else of ours does.

/** Marks a query that was moved out of what is sent. */
const MOVED = "latchkey-query=";

/**
 * The login's answer comes back as a query of the page (`?auth_callback=1&code=…`), and a GET is sent again by Firefox
 * where its connection breaks, unseen. So it travels in the fragment, which is never sent. Any other `code` is for the
 * server to read, such as another service's at `/auth/external/callback`.
 * @returns the address without its query, or `undefined` where the query isn't the login's answer
 */
export function withoutCode(url: string): string | undefined {
  const moved = new URL(url);
  // The front end goes by the name alone (home-assistant-js-websocket: `"auth_callback" in query`).
  if (!moved.searchParams.has("code") || !moved.searchParams.has("auth_callback")) return undefined;
  const fragment = `${MOVED}${encodeURIComponent(moved.search)}${moved.hash}`;
  moved.search = "";
  moved.hash = fragment;
  return moved.href;
}

/** The address as the page expects it, from what {@link withoutCode} made of it; `undefined` of any other. */
export function withCode(url: string): string | undefined {
  const moved = new URL(url);
  const fragment = moved.hash.slice(1);
  if (!fragment.startsWith(MOVED)) return undefined;
  const [query = "", ...rest] = fragment.slice(MOVED.length).split("#");
  moved.search = decodeURIComponent(query);
  moved.hash = rest.join("#");
  return moved.href;
}
