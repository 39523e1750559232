import type { Address } from "../../core/address";
import type { Issuance } from "../../core/ct/issuance";
import { forgetLastId, takePage, type Page, type Taken } from "../../core/state/ct-reduce";
import type { State } from "../../core/state/state";
import type { CtStore } from "../storage/ct-store";
import type { Store } from "../storage/store";
import type { Notifier } from "../ui/notifier";

/** The logged certificates of each instance. */
export interface LoggedCertificates {
  /** The certificates read before. If they are lost, the next query starts from the beginning. */
  readonly saved: (address: Address) => Promise<readonly Issuance[]>;
  /** Takes in one page as a whole. Its certificates are on disk when this resolves. */
  readonly takeIn: (page: Page) => Promise<Pick<Taken, "issuances" | "isFull">>;
}

/** Keeps the logged certificates on disk, and warns of those that are not the instance's own. */
export const createLoggedCertificates = (store: Store, ctStore: CtStore, notifier: Notifier): LoggedCertificates => ({
  saved: async (address) => {
    const kept = await ctStore.read(address);
    if (kept.kind === "damaged") await store.change((state) => forgetLastId(state, address));
    return kept.kind === "value" ? kept.value : [];
  },

  takeIn: async (page) => {
    const take = (state: State): Taken => takePage(state, page);
    const { issuances, isFull } = take(await store.read());
    if (page.found.length > 0) await ctStore.write(page.address, issuances);
    await store.change((state) => {
      const { state: next, notify } = take(state);
      for (const incident of notify) void notifier.notify(incident, false);
      return next;
    });
    return { issuances, isFull };
  },
});
