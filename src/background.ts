// Wiring only. Firefox wakes a stopped event page only for listeners that are registered synchronously. So this file
// has no await before them, no storage read and no decision.
import browser from "webextension-polyfill";
import { createApp } from "./app";
import { typesOf } from "./shell/guard/passive-types";
import { createListener } from "./shell/messages/messages";

const app = createApp();
const { webRequest } = browser;

// A wide filter, because it must be known before storage is read. The host permissions narrow it. *:// covers http and
// wss.
// "blocking" is what allows getSecurityInfo: without it, a listener gets no certificate.
const urls = ["*://*/*"];
webRequest.onBeforeRequest.addListener(app.onVisit, { urls, types: ["main_frame"] });
const { onRequest, onSendHeaders, onPassiveSent } = app.blocking;
const { active, passive } = typesOf(webRequest);
// Firefox adds a function once only, so a second filter needs a function of its own.
const onPassive: typeof onSendHeaders = (details) => onSendHeaders(details);
webRequest.onBeforeSendHeaders.addListener(onSendHeaders, { urls, types: active }, ["blocking", "requestHeaders"]);
app.begunRequests.listen(
  () => {
    webRequest.onBeforeRequest.addListener(onRequest, { urls }, ["blocking"]);
    webRequest.onBeforeSendHeaders.addListener(onPassive, { urls, types: passive }, ["blocking", "requestHeaders"]);
    webRequest.onBeforeSendHeaders.removeListener(onPassiveSent);
  },
  () => {
    webRequest.onBeforeSendHeaders.addListener(onPassiveSent, { urls, types: passive }, ["requestHeaders"]);
    webRequest.onBeforeSendHeaders.removeListener(onPassive);
    webRequest.onBeforeRequest.removeListener(onRequest);
  },
);
webRequest.onHeadersReceived.addListener(app.blocking.onHeaders, { urls }, ["blocking", "responseHeaders"]);
webRequest.onBeforeRedirect.addListener(app.onRedirect, { urls });
webRequest.onCompleted.addListener(app.onCompleted, { urls });
webRequest.onErrorOccurred.addListener(app.onError, { urls });
browser.tabs.onUpdated.addListener(app.onTabUpdated, { urls, properties: ["status", "url"] });
browser.tabs.onRemoved.addListener(app.onTabClosed);
browser.runtime.onInstalled.addListener(app.onInstalled);
browser.runtime.onStartup.addListener(app.onStartup);
browser.permissions.onAdded.addListener(app.onPermissionsChanged);
browser.permissions.onRemoved.addListener(app.onPermissionsChanged);
browser.alarms.onAlarm.addListener(app.onAlarm);
browser.notifications.onClicked.addListener(app.onNotificationClicked);
// Last, because it asks Firefox something. If that fails, everything else is listening already.
const own = { id: browser.runtime.id, origin: browser.runtime.getURL("") };
browser.runtime.onMessage.addListener(createListener(app.handlers, own));
