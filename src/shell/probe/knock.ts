import type { Address } from "../../core/address";
import { probeUrl } from "../../core/probe/probe";
import { failureOf, type Failure } from "../../core/probe/probe-outcome";
import { monotonicNow } from "../monotonic-clock";
import { soon, type ProbeRegistry } from "./probe-registry";
import { send } from "./probe-transport";
import { LIMIT, type Subject, type Target } from "./target";

/** What is known of the client certificates that servers want (`core/state/client-certificate.ts`). */
export interface ClientCertificates {
  readonly wants: (address: Address) => boolean | undefined;
  readonly note: (address: Address, isWanted: boolean | undefined) => void;
}

/**
 * Sends a POST that shows no client certificate (`credentials: "omit"`). A WebSocket has no such mode. Sent from the
 * background to a server that wants a certificate, it makes Firefox ask the user for one, and the user can't know why.
 * So before a WebSocket, another POST is sent if this one is held up by a held request.
 * @param pool - of the check that this goes before
 * @returns why it was refused, or `undefined`
 */
export async function knock(
  probes: ProbeRegistry,
  certificates: ClientCertificates,
  subject: Subject,
  pool: Target["pool"],
): Promise<Failure | undefined> {
  const end = monotonicNow() + LIMIT;
  for (;;) {
    const refusal = await knockOnce(probes, certificates, subject, pool);
    if (refusal !== "stuck") return refusal;
    if (pool !== "socket") return undefined;
    if (monotonicNow() > end) return { reason: "probe-unanswered" };
  }
}

async function knockOnce(
  probes: ProbeRegistry,
  certificates: ClientCertificates,
  { address, private: isPrivate }: Subject,
  pool: Target["pool"],
): Promise<Failure | "stuck" | undefined> {
  const began = monotonicNow();
  const alone: Target = { address, private: isPrivate, tabIds: [], pool: "apart" };
  const probe = probes.expect(alone, "knock", Promise.resolve(false));
  const sent = send(undefined, alone, [probeUrl(address, probe.nonce)], []);
  // In the batch of a held request, it would be held as well.
  const known = await Promise.race([probe.told, sent.then(() => soon(probe.told))]);
  void sent.finally(() => {
    probes.forget([probe]);
  });
  if (known.kind === "answered") certificates.note(address, false);
  if (known.kind !== "failed") return known.kind === "stuck" ? "stuck" : undefined;
  // The proxy may have refused it, whose times say nothing about the server. So this accuses no one.
  if (probe.route()?.kind === "tunnel" && pool !== "socket") return { reason: "proxy" };
  // If an HTTP/2 server rejects a request for its missing certificate, Firefox reports that the page gave it up.
  const isGivenUp = known.reason === "probe-unanswered" && monotonicNow() - began < LIMIT;
  return failureOf(isGivenUp ? { reason: "cut-off" } : known, (await sent)?.first[0]);
}
