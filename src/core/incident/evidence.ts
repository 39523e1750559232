import type { Incident, Sample } from "./incident";

/** A certificate in PEM (RFC 7468). @param der - in base64 */
export const pemOf = (der: string): string =>
  `-----BEGIN CERTIFICATE-----\n${(der.match(/.{1,64}/gu) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;

const iso = (at: number): string => new Date(at).toISOString();

const sampleOf = ({ at, chain, ...rest }: Sample): object => ({ at: iso(at), ...rest, chain: chain.map(pemOf) });

/**
 * All that is recorded of an incident, as one JSON file that others can verify; `docs/evidence.md` describes it. It
 * holds no query, header or body of any request. Times are in UTC (ISO 8601).
 * @param at - when it is written, in milliseconds since 1970
 * @param version - of this extension
 */
export function writeEvidence(incident: Incident, at: number, version: string): string {
  const { first, last, samples, closed, notifiedAt, ...rest } = incident;
  const file = {
    format: "latchkey-evidence",
    version: 2,
    writtenBy: `Latchkey ${version}`,
    writtenAt: iso(at),
    ...rest,
    first: iso(first),
    last: iso(last),
    notifiedAt: iso(notifiedAt),
    ...(closed === undefined ? {} : { closed: { ...closed, at: iso(closed.at) } }),
    samples: samples.map(sampleOf),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** Names one instance and one moment, in characters that every file system accepts. */
export const evidenceName = ({ address, first }: Incident): string =>
  `latchkey-evidence-${address.replaceAll(/[^a-z0-9.-]/gu, "-")}-${iso(first)
    .slice(0, 16)
    .replaceAll(/[^0-9]/gu, "")}.json`;
