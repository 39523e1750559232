import browser from "webextension-polyfill";
import type { Address } from "../../core/address";
import type { Failure } from "../../core/ct/ct-state";
import type { Issuance } from "../../core/ct/issuance";
import type { Ours } from "../../core/ct/classify";
import type { Opinion } from "../../core/ct/crt-sh";
import type { CtShown } from "../../core/ct/ct-state";
import type { Progress } from "../ct/log-queries";
import type { Fingerprint, Given } from "../../core/tls/fingerprint";
import type { Closing } from "../../core/incident/incident";
import type { Result } from "../../core/result";
import type { Pin } from "../../core/pin/pin";
import type { GuardLevel } from "../../core/state/state";
import type { IncidentsView, IncidentView } from "../../core/view/incidents-view";
import type { StoredQuery, StoredView } from "../../core/view/stored-view";
import type { View } from "../../core/view/view";
import type { LocalPageReading, LocalPageReply } from "../watch/local-reader";
import type { BlockReason } from "../guard/held-request";

export type { LocalPageReading, LocalPageReply, BlockReason };

/**
 * The whole protocol between our pages and the background, one line a call. Types let a page send only valid requests.
 */
export interface Calls {
  "view.read": { request: { private: boolean; tabId?: number; address?: Address }; reply: Shown };
  "pin.set": { request: PinRequest; reply: PinReply };
  "pin.forget-waiting": { request: { addresses: Address[] }; reply: null };
  /** The user's note on a pin of ordinary windows. Replies with the `at` of its entry in the history. */
  "pin.note": { request: { fingerprint: Fingerprint; note: string }; reply: number };
  "pin.trust": { request: { address: Address; private: boolean }; reply: null };
  "local-page.read": { request: { tabId: number; private: boolean }; reply: LocalPageReply };
  "local-page.pin": { request: LocalPinRequest; reply: PinReply };
  /** Whether a local page is read without a click. Does nothing for a private window. */
  "local-page.switch": { request: { origin: string; isRead: boolean; private: boolean }; reply: null };
  "stored.read": { request: StoredQuery; reply: StoredView };
  /** All pins of ordinary windows. */
  "pins.read": { request: Record<string, never>; reply: Pin[] };
  "history.undo": { request: { at: number }; reply: null };
  /** Replies with the addresses where a warning shows a certificate of the file. Those are not pinned. */
  "pins.import": { request: { pins: Pin[] }; reply: Address[] };
  /** Replies with the `at` of its entry in the history. */
  "pin.remove": { request: { addresses: Address[]; fingerprint: Fingerprint; private: boolean }; reply: number };
  "watch.set": { request: { address: Address; watched: boolean; private: boolean }; reply: null };
  /** Lets Guard work with the version of Firefox that runs now. */
  "guard.accept-firefox": { request: Record<string, never>; reply: null };
  "guard.set": { request: { address: Address; on: boolean }; reply: null };
  /** How thoroughly Guard checks this instance; does nothing if Guard is off. */
  "guard.level": { request: { address: Address; level: GuardLevel; private: boolean }; reply: null };
  /** "Open anyway, this once", in the tab that asks. */
  "guard.bypass": { request: { address: Address; tabId: number }; reply: null };
  /** A tab shows a blocked page, or the page came to the front or went to the background. */
  "blocked.shown": { request: { tabId: number; address: Address; why: string; url: string }; reply: null };
  "check.now": { request: { address: Address; private: boolean }; reply: null };
  "incident.close": { request: { key: string; how: Closing; address: Address; private: boolean }; reply: null };
  /** @param from - where the page begins in the list */
  "incidents.read": { request: { private: boolean; from: number }; reply: IncidentsView };
  "incidents.read-one": { request: { private: boolean; key: string }; reply: IncidentView | null };
  /** The same click asks for the permission `browsingData`. The second of the two clears. */
  "clear.ask": { request: { address: Address }; reply: null };
  "clear.forget": { request: { address: Address }; reply: null };
  /** Disables the protection for the advisories on the page; does nothing if they have changed since. */
  "version.override": { request: { address: Address; text: string; ids: string[] }; reply: null };
  "version.protect": { request: { address: Address }; reply: null };
  /** Whether Latchkey asks osv.dev for new advisories. The same click asks for its permission. */
  "feed.set": { request: { on: boolean }; reply: null };
  "ct.read": { request: { address: Address }; reply: CtReply };
  /** The switch. The permission may come before or after it. */
  "ct.set": { request: { address: Address; on: boolean }; reply: null };
  "ct.check": { request: { address: Address }; reply: null };
  /** "I have reviewed these", about the certificates found until then. */
  "ct.reviewed": { request: { address: Address; until: number }; reply: null };
  /** "Understood", of what a wildcard means. */
  "ct.wildcard-read": { request: { address: Address }; reply: null };
  "ct.second-opinion": { request: { address: Address }; reply: Result<Opinion[], Failure> };
  /** The user has read it, so Latchkey gives its permission back. */
  "ct.second-end": { request: Record<string, never>; reply: null };
  /** Certificates of a second opinion that the first service did not list. */
  "ct.add": { request: { address: Address; issuances: Issuance[] }; reply: null };
  /** One certificate of a second opinion, as PEM. */
  "ct.fetch": { request: { id: number }; reply: Result<string, Failure> };
  "damage.read": { request: Record<string, never>; reply: string };
  "damage.start-again": { request: Record<string, never>; reply: null };
}

/**
 * `on-warning`: a warning shows this certificate, so it is pinned only if the user confirms to have compared it
 * elsewhere.
 */
export type PinReply = "pinned" | "waiting" | "on-warning";

export interface PinRequest extends Given {
  readonly address: Address;
  /** The pin that this one replaces; without it, this pin is added to the others. */
  readonly replaces?: Fingerprint;
  readonly note?: string;
  /** The user has compared it outside this network, and has confirmed that. */
  readonly compared?: true;
  readonly private: boolean;
}

export interface LocalPinRequest {
  readonly hosts: Address[];
  readonly fingerprint: Fingerprint;
  /** The pin that this one replaces. */
  readonly replaces?: Fingerprint;
  readonly private: boolean;
}

/** What the page of the public logs shows. */
export interface CtReply {
  readonly ctState: CtShown;
  /** What identifies your certificates; `undefined` if no pin is confirmed, so there is nothing to show. */
  readonly ours: Ours | undefined;
  readonly issuances: readonly Issuance[];
  /** Whether all pins of the address are trusted on first use. */
  readonly isFirstUse: boolean;
  /** Why the saved certificates can't be read, if so. */
  readonly damage: string | undefined;
  readonly progress: Progress | undefined;
}

export interface Shown {
  readonly view: View;
  /** The address of the tab in use if it isn't watched: it may be an instance under an own domain. */
  readonly suggested?: Address;
}

/** Calls the background. Rejects only if the background has a bug. */
export const call = <K extends keyof Calls>(type: K, request: Calls[K]["request"]): Promise<Calls[K]["reply"]> =>
  browser.runtime.sendMessage({ type, request });
