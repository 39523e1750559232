import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { FirefoxSession } from "../test/lab/firefox-session";
import type { Instance, Lab } from "../test/lab/lab";

/** Opens a page with buttons for the attack and for renewals, and stays until Firefox is closed. */
export async function offerButtons(lab: Lab, instance: Instance, firefox: FirefoxSession): Promise<void> {
  const actions: Readonly<Record<string, () => Promise<void> | void>> = {
    Attack: async () => {
      instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
    },
    "Stop the attack": () => {
      instance.plain = false;
      instance.restore();
    },
    Renew: () => instance.renew("same-key"),
    "Renew with a new key": () => instance.renew("new-key"),
    "Answer in plain http": () => {
      instance.plain = true;
    },
  };

  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? "").slice(1));
    const act = request.method === "POST" && Object.hasOwn(actions, name) ? actions[name] : undefined;
    void Promise.resolve(act?.()).then(() => {
      if (act === undefined) response.writeHead(200, { "Content-Type": "text/html" }).end(pageOf(instance, actions));
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

const pageOf = (instance: Instance, actions: object): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Latchkey: an instance and an attacker</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; max-width: 40em; margin: 3em auto } button { font: inherit; margin: 4px }
code { overflow-wrap: anywhere }</style>
<h1>An instance and an attacker</h1>
<p>Both are on this computer. Pin the instance with Latchkey’s button, open it, and change who answers.</p>
<p>Remote address: <a href="${instance.url}" target="_blank"><code>${instance.url}</code></a> ·
<a href="http://${instance.host}/" target="_blank">the same in plain http</a></p>
<p>Fingerprint, as the instance shows it at home: <code>${instance.certificate.sha1}</code></p>
${Object.keys(actions)
  .map((name) => `<form method="post" action="/${encodeURIComponent(name)}"><button>${name}</button></form>`)
  .join("\n")}
`;
