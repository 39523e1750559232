import type { Address } from "../../core/address";
import { readAuthRequired } from "../../core/version/auth-required";
import { err, type Result } from "../../core/result";
import { windowStateOf } from "../../core/state/state";
import { isOurs } from "../../core/incident/verdict";
import type { Untold } from "../../core/version/version-state";
import { dueAt, noteAsked, noteUntold, noteVersion, overdueAt, takeAlarms } from "../../core/state/version-steps";
import type { Notifier } from "../ui/notifier";
import type { Prober } from "../probe/prober";
import type { Store } from "../storage/store";
import type { Visits } from "../watch/visits";

export interface VersionAsker {
  /** Asks the instances that were just verified and are due. Called after each change; costs nothing if none is due. */
  readonly askDue: () => void;
  /** Checks the instances that the user has not visited for a day, and asks them. */
  readonly askOverdue: () => Promise<void>;
  /** Checks one instance and asks it, even if it was asked a moment ago. */
  readonly ask: (address: Address) => Promise<void>;
  /** Notifies the user about every blocking advisory, once. */
  readonly tell: () => Promise<void>;
}

const LIMIT = 5000;

/** Learns the versions of pinned and confirmed instances. It asks and saves nothing for private windows. */
export function createVersionAsker(
  store: Store,
  prober: Pick<Prober, "mayOpenSocket" | "expectSocket">,
  visits: Pick<Visits, "probe">,
  notifier: Pick<Notifier, "insecure">,
): VersionAsker {
  const asking = new Set<Address>();

  const tell = async (): Promise<void> => {
    const taken: ReturnType<typeof takeAlarms>[1] = [];
    await store.change((state) => {
      const [next, alarms] = takeAlarms(state, Date.now());
      taken.push(...alarms);
      return next;
    });
    for (const alarm of taken) await notifier.insecure(alarm);
  };

  /** One question at a time to each instance. */
  const once = async (address: Address, run: () => Promise<void>): Promise<void> => {
    if (asking.has(address)) return;
    asking.add(address);
    await run().finally(() => asking.delete(address));
  };

  const hear = async (address: Address): Promise<void> => {
    const leaf = windowStateOf(await store.read(), false).checks.find((check) => check.address === address)?.handshake
      ?.leaf;
    await store.change((state) =>
      noteAsked(state, { address, at: Date.now(), ...(leaf === undefined ? {} : { leaf: leaf.sha256 }) }),
    );
    // Firefox would ask the user for a client certificate without saying what for.
    const mayOpen = await prober.mayOpenSocket({ address, private: false });
    const told = mayOpen ? await firstFrame(prober, address) : err<Untold>("version-not-checked");
    const at = Date.now();
    await store.change((state) =>
      told.ok
        ? noteVersion(state, { address, text: told.value, at, from: "remote" })
        : noteUntold(state, address, told.error, at),
    );
    await tell();
  };

  /** Each request for a check starts one, even while a slow instance hasn't reported its version. */
  const ask = async (address: Address): Promise<void> => {
    const outcome = await visits.probe(address, false);
    await once(address, async () => {
      if (outcome.kind === "judged" && isOurs(outcome.verdict)) await hear(address);
      else await store.change((state) => noteUntold(state, address, "version-not-checked", Date.now()));
    });
  };

  return {
    tell,
    ask,
    askDue: () => {
      const state = store.peek();
      if (state === undefined) return;
      for (const { address } of dueAt(state, Date.now())) void once(address, () => hear(address));
    },
    askOverdue: async () => {
      if (!navigator.onLine) return;
      for (const address of overdueAt(await store.read(), Date.now())) {
        await store.change((state) => noteAsked(state, { address, at: Date.now() }));
        await ask(address);
      }
    },
  };
}

/**
 * Opens the instance's WebSocket, reads its first message, sends nothing and closes at once. Home Assistant logs a
 * warning about a socket that stays silent for ten seconds, and bans an address that sends a wrong token (core:
 * components/websocket_api/http.py, http/ban.py). The version counts only if the response that opened the socket
 * carried the instance's certificate.
 */
async function firstFrame(prober: Pick<Prober, "expectSocket">, address: Address): Promise<Result<string, Untold>> {
  const expected = prober.expectSocket(address);
  const socket = new WebSocket(expected.url);
  const { promise, resolve: end } = Promise.withResolvers<Result<string, Untold>>();
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    end(readAuthRequired(data));
  });
  for (const event of ["error", "close"])
    socket.addEventListener(event, () => {
      end(err("version-closed"));
    });
  const timer = setTimeout(end, LIMIT, err("version-late"));
  const frame = await promise;
  socket.close();
  clearTimeout(timer);
  // The verdict comes a moment after the response was let through.
  const late = setTimeout(expected.end, LIMIT);
  const isTheInstance = await expected.isOurs;
  clearTimeout(late);
  expected.end();
  return isTheInstance ? frame : err("version-not-checked");
}
