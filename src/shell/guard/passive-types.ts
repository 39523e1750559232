import type { WebRequest } from "webextension-polyfill";

type Type = WebRequest.ResourceType;

/** What a page shows and never runs. So a stored file of these types can do nothing. */
const PASSIVE: ReadonlySet<Type> = new Set(["font", "image", "imageset", "media"]);

/**
 * The types of requests that an extension can listen to, in two parts. While nothing is guarded, Firefox doesn't hold
 * passive requests before they leave: Latchkey only notes them.
 * @param webRequest - Firefox's, which has a list of all types that this version knows
 */
export function typesOf(webRequest: object): { readonly active: Type[]; readonly passive: Type[] } {
  const { ResourceType } = webRequest as { readonly ResourceType: Readonly<Record<string, Type>> };
  const types = Object.values(ResourceType);
  return { active: types.filter((type) => !PASSIVE.has(type)), passive: types.filter((type) => PASSIVE.has(type)) };
}
