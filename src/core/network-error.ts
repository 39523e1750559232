import type { Seen } from "./observation";

type Nothing = Extract<Seen, { kind: "nothing" }>;

// Placeholder until measured; see firefox facts
export function readNetworkError(error: string): Nothing | undefined {
  if (/^NS_(?:BINDING_|ERROR_ABORT|IMAGELIB|ERROR_DOM)/u.test(error)) return undefined;
  if (/^NS_ERROR_NET_(?:RESET|INTERRUPT|PARTIAL|EMPTY)/u.test(error)) return { kind: "nothing", reason: "cut-off" };
  if (error.startsWith("NS_ERROR_")) return { kind: "nothing", reason: "unreachable" };
  return { kind: "nothing", reason: "refused", words: error };
}
