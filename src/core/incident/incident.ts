import * as z from "zod/mini";
import { ADDRESS, type Address } from "../address";
import { boundChain, MAX_EVIDENCE, MAX_METHOD } from "../bounds";
import { HANDSHAKE, trustAnchorOf } from "../tls/certificate";
import { EXPOSURE_RECORD, mergeExposures, type Exposure } from "../request/exposure";
import { ISSUANCE } from "../ct/issuance";
import type { Observation } from "../tls/observation";
import { PIN, type Pin } from "../pin/pin";
import { DAY, hasPassed } from "../schedule";
import { VERDICT, type AlarmVerdict, type Verdict } from "./verdict";

/**
 * One piece of evidence: what was seen and on which request, with the chain if it is known (DER in base64, leaf first).
 */
export const SAMPLE = z.strictObject({
  at: z.number(),
  request: z.strictObject({ type: z.string(), method: z.string(), url: z.string() }),
  handshake: z.exactOptional(HANDSHAKE),
  /** What the public logs say, if no connection showed it. */
  logged: z.exactOptional(ISSUANCE),
  /** The IP address that answered, if it belongs to a private network or a VPN. */
  privateIp: z.exactOptional(z.string()),
  chain: z.array(z.string()),
});
export type Sample = z.infer<typeof SAMPLE>;

/** How the user ended an incident: "my new certificate", "an attack or a proxy, I am done", or "understood". */
export const CLOSING = z.enum(["new-certificate", "done", "understood"]);
export type Closing = z.infer<typeof CLOSING>;

/** A stored run of red verdicts with the same address, kind and trust anchor. Times in milliseconds since 1970. */
export const INCIDENT = z.strictObject({
  address: ADDRESS,
  /** The latest one. Its kind is part of what identifies an incident. */
  verdict: VERDICT,
  trustAnchor: z.string(),
  first: z.number(),
  last: z.number(),
  count: z.number(),
  samples: z.array(SAMPLE),
  notifiedAt: z.number(),
  closed: z.exactOptional(z.strictObject({ at: z.number(), how: CLOSING })),
  /** All that the attacker got. Left out if no answer was seen, and in incidents of older versions. */
  exposed: z.exactOptional(EXPOSURE_RECORD),
  /** The address's pins when it began, or was opened again. */
  pins: z.exactOptional(z.array(PIN)),
});
export type Incident = z.infer<typeof INCIDENT>;

/** The first sample and the newest ones are kept. */
export const MAX_SAMPLES = 4;
export const MAX_INCIDENTS = 200;

/** Identifies an incident. A new leaf or key on every connection must not open a new one each time. */
export function keyOf({
  address,
  verdict,
  trustAnchor,
}: Pick<Incident, "address" | "verdict" | "trustAnchor">): string {
  const cached = verdict.kind === "mismatch" && verdict.cause === "cached" ? "cached" : "";
  const restarted = verdict.kind === "unanswered" && verdict.carried === "restarted-probe" ? "restarted" : "";
  return [address, verdict.kind, cached + restarted, trustAnchor].join(" ");
}

export const isOpen = ({ closed }: Pick<Incident, "closed">): boolean => closed === undefined;

const trustAnchorOfSeen = ({ seen }: Observation): string => (seen.kind === "tls" ? trustAnchorOf(seen.handshake) : "");

export const incidentKey = (observation: Observation, verdict: AlarmVerdict): string =>
  keyOf({ address: observation.address, verdict, trustAnchor: trustAnchorOfSeen(observation) });

const sampleOf = ({ at, request, seen, chain, privateIp }: Observation): Sample => ({
  at,
  request: { ...request, method: request.method.slice(0, MAX_METHOD) },
  ...(seen.kind === "tls" ? { handshake: seen.handshake } : {}),
  ...(privateIp === undefined ? {} : { privateIp }),
  chain: [...(chain ?? [])],
});

/** Whether one more check would add missing evidence, so that the chain is worth asking for. */
export const wantsEvidence = (incidents: readonly Incident[], key: string): boolean =>
  (incidents.find((incident) => keyOf(incident) === key)?.samples.length ?? 0) < MAX_SAMPLES;

/** What the evidence of a sample is about; empty if no certificate was seen. */
const certificateIn = ({ handshake, logged }: Sample): string => handshake?.leaf.sha256 ?? logged?.tbs ?? "";

/**
 * The sample that gives way to a new one. Never the first one, which opened the incident, and if possible none that
 * alone shows a certificate: otherwise, harmless answers could push out the attacker's.
 */
function leastNeeded([, ...later]: readonly Sample[], added: Sample): Sample | undefined {
  const isRepeated = (sample: Sample): boolean =>
    [...later, added].some((other) => other !== sample && certificateIn(other) === certificateIn(sample));
  return later.find(isRepeated) ?? later[0];
}

/**
 * Keeps the first sample and the newest ones: see {@link leastNeeded}. A sample with its chain replaces one without. If
 * no certificate was seen, each event is a sample of its own.
 */
function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const again = samples.find(
    (old) =>
      old.request.type === sample.request.type &&
      old.privateIp === sample.privateIp &&
      ((old.handshake !== undefined && old.handshake.leaf.sha256 === sample.handshake?.leaf.sha256) ||
        (old.logged !== undefined && old.logged.tbs === sample.logged?.tbs)),
  );
  if (again !== undefined) {
    return again.chain.length === 0 && sample.chain.length > 0
      ? samples.map((old) => (old === again ? { ...again, chain: sample.chain } : old))
      : [...samples];
  }
  if (samples.length < MAX_SAMPLES) return [...samples, sample];
  const dropped = leastNeeded(samples, sample);
  return [...samples.filter((old) => old !== dropped), sample];
}

const carriedSecret = (verdict: Verdict): boolean => verdict.kind === "unanswered" && verdict.carried === "secret";

/** The incidents after recording an observation, and the one to notify the user about, if any. */
export interface Recorded {
  readonly incidents: Incident[];
  /**
   * How many were dropped to stay within {@link MAX_INCIDENTS}. They are counted, so the user sees that some are
   * missing.
   */
  readonly dropped: number;
  readonly notify?: Incident;
}

/** A reason for an alarm, however it was seen. */
export interface Alarm {
  readonly address: Address;
  readonly verdict: AlarmVerdict;
  readonly trustAnchor: string;
  readonly sample: Sample;
  readonly exposed?: Exposure | undefined;
}

/**
 * Adds an observation that calls for an alarm: to its incident, which it reopens, or as a new one. The user is notified
 * at once, then at most once a day.
 * @param pins - those of the address, kept with a new incident
 */
export function record(
  incidents: readonly Incident[],
  observation: Observation,
  verdict: AlarmVerdict,
  pins: readonly Pin[],
): Recorded {
  const { address, exposed } = observation;
  const alarm = {
    address,
    verdict,
    trustAnchor: trustAnchorOfSeen(observation),
    sample: sampleOf(observation),
    exposed,
  };
  return recordAlarm(incidents, alarm, pins);
}

/** Like {@link record}, also for evidence that no connection showed. */
export function recordAlarm(incidents: readonly Incident[], alarm: Alarm, pins: readonly Pin[]): Recorded {
  const { address, verdict, trustAnchor, exposed } = alarm;
  const sample = { ...alarm.sample, chain: boundChain(alarm.sample.chain) };
  const key = keyOf(alarm);
  const { at } = sample;
  const known = incidents.find((incident) => keyOf(incident) === key);
  if (known === undefined) {
    const opened: Incident = {
      address,
      verdict,
      trustAnchor,
      first: at,
      last: at,
      count: 1,
      samples: [sample],
      notifiedAt: at,
      pins: [...pins],
      ...(exposed === undefined ? {} : { exposed }),
    };
    return { ...bounded([...incidents, opened]), notify: opened };
  }
  const { closed, ...rest } = known;
  const isWorse = carriedSecret(verdict) && !carriedSecret(known.verdict);
  const mustNotify = closed !== undefined || isWorse || hasPassed(known.notifiedAt, DAY, at);
  const again: Incident = {
    ...rest,
    // If a secret was taken, that stays recorded when a probe is taken later.
    verdict: closed === undefined && carriedSecret(known.verdict) ? known.verdict : verdict,
    last: Math.max(known.last, at),
    count: known.count + 1,
    samples: addSample(known.samples, sample),
    notifiedAt: mustNotify ? at : known.notifiedAt,
    // A reopened incident starts over, so it is compared with the pins of that time.
    ...(closed === undefined ? {} : { pins: [...pins] }),
    ...(exposed === undefined ? {} : { exposed: mergeExposures(known.exposed, exposed) }),
  };
  const replaced = incidents.map((incident) => (incident === known ? again : incident));
  return { ...bounded(replaced), ...(mustNotify ? { notify: again } : {}) };
}

/** Sorts by what is dropped first: closed incidents, then those of unpinned addresses, then older ones. */
const byWorth = (a: Incident, b: Incident): number =>
  Number(isOpen(a)) - Number(isOpen(b)) || Number(hadPins(a)) - Number(hadPins(b)) || a.last - b.last;
const hadPins = ({ pins = [] }: Incident): boolean => pins.length > 0;

/** Characters of a sample whose number an attacker decides. */
function sizeOfSample({ request, handshake, chain }: Sample): number {
  const { leaf, anchor } = handshake ?? {};
  const root = anchor === undefined || anchor.kind === "unknown" ? undefined : anchor.root;
  const texts = [request.url, ...chain, ...[leaf, root].flatMap((one) => (one ? [one.subject, one.issuer] : []))];
  return texts.reduce((sum, text) => sum + text.length, 0);
}
const sizeOf = ({ samples }: Incident): number => samples.reduce((sum, sample) => sum + sizeOfSample(sample), 0);

/**
 * The incident with only its first sample, and without that sample's certificates. Samples of requests without an
 * answer are kept: they are small, and Guard counts them (`unansweredAt`).
 */
export const withoutEvidence = (incident: Incident): Incident => ({
  ...incident,
  samples: (incident.verdict.kind === "unanswered" ? incident.samples : incident.samples.slice(0, 1)).map((sample) => ({
    ...sample,
    chain: [],
  })),
});

/**
 * At most {@link MAX_INCIDENTS}, with samples of at most {@link MAX_EVIDENCE} as far as possible. An incident outlives
 * its evidence.
 */
function bounded(incidents: Incident[]): { incidents: Incident[]; dropped: number } {
  const dropped = Math.max(0, incidents.length - MAX_INCIDENTS);
  let excess = incidents.reduce((sum, incident) => sum + sizeOf(incident), 0) - MAX_EVIDENCE;
  if (dropped === 0 && excess <= 0) return { incidents, dropped };
  const order = [...incidents].sort(byWorth);
  const gone = new Set(order.slice(0, dropped));
  for (const incident of gone) excess -= sizeOf(incident);
  const instead = new Map<Incident, Incident>();
  for (const incident of order.slice(dropped)) {
    if (excess <= 0) break;
    const left = withoutEvidence(incident);
    excess -= sizeOf(incident) - sizeOf(left);
    instead.set(incident, left);
  }
  return {
    incidents: incidents.flatMap((incident) => (gone.has(incident) ? [] : [instead.get(incident) ?? incident])),
    dropped,
  };
}

export const close = (incidents: readonly Incident[], key: string, how: Closing, at: number): Incident[] =>
  incidents.map((incident) =>
    keyOf(incident) === key && isOpen(incident) ? { ...incident, closed: { at, how } } : incident,
  );

/**
 * Whether an answer from the cache only repeats what an incident already shows: Firefox caches the attacker's files,
 * too. It is no repetition if it is the first of them that runs. After the incident was closed, neither is an answer
 * with a certificate that the incident hasn't shown.
 */
export const isEcho = (incidents: readonly Incident[], observation: Observation): boolean =>
  observation.freshness === "cached" &&
  incidents.some((incident) => {
    const { address, verdict, trustAnchor, exposed } = incident;
    if (address !== observation.address || verdict.kind === "logged") return false;
    const runs = observation.exposed?.reach === "active";
    if (!isOpen(incident)) return !runs && isSampleOf(incident, observation.seen);
    const isStored = verdict.kind === "mismatch" && verdict.cause === "cached";
    return !isStored && trustAnchor === trustAnchorOfSeen(observation) && (!runs || exposed?.reach === "active");
  });

const isSampleOf = ({ samples }: Incident, seen: Observation["seen"]): boolean =>
  seen.kind === "tls" && samples.some(({ handshake }) => handshake?.leaf.sha256 === seen.handshake.leaf.sha256);
