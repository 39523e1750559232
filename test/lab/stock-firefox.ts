// Drives the Firefox that people install (not a patched build) with Playwright, over WebDriver BiDi.
// Playwright ships this path as the channel `moz-firefox`. It lacks some things for a release Firefox with an extension
// in it, and this file adds them between Playwright and its transport:
// 1. Playwright sends commands at launch that an older Firefox does not know. This file answers their "unknown command"
// with success.
// 2. For a moz-extension: document, Firefox sends no domContentLoaded, load or contextDestroyed event. It sends no
// script.realmCreated before something is evaluated in the document. This file evaluates a no-op and adds the events,
// so goto(), reload(), locators and close() work there.
// 3. Playwright follows each request, which costs Firefox more than an extension does. No test needs that, so this file
// keeps it from doing so.
import { firefox, type BrowserContext } from "playwright";
import { findFirefox } from "../../scripts/setup.mjs";
import type { Bidi } from "./browser-chrome";

interface Message {
  id?: number;
  type?: string;
  error?: string;
  method?: string;
  params?: { context?: string; navigation?: string; url?: string; events?: string[] };
  result?: { navigation?: string; url?: string };
}
interface Transport {
  send(message: Message): void;
  close(): void;
  onmessage: ((message: Message) => void) | undefined;
  onclose: ((reason?: string) => void) | undefined;
}
interface ServerSide {
  _bidiFirefox: { connectToTransport: (transport: Transport, options: unknown) => unknown };
  _browser: { _browserSession: Bidi };
}

const MAY_BE_UNKNOWN = new Set([
  "emulation.setMediaFeaturesOverride",
  "emulation.setScreenSettingsOverride",
  "network.addDataCollector",
  "browser.setDownloadBehavior",
]);
const LOADED =
  "new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', () => done(), { once: true }))";

/** Playwright's own side of a client object, in the same process. */
const serverSide = (object: unknown): ServerSide =>
  (object as { _connection: { toImpl(object: unknown): ServerSide } })._connection.toImpl(object);

export interface Launch {
  readonly profile: string;
  readonly headless?: boolean;
  /** The screen to show it on, if it isn't the user's own. */
  readonly display?: string;
  readonly prefs?: Record<string, string | number | boolean>;
  /** Ignores every certificate error, as if the user clicked through it. */
  readonly ignoreHTTPSErrors?: boolean;
}

/** Starts Firefox on `profile`. @returns Playwright's context and the raw BiDi session */
export async function launchStockFirefox(launch: Launch): Promise<{ context: BrowserContext; bidi: Bidi }> {
  const { profile, display, prefs = {}, ignoreHTTPSErrors = false } = launch;
  const { headless = display === undefined } = launch;
  const executablePath = findFirefox();
  if (executablePath === undefined) throw new Error("no Firefox found: run `npm test`, which sets it up");
  const bidiFirefox = serverSide(firefox)._bidiFirefox;
  const connect = bidiFirefox.connectToTransport;
  bidiFirefox.connectToTransport = (transport, options) => connect.call(bidiFirefox, adapt(transport), options);
  try {
    const context = await firefox.launchPersistentContext(profile, {
      channel: "moz-firefox",
      executablePath,
      headless,
      // Gives browser-chrome.ts the browser window: ESR needs the argument, later releases need the variable.
      args: ["--remote-allow-system-access"],
      env: {
        ...process.env,
        MOZ_REMOTE_ALLOW_SYSTEM_ACCESS: "1",
        ...(display === undefined ? {} : { DISPLAY: display }),
      },
      viewport: null,
      ignoreHTTPSErrors,
      firefoxUserPrefs: {
        "xpinstall.signatures.required": false, // honoured by ESR, Developer Edition and Nightly
        "ui.popup.disable_autohide": true, // the popup stays open without a window manager
        ...prefs,
      },
    });
    return { context, bidi: serverSide(context)._browser._browserSession };
  } finally {
    bidiFirefox.connectToTransport = connect;
  }
}

/** Adds the points at the top of this file to a Playwright transport. */
function adapt(transport: Transport): Transport {
  const pending = new Map<number, Message>(); // Playwright's commands
  const own = new Map<number, () => void>(); // what to do when the adapter's own command has been answered
  const extensionDocuments = new Map<string, string>(); // browsing context -> its moz-extension: address
  const announced = new Set<string>(); // navigation ids
  let ownId = 1_000_000_000; // far above Playwright's ids
  const adapted: Transport = {
    send(command) {
      if (command.id !== undefined) pending.set(command.id, command);
      const { id = -1, method = "", params = {} } = command;
      if (method.startsWith("network.")) queueMicrotask(() => adapted.onmessage?.({ id, type: "success", result: {} }));
      else if (method === "session.subscribe")
        transport.send({
          ...command,
          params: { ...params, events: params.events?.filter((name) => name !== "network") ?? [] },
        });
      else transport.send(command);
    },
    close: () => {
      transport.close();
    },
    onmessage: undefined,
    onclose: undefined,
  };
  const emit = (method: string, params: object): void => adapted.onmessage?.({ type: "event", method, params });

  /** Called when an extension document is reached: makes its realm known, and reports when it has loaded. */
  const announce = (context: string, navigation: string, url: string): void => {
    extensionDocuments.set(context, url);
    if (announced.has(navigation)) return;
    announced.add(navigation);
    own.set(++ownId, () => {
      emit("browsingContext.domContentLoaded", { context, navigation, url, timestamp: Date.now() });
      emit("browsingContext.load", { context, navigation, url, timestamp: Date.now() });
    });
    const params = { expression: LOADED, target: { context }, awaitPromise: true };
    transport.send({ id: ownId, method: "script.evaluate", params } as Message);
  };

  transport.onclose = (reason) => adapted.onclose?.(reason);
  transport.onmessage = (message) => {
    const id = message.id ?? -1;
    const answered = own.get(id);
    if (answered !== undefined) {
      own.delete(id);
      answered();
      return;
    }
    const command = pending.get(id);
    pending.delete(id);
    const unknown = message.error === "unknown command" && MAY_BE_UNKNOWN.has(command?.method ?? "");
    adapted.onmessage?.(unknown ? { id, type: "success", result: {} } : message);

    const { context = "", navigation = "", url = "" } = message.params ?? {};
    if (message.method === "browsingContext.navigationCommitted") {
      if (url.startsWith("moz-extension:")) announce(context, navigation, url);
      else extensionDocuments.delete(context);
    }
    if (message.type !== "success" || command === undefined) return;
    const target = command.params?.context ?? "";
    if (command.method === "browsingContext.close" && extensionDocuments.has(target)) {
      const closed = { context: target, url: extensionDocuments.get(target), children: null, parent: null };
      emit("browsingContext.contextDestroyed", { ...closed, userContext: "default" });
      extensionDocuments.delete(target);
    }
  };
  return adapted;
}
