import browser, { type Tabs } from "webextension-polyfill";
import type { Address } from "../../core/address";
import { parseLocalAnswer, type LocalPageError, type LocalReading } from "../../core/pin/local-page";
import { judgePlace, nameToResolve, pagePattern, type LocalPlace, type PlaceError } from "../../core/pin/local-place";
import { hostsOf } from "../../core/state/version-advice";
import { isOnWarning } from "../../core/state/on-warning";
import { keepInStep, remembered } from "../../core/state/pins";
import { ok, type Result } from "../../core/result";
import { watchedAddresses } from "../../core/state/state";
import type { Comparison } from "../../core/pin/compare-local";
import { noteLocalVersion } from "../../core/state/version-steps";
import type { Store } from "../storage/store";
import { askLocalPage } from "./ask-local-page";
import { createRemoteChecks } from "./remote-checks";
import type { Visits } from "./visits";

/** What a local page reported, and how it compares with the pins. */
export interface LocalPageReading {
  readonly telling: LocalReading;
  readonly place: LocalPlace;
  readonly comparison: Comparison;
  /** Whether a warning shows this certificate, so this page alone is no reason to pin it. */
  readonly isOnWarning: boolean;
}

export interface LocalPageReply {
  /** Whether an instance's own page can have this address, so the popup offers to read it. */
  readonly isLocal: boolean;
  /** Whether Latchkey reads the page without a click whenever it is open. */
  readonly isAutomatic: boolean;
  /** The tab's origin, to ask permission for. */
  readonly origin: string | undefined;
  readonly result: Result<LocalPageReading, LocalPageError | PlaceError>;
}

export interface LocalReader {
  /** Reads the page in a tab, checks the remote address if needed, and pins a renewed certificate. */
  readonly read: (tabId: number, isPrivate: boolean) => Promise<LocalPageReply>;
  /** Reads without a click if the user has agreed to it. */
  readonly onUpdated: (change: Tabs.OnUpdatedChangeInfoType, tab: Tabs.Tab) => void;
}

/** Minimum time between two automatic reads of the same page, in ms. */
const EVERY = 10 * 60 * 1000;

/**
 * @param onAnother - called if a page that is read automatically shows a certificate that only the user can decide on
 */
export function createLocalReader(store: Store, visits: Visits, onAnother: (address: Address) => void): LocalReader {
  const checks = createRemoteChecks(store, visits);
  const readAt = new Map<string, number>();

  const read = async (tabId: number, isPrivate: boolean): Promise<LocalPageReply> => {
    const tab = await browser.tabs.get(tabId).catch(() => undefined);
    const url = tab?.url ?? "";
    const state = await store.read();
    const name = nameToResolve(url);
    const resolved = name === undefined ? [] : await resolve(name);
    const watched = watchedAddresses(state, isPrivate);
    // A remote name that leads into the home network is checked only if a pin could verify it.
    const isVerified =
      judgePlace(url, watched, [], resolved, true).ok && (await checks.answersPinned(state, url, isPrivate));
    const place = judgePlace(url, watched, [], resolved, isVerified);
    const origin = place.ok ? new URL(url).origin : undefined;
    const isAutomatic =
      origin !== undefined &&
      state.stored.localOrigins.includes(origin) &&
      (await browser.permissions.contains({ origins: [pagePattern(origin)] }));
    const reply = (result: LocalPageReply["result"]): LocalPageReply => ({
      isLocal: place.ok,
      isAutomatic,
      origin,
      result,
    });
    if (!place.ok && (place.error.code === "place-not-a-page" || place.error.code === "place-remote"))
      return reply(place);

    const telling = parseLocalAnswer(await askLocalPage(tabId));
    if (!telling.ok) return reply(telling);
    const isHome = judgePlace(url, watched, telling.value.hosts, resolved, isVerified);
    if (!isHome.ok) return reply(isHome);
    const comparison = await checks.compare(telling.value, isPrivate);
    const { kind } = comparison;
    if (kind === "same-key" || (kind === "same" && comparison.pin.source !== "home"))
      await store.change((current) =>
        remembered(current, "in-step", Date.now(), (next) =>
          keepInStep(next, comparison.pin.fingerprint, telling.value, Date.now(), isPrivate),
        ),
      );
    await noteVersionOf(store, telling.value, kind, isPrivate);
    const { hosts, fingerprint } = telling.value;
    const after = await store.read();
    const isShown = hosts.some((address) => isOnWarning(after, address, { fingerprint, source: "home" }));
    return reply(ok({ telling: telling.value, place: isHome.value, comparison, isOnWarning: isShown }));
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
      if (store.peek()?.stored.localOrigins.includes(origin) !== true) return;
      if (Date.now() - (readAt.get(origin) ?? 0) < EVERY) return;
      readAt.set(origin, Date.now());
      void readByItself(tab.id);
    },
  };
}

/** Only from a page that reports the very certificate we know. Nothing from private windows is saved. */
async function noteVersionOf(
  store: Store,
  { hosts, version }: LocalReading,
  kind: Comparison["kind"],
  isPrivate: boolean,
): Promise<void> {
  const isKnown = kind === "same" || kind === "same-key";
  if (version === undefined || isPrivate || !isKnown) return;
  await store.change((state) => {
    const address = hosts.find((host) => hostsOf(state, host).length > 0);
    const seen = { text: version, at: Date.now(), from: "home" } as const;
    return address === undefined ? state : noteLocalVersion(state, { address, ...seen });
  });
}

/** The addresses of a name; none if it has none, or if the name server can't be asked. */
async function resolve(name: string): Promise<readonly string[]> {
  try {
    return (await browser.dns.resolve(name)).addresses;
  } catch {
    return [];
  }
}
