import type { IncomingMessage, ServerResponse } from "node:http";

interface Page {
  readonly type: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** Stands for a secret in everything a page sends or stores. */
export const SECRET = "opensesame";

const html = (body: string): Page => ({
  type: "text/html",
  body: `<!doctype html><meta charset="utf-8"><title>Instance</title>${body}`,
});

/** The key under which Home Assistant's page stores its tokens. */
const LOGGED_IN = `<script>localStorage.hassTokens ??= JSON.stringify({ refresh_token: '${SECRET}' });</script>`;

/** A worker that sends its page's messages to the server itself. */
const TO_WORKER = `addEventListener('message', (event) => event.waitUntil(fetch('/api/worker', { method: 'POST', body: event.data })));`;

/**
 * Answers the page from its cache, as Home Assistant's worker did until 2026. So nothing of the page comes from the
 * network.
 */
const OLD_WORKER = `
addEventListener('install', (event) => event.waitUntil(caches.open('instance').then((cache) => cache.add('/')).then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.respondWith(caches.match('/', { ignoreSearch: true }).then((hit) => hit ?? fetch(event.request)));
});
${TO_WORKER}`;

/**
 * Does what Home Assistant's worker does since 2026.11 (front end 20261028.4, sw-modern.js). It asks for navigation
 * preload. It waits three seconds for a document from the network, then uses its cache. It keeps static files, and
 * leaves /api and /auth to the network.
 */
const WORKER = `
const DOCUMENTS = 'navigation-cache', STATIC = 'static-cache';
addEventListener('install', (event) => event.waitUntil(caches.open(DOCUMENTS).then((cache) => cache.add('/')).then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(Promise.all([registration.navigationPreload.enable(), clients.claim()])));
const keptIn = async (name, key, answer) => {
  if (answer.status === 200) await (await caches.open(name)).put(key, answer.clone());
  return answer;
};
const staticFirst = async (request) => (await caches.match(request)) ?? keptIn(STATIC, request, await fetch(request));
const documentOf = async (event) => {
  const key = new URL(event.request.url).pathname;
  const kept = async () => (await caches.match(key, { cacheName: DOCUMENTS })) ?? caches.match('/', { cacheName: DOCUMENTS });
  const network = (async () => keptIn(DOCUMENTS, key, (await event.preloadResponse) ?? (await fetch(event.request))))().catch(() => undefined);
  event.waitUntil(network);
  const late = new Promise((done) => setTimeout(done, 3000)).then(kept);
  return (await Promise.race([network, late])) ?? (await network) ?? (await kept()) ?? Response.error();
};
addEventListener('fetch', (event) => {
  const { pathname } = new URL(event.request.url);
  if (/^\\/(?:static|frontend_latest)\\//.test(pathname)) event.respondWith(staticFirst(event.request));
  else if (event.request.method === 'GET' && /\\/(?:api|auth)\\//.test(pathname)) event.respondWith(fetch(event.request));
  else if (event.request.mode === 'navigate') event.respondWith(documentOf(event));
});
${TO_WORKER}`;

/**
 * Like Home Assistant's page when it comes back, it first sends its token (here, the fragment) until it gets a
 * response.
 */
const RETURNING = `<script>
  const send = () => fetch('/auth/token', { method: 'POST', body: location.hash }).catch(() => setTimeout(send, 1000));
  if (location.hash !== '') send();
</script>`;

const PAGES: Readonly<Record<string, Page>> = {
  "/": html(`${LOGGED_IN}${RETURNING}<h1>Instance</h1>`),
  "/with-worker": html("<script>navigator.serviceWorker.register('/service_worker.js')</script><h1>Instance</h1>"),
  /** Today's panel, with today's worker. */
  "/home/overview": html(
    `${LOGGED_IN}${RETURNING}<script>navigator.serviceWorker.register('/sw-modern.js')</script><script src="/static/app.js"></script><h1>Instance</h1>`,
  ),
  "/forty": html(Array.from({ length: 40 }, (_, index) => `<img src="/image.svg?${String(index)}">`).join("")),
  "/cached": html('<script src="/static/app.js"></script><h1>Instance</h1>'),
  "/static/app.js": {
    type: "text/javascript",
    body: "document.title = 'Instance';",
    headers: { "Cache-Control": "public, max-age=86400" },
  },
  "/static/checked.js": {
    type: "text/javascript",
    body: "",
    headers: { "Cache-Control": "no-cache", ETag: '"1"' },
  },
  "/checked": html('<script src="/static/checked.js"></script><h1>Instance</h1>'),
  "/long": html('<script src="/static/long.js"></script><h1>Instance</h1>'),
  /**
   * Sends only the rest to a client that has the beginning, as for Home Assistant's own files (aiohttp:
   * web_fileresponse.py).
   */
  "/static/long.js": {
    type: "text/javascript",
    body: `/*${" long".repeat(1000)} */`,
    headers: { "Cache-Control": "no-cache", ETag: '"1"', "Accept-Ranges": "bytes" },
  },
  "/service_worker.js": { type: "text/javascript", body: OLD_WORKER },
  "/sw-modern.js": { type: "text/javascript", body: WORKER },
  "/image.svg": { type: "image/svg+xml", body: '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' },
  "/auth/token": { type: "application/json", body: "{}" },
  "/auth/revoke": { type: "application/octet-stream", body: "" },
};

/** Whether the request is for a page, at any address. */
const isDocument = ({ headers }: IncomingMessage): boolean => headers["sec-fetch-dest"] === "document";

/**
 * Answers as Home Assistant does, as far as the tests need it.
 * @param added - the attacker's script, which is put at the beginning of pages and at the end of scripts. With it,
 * every address has a page
 */
export function instancePage(request: IncomingMessage, response: ServerResponse, added = ""): void {
  request.resume();
  const path = new URL(request.url ?? "/", "https://instance").pathname;
  const page = PAGES[path] ?? (added !== "" && isDocument(request) ? html("") : undefined);
  if (request.method === "POST" && !path.startsWith("/auth/")) response.writeHead(204).end();
  else if (page === undefined) response.writeHead(404).end();
  else if (page.headers?.["ETag"] !== undefined && request.headers["if-none-match"] === page.headers["ETag"])
    response.writeHead(304, page.headers).end();
  else if (added === "" && begin(request, page) > 0) {
    const { type, body } = page;
    const range = `bytes ${String(begin(request, page))}-${String(body.length - 1)}/${String(body.length)}`;
    const part = body.slice(begin(request, page));
    const length = Buffer.byteLength(part);
    response
      .writeHead(206, { "Content-Type": type, "Content-Length": length, "Content-Range": range, ...page.headers })
      .end(part);
  } else {
    const body = withScript(page, added);
    // In one piece: after an empty body, Node would send the end separately.
    const length = Buffer.byteLength(body);
    response.writeHead(200, { "Content-Type": page.type, "Content-Length": length, ...page.headers }).end(body);
  }
}

/** The first byte that a client asks for if it has the beginning of a page; 0 for the whole page. */
const begin = ({ headers }: IncomingMessage, page: Page): number =>
  page.headers?.["Accept-Ranges"] !== undefined && headers["if-range"] === page.headers["ETag"]
    ? Number(/^bytes=(\d+)-$/u.exec(headers.range ?? "")?.[1] ?? "0")
    : 0;

/** The length of the instance's own file at a path, in bytes. */
export const lengthOf = (path: string): number => Buffer.byteLength(PAGES[path]?.body ?? "");

function withScript({ type, body }: Page, added: string): string {
  if (added === "") return body;
  if (type === "text/html") return body.replace("</title>", () => `</title><script>${added}</script>`);
  return type === "text/javascript" ? `${body}\n${added}` : body;
}
