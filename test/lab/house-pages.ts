import type { IncomingMessage, ServerResponse } from "node:http";

interface Page {
  readonly type: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

const html = (body: string): Page => ({
  type: "text/html",
  body: `<!doctype html><meta charset="utf-8"><title>House</title>${body}`,
});

/** Answers the page from its cache, as Home Assistant's worker does, so that nothing of it comes from the network. */
const WORKER = `
addEventListener('install', (event) => event.waitUntil(caches.open('house').then((cache) => cache.add('/')).then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.respondWith(caches.match('/', { ignoreSearch: true }).then((hit) => hit ?? fetch(event.request)));
});
addEventListener('message', (event) => event.waitUntil(fetch('/api/worker', { method: 'POST', body: event.data })));`;

/** Like Home Assistant's page when it comes back, it sends its token first of all (here what stands behind the `#`), until it has an answer. */
const RETURNING = `<script>
  const send = () => fetch('/auth/token', { method: 'POST', body: location.hash }).catch(() => setTimeout(send, 1000));
  if (location.hash !== '') send();
</script>`;

const PAGES: Readonly<Record<string, Page>> = {
  "/": html(`${RETURNING}<h1>House</h1>`),
  "/with-worker": html("<script>navigator.serviceWorker.register('/service_worker.js')</script><h1>House</h1>"),
  "/forty": html(Array.from({ length: 40 }, (_, index) => `<img src="/image.svg?${String(index)}">`).join("")),
  "/cached": html('<script src="/static/app.js"></script><h1>House</h1>'),
  "/static/app.js": {
    type: "text/javascript",
    body: "document.title = 'House';",
    headers: { "Cache-Control": "public, max-age=86400" },
  },
  "/static/checked.js": {
    type: "text/javascript",
    body: "",
    headers: { "Cache-Control": "no-cache", ETag: '"1"' },
  },
  "/service_worker.js": { type: "text/javascript", body: WORKER },
  "/image.svg": { type: "image/svg+xml", body: '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' },
  "/auth/token": { type: "application/json", body: "{}" },
  "/auth/revoke": { type: "application/octet-stream", body: "" },
};

/** Answers as Home Assistant does where it matters here. */
export function housePage(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const path = new URL(request.url ?? "/", "https://house").pathname;
  const page = PAGES[path];
  if (request.method === "POST" && !path.startsWith("/auth/")) response.writeHead(204).end();
  else if (page === undefined) response.writeHead(404).end();
  else if (page.headers?.["ETag"] !== undefined && request.headers["if-none-match"] === page.headers["ETag"])
    response.writeHead(304, page.headers).end();
  else {
    // In one piece, where Node itself would send an end of its own after an empty body.
    const length = Buffer.byteLength(page.body);
    response.writeHead(200, { "Content-Type": page.type, "Content-Length": length, ...page.headers }).end(page.body);
  }
}
