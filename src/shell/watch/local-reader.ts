import browser, { type Tabs } from "webextension-polyfill";
import { isCloudAddress, placeOf, type Address } from "../../core/address";
import { parseLocalAnswer, type LocalPageError, type LocalReading } from "../../core/pin/local-page";
import { judgePlace, nameToResolve, pagePattern, type LocalPlace, type PlaceError } from "../../core/pin/local-place";
import { hostsOf } from "../../core/state/version-advice";
import { isOnWarning } from "../../core/state/on-warning";
import { keepInStep, remembered } from "../../core/state/pins";
import { ok, type Result } from "../../core/result";
import { openIncidents } from "../../core/state/reduce";
import { pinsAt, pinsOf, windowStateOf, watchedAddresses, type State } from "../../core/state/state";
import { compareLocal, needsProbe, type Comparison } from "../../core/pin/compare-local";
import { isOurs } from "../../core/incident/verdict";
import { noteHomeVersion } from "../../core/state/version-steps";
import type { Store } from "../storage/store";
import type { Visits } from "./visits";

/** What a local page told, and how it stands to the pins. */
export interface LocalPageReading {
  readonly telling: LocalReading;
  readonly place: LocalPlace;
  readonly comparison: Comparison;
  /** Whether a warning shows the certificate that is told, so that this page alone is no reason to pin it. */
  readonly isOnWarning: boolean;
}

export interface LocalPageReply {
  /** Whether the page stands where an instance's own page can stand, so that reading is offered there. */
  readonly isLocal: boolean;
  /** Whether the page is read by itself whenever it is open. */
  readonly isAutomatic: boolean;
  /** The tab's own, to ask permission for. */
  readonly origin: string | undefined;
  readonly result: Result<LocalPageReading, LocalPageError | PlaceError>;
}

export interface LocalReader {
  /** Reads the page in a tab, looks at the remote address where that is needed, and keeps in step with a renewal. */
  readonly read: (tabId: number, isPrivate: boolean) => Promise<LocalPageReply>;
  /** Reads by itself where the user has said so. */
  readonly onUpdated: (change: Tabs.OnUpdatedChangeInfoType, tab: Tabs.Tab) => void;
}

const LIMIT = 10_000;
/** So often at most is one page read by itself. */
const EVERY = 10 * 60 * 1000;

/** @param onAnother - told where a page that is read by itself tells what only the user can decide on */
export function createLocalReader(store: Store, visits: Visits, onAnother: (address: Address) => void): LocalReader {
  const readAt = new Map<string, number>();

  const pinsOfHosts = (state: State, hosts: readonly Address[], isPrivate: boolean) =>
    pinsOf(state, isPrivate).filter((pin) => pin.hosts.some((host) => hosts.includes(host)));

  const compare = async (telling: LocalReading, isPrivate: boolean): Promise<Comparison> => {
    const state = await store.read();
    const pins = pinsOfHosts(state, telling.hosts, isPrivate);
    if (!needsProbe(telling, pins)) return compareLocal(telling, pins, undefined);
    const address = telling.hosts.find((host) => pins.some((pin) => pin.hosts.includes(host)));
    const outcome = address === undefined ? undefined : await visits.probe(address, isPrivate);
    const after = await store.read();
    // By what the look came to, not by the check's time: one that says the same as a moment ago is not noted again.
    const check = windowStateOf(after, isPrivate).checks.find((other) => other.address === address);
    const seen = outcome?.kind === "judged" ? check?.handshake : undefined;
    return compareLocal(telling, pinsOfHosts(after, telling.hosts, isPrivate), seen);
  };

  const read = async (tabId: number, isPrivate: boolean): Promise<LocalPageReply> => {
    const tab = await browser.tabs.get(tabId).catch(() => undefined);
    const url = tab?.url ?? "";
    const state = await store.read();
    const name = nameToResolve(url);
    const resolved = name === undefined ? [] : await resolve(name);
    const watched = watchedAddresses(state, isPrivate);
    // A remote name that leads into the home network is looked at only when a pin could vouch for it.
    const isVerified = judgePlace(url, watched, [], resolved, true).ok && (await answersPinned(state, url, isPrivate));
    const place = judgePlace(url, watched, [], resolved, isVerified);
    const origin = place.ok ? new URL(url).origin : undefined;
    const isAutomatic =
      origin !== undefined &&
      state.stored.homes.includes(origin) &&
      (await browser.permissions.contains({ origins: [pagePattern(origin)] }));
    const reply = (result: LocalPageReply["result"]): LocalPageReply => ({
      isLocal: place.ok,
      isAutomatic,
      origin,
      result,
    });
    if (!place.ok && (place.error.code === "place-not-a-page" || place.error.code === "place-remote"))
      return reply(place);

    const telling = parseLocalAnswer(await ask(tabId));
    if (!telling.ok) return reply(telling);
    const isHome = judgePlace(url, watched, telling.value.hosts, resolved, isVerified);
    if (!isHome.ok) return reply(isHome);
    const comparison = await compare(telling.value, isPrivate);
    const { kind } = comparison;
    if (kind === "same-key" || (kind === "same" && comparison.pin.source !== "home"))
      await store.change((current) =>
        remembered(current, "in-step", Date.now(), (next) =>
          keepInStep(next, comparison.pin.fingerprint, telling.value, Date.now(), isPrivate),
        ),
      );
    await noteVersionOf(telling.value, kind, isPrivate);
    const { hosts, fingerprint } = telling.value;
    const after = await store.read();
    const isShown = hosts.some((address) => isOnWarning(after, address, { fingerprint }));
    return reply(ok({ telling: telling.value, place: isHome.value, comparison, isOnWarning: isShown }));
  };

  /**
   * Whether a pinned certificate answers at the page's own address just now, and no warning is open there, so that the
   * page did not come from anyone else. One trusted on first use doesn't count. Asked of pinned own domains alone: the
   * cloud's names never lead home.
   */
  const answersPinned = async (state: State, url: string, isPrivate: boolean): Promise<boolean> => {
    const at = placeOf(url);
    if (at?.secure !== true || isCloudAddress(at.address) || pinsAt(state, at.address, isPrivate).length === 0)
      return false;
    const outcome = await visits.probe(at.address, isPrivate);
    const after = await store.read();
    if (outcome.kind !== "judged" || openIncidents(after, isPrivate).some(({ address }) => address === at.address))
      return false;
    const check = windowStateOf(after, isPrivate).checks.find(({ address }) => address === at.address);
    return check !== undefined && isOurs(check.verdict) && check.verdict.kind !== "unchanged";
  };

  /** Only of a page that tells the very certificate we know; nothing is kept of private windows. */
  const noteVersionOf = async ({ hosts, version }: LocalReading, kind: Comparison["kind"], isPrivate: boolean) => {
    const isKnown = kind === "same" || kind === "same-key";
    if (version === undefined || isPrivate || !isKnown) return;
    await store.change((state) => {
      const address = hosts.find((host) => hostsOf(state, host).length > 0);
      const seen = { text: version, at: Date.now(), from: "home" } as const;
      return address === undefined ? state : noteHomeVersion(state, { address, ...seen });
    });
  };

  const readByItself = async (tabId: number): Promise<void> => {
    const { result } = await read(tabId, false);
    if (!result.ok) return;
    const { comparison } = result.value;
    const [address] = result.value.telling.hosts;
    const asks = ["new-key", "other-leaf", "other-pin", "unreachable"].includes(comparison.kind);
    if (asks && address !== undefined) onAnother(address);
  };

  return {
    read,
    onUpdated: (change, tab) => {
      if (change.status !== "complete" || tab.url === undefined || tab.id === undefined || tab.incognito) return;
      const { origin } = new URL(tab.url);
      if (store.peek()?.stored.homes.includes(origin) !== true) return;
      if (Date.now() - (readAt.get(origin) ?? 0) < EVERY) return;
      readAt.set(origin, Date.now());
      void readByItself(tab.id);
    },
  };
}

/** A name's addresses; none where it has none, or the name server cannot be asked. */
async function resolve(name: string): Promise<readonly string[]> {
  try {
    return (await browser.dns.resolve(name)).addresses;
  } catch {
    return [];
  }
}

/** Asks the page in the tab's own world, where Home Assistant's connection is. Whatever comes back is foreign. */
async function ask(tabId: number): Promise<unknown> {
  const late = new Promise<unknown>((done) => setTimeout(done, LIMIT + 1000, { kind: "timeout" }));
  const answered = browser.scripting
    .executeScript({ target: { tabId }, world: "MAIN", func: askInstance, args: [LIMIT] })
    .then(([frame]): unknown => frame?.result)
    .catch(() => ({ kind: "not-home-assistant" })); // a page that Firefox keeps to itself, or one just left
  return Promise.race([answered, late]);
}

/**
 * Runs in the page, so it must stand alone. Tokens are at hand there: only the fields named here are given back.
 * Home Assistant's frontend keeps its connection in the `hass` of its root element (state/connection-mixin.ts).
 */
async function askInstance(limit: number): Promise<unknown> {
  interface Hass {
    config?: { components?: string[]; version?: unknown } | null;
    callWS(message: object): Promise<Record<string, unknown>>;
  }
  const wait = (time: number): Promise<void> => new Promise((done) => setTimeout(done, time));
  const end = Date.now() + limit;
  let hass: Hass | undefined;
  for (;;) {
    const root = document.querySelector<HTMLElement & { hass?: Hass }>("home-assistant");
    if (root === null && document.querySelector("ha-authorize, ha-onboarding") !== null) return { kind: "login" };
    if (root === null && document.readyState === "complete") return { kind: "not-home-assistant" };
    hass = root?.hass;
    if (hass?.config?.components !== undefined) break;
    if (Date.now() > end) return { kind: "loading" };
    await wait(100);
  }
  if (!hass.config.components.includes("cloud")) return { kind: "no-cloud" };
  try {
    const late = wait(Math.max(end - Date.now(), 0)).then(() => undefined);
    const status = await Promise.race([hass.callWS({ type: "cloud/status" }), late]);
    if (status === undefined) return { kind: "timeout" };
    const certificate = status["remote_certificate"] as Record<string, unknown> | null | undefined;
    return {
      kind: "status",
      version: hass.config.version,
      status: {
        logged_in: status["logged_in"],
        remote_enabled: (status["prefs"] as Record<string, unknown> | undefined)?.["remote_enabled"],
        remote_domain: status["remote_domain"],
        remote_certificate_status: status["remote_certificate_status"],
        remote_certificate: certificate && {
          fingerprint: certificate["fingerprint"],
          expire_date: certificate["expire_date"],
          alternative_names: certificate["alternative_names"],
        },
      },
    };
  } catch (error) {
    return { kind: (error as { code?: unknown }).code === "unknown_command" ? "no-cloud" : "malformed" };
  }
}
