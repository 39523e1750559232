import type { Runtime } from "webextension-polyfill";
import * as z from "zod/mini";
import type { Calls } from "./calls";

interface Handler<K extends keyof Calls> {
  readonly schema: z.ZodMiniType<Calls[K]["request"]>;
  readonly run: (request: Calls[K]["request"]) => Promise<Calls[K]["reply"]>;
}
export type Handlers = { readonly [K in keyof Calls]: Handler<K> };
/** The calls whose names begin with a subject. */
export type HandlersOf<Subject extends string> = Pick<Handlers, Extract<keyof Handlers, `${Subject}.${string}`>>;

const ENVELOPE = z.strictObject({ type: z.string(), request: z.unknown() });

/**
 * Answers the calls of our own pages. Scripts in web pages share our id but not our origin: both are checked, and a
 * missing field fails. A request that does not fit its schema is refused with the reason.
 */
export function createListener(handlers: Handlers, own: { readonly id: string; readonly origin: string }) {
  const isCall = (type: string): type is keyof Calls => Object.hasOwn(handlers, type);
  const dispatch = async <K extends keyof Calls>(type: K, request: unknown): Promise<Calls[K]["reply"]> => {
    const { schema, run }: Handler<K> = handlers[type];
    const parsed = schema.safeParse(request);
    if (!parsed.success) throw new Error(`${type}: ${z.prettifyError(parsed.error)}`);
    return run(parsed.data);
  };
  return (message: unknown, sender: Runtime.MessageSender): Promise<unknown> | undefined => {
    if (sender.id !== own.id || sender.url?.startsWith(own.origin) !== true) return undefined;
    const call = ENVELOPE.safeParse(message);
    return call.success && isCall(call.data.type) ? dispatch(call.data.type, call.data.request) : undefined;
  };
}
