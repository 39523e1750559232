// What a warning holds as evidence. An attacker who answers at the remote address can show the same certificate on a
// fake local page, too. So that page is no second opinion: such a certificate is pinned only by careful steps.
import type { Address } from "../address";
import type { Fingerprint, Given } from "../tls/fingerprint";
import type { Change } from "../pin/import-preview";
import { isOpen, type Incident, type Sample } from "../incident/incident";
import { wasGiven, type Pin } from "../pin/pin";
import { isSha1 } from "../tls/digest";
import { incidentsOf, pinsAt, type State } from "./state";
import { isRed } from "../incident/verdict";

/** All values by which a pin recognizes a certificate. */
type Claim = Given & Pick<Pin, "confirmed"> & Partial<Pick<Pin, "source">>;

/**
 * Whether a warning of the address shows this certificate, or one with its key. A warning that was closed as an attack,
 * or only as understood, still counts: nobody has said that the certificate is the user's own. Warnings of private
 * windows count everywhere, because a pin closes them everywhere. The logs give no SHA-1: while they show someone else's
 * certificate, any SHA-1 of a local page that isn't pinned may be its.
 * @param claim - by any of its digests or by its key, given or confirmed
 */
export const isOnWarning = (state: State, address: Address, claim: Claim): boolean =>
  incidentsOf(state, true).some(
    (incident) =>
      incident.address === address &&
      isUnsettled(incident) &&
      (incident.samples.some((sample) => shows(sample, claim)) ||
        (incident.verdict.kind === "logged" && isOpen(incident) && isUnknownSha1(state, address, claim))),
  );

const isUnknownSha1 = (state: State, address: Address, { source, fingerprint, sha1, spki }: Claim): boolean =>
  source === "home" &&
  isSha1(fingerprint) &&
  sha1 === undefined &&
  spki === undefined &&
  !pinsAt(state, address, true).some((pin) => wasGiven(pin, fingerprint));

const isUnsettled = (incident: Incident): boolean =>
  isRed(incident.verdict) && incident.closed?.how !== "new-certificate";

function shows({ handshake, logged }: Sample, claim: Claim): boolean {
  const seen = handshake?.leaf ?? logged;
  if (seen === undefined) return false;
  const { confirmed } = claim;
  const digests: Fingerprint[] = [seen.sha256, ...(handshake === undefined ? [] : [handshake.leaf.sha1])];
  return (
    digests.includes(claim.fingerprint) ||
    (claim.sha1 !== undefined && digests.includes(claim.sha1)) ||
    claim.spki === seen.spki ||
    confirmed?.spki === seen.spki ||
    confirmed?.leaves.includes(seen.sha256) === true
  );
}

/**
 * The addresses at which an import would pin a certificate that a warning shows. Pins that wouldn't change don't count.
 */
export const takesFromWarning = (state: State, changes: readonly Change[]): Address[] => [
  ...new Set(
    changes
      .filter(({ kind }) => kind !== "same")
      .flatMap(({ pin }) => pin.hosts.filter((address) => isOnWarning(state, address, pin))),
  ),
];
