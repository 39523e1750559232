import type { Address } from "../../core/address";
import { isOurs } from "../../core/incident/verdict";
import { plainSocketUrl, socketUrl } from "../../core/probe/probe";
import type { Attempt } from "../../core/probe/probe-outcome";
import { soon, untilStuck, type ProbeRegistry } from "./probe-registry";
import { send } from "./probe-transport";
import type { Target } from "./target";

/** Sends a WebSocket handshake, from a tab or from the background, and gives its result. Never rejects. */
export async function checkBySocket(
  probes: ProbeRegistry,
  tabId: number | undefined,
  target: Target,
): Promise<Attempt> {
  const socket = probes.expect(target, "socket", Promise.resolve(true));
  const opening = { url: socketUrl(target.address, socket.nonce), told: socket.told };
  const sent = send(tabId, target, [], [], opening);
  // A stuck probe goes on later, and is still ours. It carries no cookie, and only the instance can open it.
  void sent.finally(() => {
    probes.forget([socket]);
  });
  const result = await Promise.race([sent, untilStuck([socket])]);
  const known = result === undefined ? undefined : await soon(socket.told);
  if (known === undefined) return { kind: "not-sent" };
  if (known.kind === "stuck") return { kind: "again", why: "stuck" };
  if (known.kind === "failed") return { ...known, kind: "unanswered" };
  const from = tabId === undefined ? "background" : "tab";
  return known.verdict === undefined
    ? { kind: "unanswered", reason: "probe-unanswered" }
    : { kind: "judged", verdict: known.verdict, from, isInconclusive: !known.isOwn };
}

export interface ExpectedSocket {
  readonly url: string;
  /** Whether the response to the handshake was the instance's own. */
  readonly isOurs: Promise<boolean>;
  /** Forgets the nonce. */
  readonly end: () => void;
}

/** See `Prober.expectSocket`. */
export function expectSocket(probes: ProbeRegistry, address: Address): ExpectedSocket {
  const socket = probes.expect({ address, private: false }, "version", Promise.resolve(true));
  const { promise, resolve } = Promise.withResolvers<boolean>();
  void socket.told.then((known) => {
    resolve(known.kind === "answered" && known.verdict !== undefined && isOurs(known.verdict));
  });
  const end = (): void => {
    probes.forget([socket]);
    resolve(false);
  };
  return { url: plainSocketUrl(address, socket.nonce), isOurs: promise, end };
}
