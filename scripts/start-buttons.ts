import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { FirefoxSession } from "../test/lab/firefox-session";
import type { House, Lab } from "../test/lab/lab";

/** Opens a page of buttons that change who answers for the house, and stays until Firefox is closed. */
export async function offerButtons(lab: Lab, house: House, firefox: FirefoxSession): Promise<void> {
  const actions: Readonly<Record<string, () => Promise<void> | void>> = {
    Attack: async () => {
      house.answerWith(await lab.authority.issue({ names: [house.host] }));
    },
    "Stop the attack": () => {
      house.plain = false;
      house.restore();
    },
    Renew: () => house.renew("same-key"),
    "Renew with a new key": () => house.renew("new-key"),
    "Answer in plain http": () => {
      house.plain = true;
    },
  };

  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? "").slice(1));
    const act = request.method === "POST" && Object.hasOwn(actions, name) ? actions[name] : undefined;
    void Promise.resolve(act?.()).then(() => {
      if (act === undefined) response.writeHead(200, { "Content-Type": "text/html" }).end(pageOf(house, actions));
      else response.writeHead(303, { Location: "/" }).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  const page = await firefox.context.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  console.log("Firefox is open. Close it to end.");
  await new Promise((closed) => firefox.context.once("close", closed));
  server.close();
}

const pageOf = (house: House, actions: object): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Latchkey: a house and an attacker</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; max-width: 40em; margin: 3em auto } button { font: inherit; margin: 4px }
code { overflow-wrap: anywhere }</style>
<h1>A house and an attacker</h1>
<p>Both are on this computer. Pin the house with Latchkey’s button, open it, and change who answers.</p>
<p>Remote address: <a href="${house.url}" target="_blank"><code>${house.url}</code></a> ·
<a href="http://${house.host}/" target="_blank">the same in plain http</a></p>
<p>Fingerprint, as the house shows it at home: <code>${house.certificate.sha1}</code></p>
${Object.keys(actions)
  .map((name) => `<form method="post" action="/${encodeURIComponent(name)}"><button>${name}</button></form>`)
  .join("\n")}
`;
