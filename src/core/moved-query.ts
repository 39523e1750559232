// Stands alone: it also runs in the house's own page, where nothing else of ours does.

/** Marks a query that was moved out of what is sent. */
const MOVED = "latchkey-query=";

/**
 * The login's answer comes back as a query of the page (`?auth_callback=1&code=…`), and a GET is sent again by Firefox
 * where its connection breaks, unseen. So it travels in the fragment, which is never sent.
 * @returns the address without its query, or `undefined` where the query carries no code
 */
export function withoutCode(url: string): string | undefined {
  const moved = new URL(url);
  if (!moved.searchParams.has("code")) return undefined;
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
