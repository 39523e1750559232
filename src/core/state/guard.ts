// Guard: what is held until the connection has been checked, and when nothing may leave at all.
import { hostOf, urlOf, type Address } from "../address";
import type { Header } from "../request/header";
import { secretKindsOf, hasAccessToken } from "../request/secret-kinds";
import { isOpen, type Incident } from "../incident/incident";
import { isInsecure } from "./version-advice";
import { pinsFor } from "../pin/pin";
import { DAY } from "../schedule";
import { incidentsOf, isWatched, pinsAt, watchedAddresses, type GuardLevel, type State } from "./state";
import { isOurs, isRed, type Verdict } from "../incident/verdict";

/**
 * What a request carries: a login, which gives lasting access; a secret, which gives access for a while or changes
 * something; or nothing.
 */
export type Sensitivity = "login" | "secret" | "nothing";

/**
 * Judges a request by all that can be seen of it: see {@link secretKindsOf}. An access token counts as a login because
 * it can create a long-lived token (core: `auth/long_lived_access_token`). Every `code` does because it may be the
 * login's.
 * @param request - with its headers' values; none of them is kept
 */
export function sensitivityOf(request: { method: string; url: string; headers: readonly Header[] }): Sensitivity {
  const { method, url, headers } = request;
  const carried = secretKindsOf({ method, url, headers: headers.map(({ name }) => name) });
  const opensForGood =
    carried.includes("login") ||
    carried.includes("code") ||
    (carried.includes("token") && !isBasic(headers)) ||
    hasAccessToken(url);
  if (opensForGood) return "login";
  return carried.length > 0 ? "secret" : "nothing";
}

/**
 * Whether `Authorization` has the password of a server in front. That opens only this server: Home Assistant doesn't
 * accept it (core: http/auth.py). It is in every request, so each picture of a page is held for it.
 */
const isBasic = (headers: readonly Header[]): boolean =>
  headers
    .filter(({ name }) => name.toLowerCase() === "authorization")
    .every(({ value = "" }) => /^basic /iu.test(value));

type Chances = Readonly<Record<GuardLevel, Readonly<Record<Exclude<Sensitivity, "nothing">, number>>>>;
/** The chance that a request leaves after a round if no wrong guess is suspected; it is larger on a slow line. */
const CHANCE: Chances = { thorough: { login: 1 / 8, secret: 1 / 2 }, quick: { login: 1 / 2, secret: 1 / 2 } };
const MAX_CHANCE: Chances = { thorough: { login: 1 / 4, secret: 1 / 2 }, quick: { login: 1 / 2, secret: 1 / 2 } };
const MIN_CHANCE = 1 / 16;
/** Maximum share of requests that are blocked because their rounds didn't fit into the time they may be held. */
const MAX_LATE = 1 / 1000;
/** The same after a suspected miss: an attacker is likely, so it's more important that the next guess is hard. */
const MAX_LATE_IF_SUSPECTED = 1 / 100;

/**
 * The chance that a request leaves after a round of probes; otherwise another round goes before it. It is the same
 * after each round, so the number of rounds so far doesn't show an attacker what the next connections carry. There is
 * no last round: a request that doesn't leave in time is blocked.
 * @param level - the user's choice for the instance
 * @param suspectedMisses - how often in the last day a guess may have gone wrong: each halves the chance
 * @param fitting - how many rounds fit into the time that the request may be held. A slow line makes the chance larger,
 * so that few are late. This has a limit: otherwise an attacker who slows the line would decide the chance
 */
export function chanceToLeave(
  sensitivity: Exclude<Sensitivity, "nothing">,
  level: GuardLevel,
  suspectedMisses: number,
  fitting: number,
): number {
  const maxLate = suspectedMisses === 0 ? MAX_LATE : MAX_LATE_IF_SUSPECTED;
  const least = 1 - maxLate ** (1 / Math.max(1, fitting));
  return Math.min(
    MAX_CHANCE[level][sensitivity],
    Math.max(CHANCE[level][sensitivity] / 2 ** suspectedMisses, least, MIN_CHANCE),
  );
}

/**
 * Minimum number of Latchkey's own POSTs that leave with held requests. If someone takes one instead of a secret, that
 * is reported.
 */
export const COMPANIONS = 1;
/** Firefox opens no more connections to a server at a time (`network.http.max-persistent-connections-per-server`). */
const MAX_CONNECTIONS = 6;
/** While the page loads pictures, a wider round often gets connections that existed before. */
const MAX_WIDTH = 4;

/**
 * How many POSTs a round has before requests that leave together. If a round is narrower than that, it shows an
 * attacker which connections carry the requests: the first ones beyond the width of a round.
 * @param sensitivities - what each of the requests carries
 */
export const roundWidth = (sensitivities: readonly Sensitivity[]): number =>
  Math.min(sensitivities.length + COMPANIONS, sensitivities.includes("login") ? MAX_CONNECTIONS : MAX_WIDTH);

/** Firefox's names for the parts of a page: short answers, used as they come, that carry nothing of the user's. */
const STATIC = new Set(["main_frame", "image", "imageset", "stylesheet", "script", "font"]);

/**
 * Whether a request may leave its connection open for later ones. Firefox itself retries a request if it was sent over
 * an older connection that then breaks. The retry goes over a connection that nobody has checked. So a request with a
 * secret must find no older connection (see the shell's `connections.ts`).
 * @param type - Firefox's resource type
 */
export const mayKeepConnection = (type: string, sensitivity: Sensitivity): boolean =>
  sensitivity === "nothing" && STATIC.has(type);

/** How often in the last day an attacker may have taken a guarded request, or a probe of one, without answering. */
const unansweredAt = (state: State, address: Address, isPrivate: boolean, now: number): number =>
  openOf(state, address, isPrivate)
    .filter(({ verdict }) => verdict.kind === "unanswered")
    .flatMap(({ samples }) => samples)
    .filter(({ at }) => now - at < DAY).length;

const openOf = (state: State, address: Address, isPrivate: boolean): Incident[] =>
  incidentsOf(state, isPrivate).filter((incident) => incident.address === address && isOpen(incident));

/**
 * - `off`: the instance is only watched.
 * - `on`: requests with a secret wait for a check.
 * - `paused`: no request with a secret leaves until the user has decided.
 * - `quarantine`: no request leaves.
 * - `insecure`: no request leaves, because anyone could open an instance of this version.
 * - `damaged`: the saved pins can't be read, so no request with a secret leaves.
 */
export type GuardState = "off" | "on" | "paused" | "quarantine" | "insecure" | "damaged";

/** Up to this many unanswered requests in a day may be chance. */
const MAX_UNANSWERED = 1;

/** Firefox's number for a request that belongs to no tab: a worker's. */
export const NO_TAB = -1;
/** For a document whose tab isn't known: no tab's exception applies to it. */
export const UNKNOWN_TAB = -2;

/** @param tabId - of the request; {@link NO_TAB} for a worker's, {@link UNKNOWN_TAB} for a document that may be any tab's */
export function guardAt(state: State, address: Address, isPrivate: boolean, tabId: number, now: number): GuardState {
  if (!isWatched(state, address, isPrivate) || !isGuarded(state, address, isPrivate)) return "off";
  if (state.damage !== undefined || state.guarded === "unknown") return "damaged";
  const anyway = state.session.bypassed.filter((other) => other.address === address);
  if (anyway.some((other) => tabId === NO_TAB || other.tabId === tabId)) return "off";
  // No connection has shown a certificate that is only in the public logs, so requests are checked as usual.
  if (openOf(state, address, isPrivate).some(({ verdict }) => isRed(verdict) && verdict.kind !== "logged"))
    return "quarantine";
  if (isInsecure(state, address)) return "insecure";
  return unansweredAt(state, address, isPrivate, now) > MAX_UNANSWERED ? "paused" : "on";
}

/**
 * Whether a request goes to an unpinned port of a guarded host, and carries what may be that host's. Cookies have no
 * ports: Firefox sends an instance's cookies to every port of its host. So an attacker there would get an add-on's
 * session without any check. A change without a cookie (a POST) belongs to that port alone.
 * @param tabId - of the request; a tab in which the user opened the port anyway is left alone
 */
export function isOtherPort(
  state: State,
  request: { readonly method: string; readonly url: string; readonly headers: readonly Header[] },
  address: Address,
  isPrivate: boolean,
  tabId: number,
): boolean {
  if (pinsAt(state, address, isPrivate).length > 0 || state.damage !== undefined) return false;
  if (state.session.bypassed.some((other) => other.address === address && (tabId === NO_TAB || other.tabId === tabId)))
    return false;
  const isNeighbor = (other: Address): boolean => other !== address && hostOf(other) === hostOf(address);
  const neighbors = watchedAddresses(state, isPrivate).filter(isNeighbor);
  if (!neighbors.some((other) => isGuarded(state, other, isPrivate))) return false;
  const headers = request.headers.map(({ name }) => name);
  return secretKindsOf({ ...request, headers }).some((kind) => kind !== "change");
}

const MAX_KEPT = 1000;

/**
 * Saves that a request with a secret waits or is released. It is kept for the session. If the extension is ended by
 * force, Firefox releases the request: if it gets no answer, that is reported, too.
 * @param id - Firefox's, of the request
 */
export const noteSecret = (state: State, id: string, at: number): State =>
  editSecrets(state, (secrets) => [...secrets.filter((other) => other.id !== id), { id, at }].slice(-MAX_KEPT));

/** Saves that it leaves now. If it is over already, it stays over. */
export const noteLeft = (state: State, id: string, at: number): State =>
  editSecrets(state, (secrets) =>
    secrets.some((other) => other.id === id) ? secrets.map((other) => (other.id === id ? { id, at } : other)) : secrets,
  );

/** Saves that it is over. */
export const forgetSecret = (state: State, id: string): State =>
  editSecrets(state, (secrets) =>
    secrets.some((other) => other.id === id) ? secrets.filter((other) => other.id !== id) : secrets,
  );

function editSecrets(state: State, edit: (secrets: State["session"]["secrets"]) => State["session"]["secrets"]): State {
  const secrets = edit(state.session.secrets);
  return secrets === state.session.secrets ? state : { ...state, session: { ...state.session, secrets } };
}

/** How often in the last day someone may have guessed wrong which connection carries a secret. */
export const suspectedMissesAt = (state: State, address: Address, isPrivate: boolean, now: number): number =>
  unansweredAt(state, address, isPrivate, now);

/** Whether any instance is guarded, or may be: what can't be read counts as guarded. */
export const mayGuardAny = ({ damage, guarded }: State): boolean =>
  damage !== undefined || guarded === "unknown" || guarded.length > 0;

/** Guard needs a pin. If the last one was removed, Guard is off. If the pins can't be read, it stays on. */
export const isGuarded = (state: State, address: Address, isPrivate: boolean): boolean =>
  state.guarded === "unknown" ||
  (state.guarded.includes(address) && (state.damage !== undefined || pinsAt(state, address, isPrivate).length > 0));

/** Offered once a connection has matched the pin, and never for pins that are known in private windows alone. */
export const mayGuard = ({ stored }: State, address: Address): boolean =>
  pinsFor(stored.pins, address).some(({ confirmed }) => confirmed !== undefined);

/** Whether a guarded instance's page may receive an answer. @param verdict - `undefined` if it isn't known */
export const mayPass = (verdict: Verdict | undefined): boolean => verdict !== undefined && isOurs(verdict);

/** Makes a request leave no connection open. A WebSocket's handshake has a `Connection` header of its own. */
export const closing = (headers: readonly Header[]): Header[] =>
  headers.some(({ name }) => name.toLowerCase() === "upgrade")
    ? [...headers]
    : [...headers.filter(({ name }) => name.toLowerCase() !== "connection"), { name: "Connection", value: "close" }];

const isReferrer = ({ name }: Header): boolean => name.toLowerCase() === "referer";

/**
 * Shortens the page's address in `Referer` to its origin. After a login, the page's address contains the login's code
 * again (`moved-query.ts`), and Firefox sends it with everything that the page loads.
 * @returns the headers to send, or `undefined` if they may stay: rewriting headers takes time
 */
export function withoutReferrerPath(headers: readonly Header[]): Header[] | undefined {
  const referrer = headers.find(isReferrer)?.value ?? "";
  const origin = originOf(referrer);
  if (referrer === origin || referrer === `${origin}/`) return undefined;
  return headers.flatMap((header) =>
    isReferrer(header) ? (origin === "" ? [] : [{ name: header.name, value: `${origin}/` }]) : [header],
  );
}

/** Empty if it has none. */
function originOf(address: string): string {
  const origin = urlOf(address)?.origin ?? "null";
  return origin === "null" ? "" : origin;
}

const isAlternative = ({ name }: Header): boolean => name.toLowerCase() === "alt-svc";

/**
 * Removes headers that lead later requests to another port or protocol, and makes Firefox forget earlier ones.
 * @param type - Firefox's resource type
 * @returns the headers to pass on, or `undefined` if they may stay. Rewriting headers takes time, so of a page's many
 * parts only those with such a header are changed
 */
export const withoutAlternative = (type: string, headers: readonly Header[]): Header[] | undefined =>
  type !== "main_frame" && STATIC.has(type) && !headers.some(isAlternative)
    ? undefined
    : [...headers.filter((header) => !isAlternative(header)), { name: "Alt-Svc", value: "clear" }];
