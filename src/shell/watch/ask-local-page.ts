import browser from "webextension-polyfill";

/** Maximum time for a page to answer, in ms. */
const LIMIT = 10_000;

/** Asks the page in the tab's own world, where Home Assistant's connection is. Don't trust the answer. */
export async function askLocalPage(tabId: number): Promise<unknown> {
  const late = new Promise<unknown>((done) => setTimeout(done, LIMIT + 1000, { kind: "timeout" }));
  const answered = browser.scripting
    .executeScript({ target: { tabId }, world: "MAIN", func: askInstance, args: [LIMIT] })
    .then(([frame]): unknown => frame?.result)
    .catch(() => ({ kind: "not-home-assistant" })); // Firefox doesn't open it to extensions, or it was just left
  return Promise.race([answered, late]);
}

/**
 * Runs in the page, so it must not refer to anything outside. Tokens are within reach there: only the fields named here
 * are given back. Home Assistant's frontend keeps its connection in the `hass` of its root element
 * (state/connection-mixin.ts).
 */
async function askInstance(limit: number): Promise<unknown> {
  interface Hass {
    config?: { components?: string[]; version?: unknown } | null;
    callWS(message: object): Promise<Record<string, unknown>>;
  }
  const wait = (time: number): Promise<void> => new Promise((done) => setTimeout(done, time));
  const end = Date.now() + limit;
  let hass: Hass | undefined;
  for (;;) {
    const root = document.querySelector<HTMLElement & { hass?: Hass }>("home-assistant");
    if (root === null && document.querySelector("ha-authorize, ha-onboarding") !== null) return { kind: "login" };
    if (root === null && document.readyState === "complete") return { kind: "not-home-assistant" };
    hass = root?.hass;
    if (hass?.config?.components !== undefined) break;
    if (Date.now() > end) return { kind: "loading" };
    await wait(100);
  }
  if (!hass.config.components.includes("cloud")) return { kind: "no-cloud" };
  try {
    const late = wait(Math.max(end - Date.now(), 0)).then(() => undefined);
    const status = await Promise.race([hass.callWS({ type: "cloud/status" }), late]);
    if (status === undefined) return { kind: "timeout" };
    const certificate = status["remote_certificate"] as Record<string, unknown> | null | undefined;
    return {
      kind: "status",
      version: hass.config.version,
      status: {
        logged_in: status["logged_in"],
        remote_enabled: (status["prefs"] as Record<string, unknown> | undefined)?.["remote_enabled"],
        remote_domain: status["remote_domain"],
        remote_certificate_status: status["remote_certificate_status"],
        remote_certificate: certificate && {
          fingerprint: certificate["fingerprint"],
          expire_date: certificate["expire_date"],
          alternative_names: certificate["alternative_names"],
        },
      },
    };
  } catch (error) {
    return { kind: (error as { code?: unknown }).code === "unknown_command" ? "no-cloud" : "malformed" };
  }
}
