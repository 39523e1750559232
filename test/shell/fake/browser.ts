// The part of `browser` that the background's blocking listeners and probes use.
import type { MakeCall } from "./calls";
import type { FakeEvents, Listener } from "./events";
import { messageOf, TAB } from "./profile";

export interface Button {
  title?: string;
  badge?: string;
  icon?: string;
}

/** What the user sees: the tab, its button, and the button of all other tabs. */
export interface Shown {
  readonly tab: { readonly id: number; url: string; incognito: boolean; active: boolean; discarded: boolean };
  button: Button;
  readonly common: Button;
}

interface Inside {
  readonly call: MakeCall;
  readonly events: FakeEvents;
  readonly shown: Shown;
  /** What is stored, which the background changes. */
  readonly disk: object;
  readonly session: object;
  readonly securityInfo: (requestId: string) => object | undefined;
  readonly execute: (script: { func: Listener; args: unknown[] }) => Promise<object[]>;
}

const areaOf = (call: MakeCall, area: string, kept: object): object => ({
  get: call(`storage.${area}.get`, (key: string) =>
    Object.fromEntries(Object.entries(structuredClone(kept)).filter(([name]) => name === key)),
  ),
  set: call(`storage.${area}.set`, (items: object) => {
    Object.assign(kept, structuredClone(items));
  }),
});

/** @returns a function that makes the setter of one property of the button */
const setterOf =
  (call: MakeCall, shown: Shown) =>
  (name: string, property: keyof Button | undefined, from: string): unknown =>
    call(`action.${name}`, (details: { tabId?: number } & Record<string, unknown>) => {
      if (property === undefined) return;
      const button = details.tabId === undefined ? shown.common : shown.button;
      const value = details[from] as string | null | undefined;
      if (value === null || value === undefined) Reflect.deleteProperty(button, property);
      else button[property] = value;
    });

/** Those that the tests use, and one more of each kind. */
const TYPES = ["main_frame", "sub_frame", "script", "xmlhttprequest", "websocket", "image", "font", "other"];

export function createBrowser(inside: Inside): Record<string, unknown> {
  const { call, events, shown } = inside;
  const set = setterOf(call, shown);
  return {
    webRequest: {
      ...events.under("webRequest", ["onBeforeRequest", "onBeforeSendHeaders", "onHeadersReceived"]),
      ...events.under("webRequest", ["onErrorOccurred", "onBeforeRedirect", "onCompleted"]),
      ResourceType: Object.fromEntries(TYPES.map((type) => [type.toUpperCase(), type])),
      getSecurityInfo: call("webRequest.getSecurityInfo", inside.securityInfo),
    },
    tabs: {
      ...events.under("tabs", ["onUpdated", "onRemoved"]),
      query: call("tabs.query", () => [{ ...shown.tab }]),
      reload: call("tabs.reload", () => undefined),
      update: call("tabs.update", (tabId: number, { url }: { url: string }) => {
        if (tabId !== TAB) throw new Error(`Type error for parameter tabId: ${String(tabId)}`);
        shown.tab.url = `moz-extension://own/${url}`;
        shown.button = {};
      }),
    },
    scripting: {
      executeScript: call("scripting.executeScript", inside.execute),
      getRegisteredContentScripts: call("scripting.getRegisteredContentScripts", () => []),
      registerContentScripts: call("scripting.registerContentScripts", () => undefined),
    },
    storage: { local: areaOf(call, "local", inside.disk), session: areaOf(call, "session", inside.session) },
    action: {
      setBadgeText: set("setBadgeText", "badge", "text"),
      setTitle: set("setTitle", "title", "title"),
      setIcon: set("setIcon", "icon", "path"),
      setBadgeBackgroundColor: set("setBadgeBackgroundColor", undefined, ""),
      setBadgeTextColor: set("setBadgeTextColor", undefined, ""),
    },
    notifications: {
      ...events.under("notifications", ["onClicked"]),
      create: call("notifications.create", (id: string) => id),
    },
    permissions: {
      ...events.under("permissions", ["onAdded", "onRemoved"]),
      getAll: call("permissions.getAll", () => ({ origins: ["*://*.ui.nabu.casa/*"], permissions: [] })),
      contains: call("permissions.contains", () => true),
    },
    alarms: {
      ...events.under("alarms", ["onAlarm"]),
      get: call("alarms.get", () => undefined),
      create: call("alarms.create", () => undefined),
      clear: call("alarms.clear", () => true),
    },
    runtime: {
      ...events.under("runtime", ["onMessage", "onInstalled", "onStartup"]),
      id: "own",
      getURL: call("runtime.getURL", (path: string) => `moz-extension://own/${path}`),
      getBrowserInfo: call("runtime.getBrowserInfo", () => ({ version: "153.7.0" })),
    },
    extension: { isAllowedIncognitoAccess: call("extension.isAllowedIncognitoAccess", () => true) },
    browsingData: { remove: call("browsingData.remove", () => undefined) },
    i18n: {
      getMessage: call("i18n.getMessage", messageOf),
    },
  };
}
