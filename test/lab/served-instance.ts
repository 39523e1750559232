// An instance of the lab: who answers for it, and with which certificate.
import { createSecureContext, type SecureContext } from "node:tls";
import { CURRENT, version } from "./announcements";
import type { Authority } from "./authority";
import { instancePage } from "./instance-pages";
import type { Instance } from "./lab";

export interface ServedInstance extends Instance {
  /** The certificate that its connections get now. */
  context: SecureContext;
}

/**
 * An instance with its names, the first of which is its host.
 * @param dropConnections - ends all connections of some names
 * @param forgetSessions - another machine can't resume the instance's sessions, so this one must not either, nor those of
 * a handshake that is under way
 */
export async function createInstance(
  issuer: Authority,
  names: readonly [host: string, ...others: string[]],
  dropConnections: (names: readonly string[]) => void,
  forgetSessions: () => void,
): Promise<ServedInstance> {
  const [host] = names;
  let certificate = await issuer.issue({ names });
  const instance: ServedInstance = {
    host,
    url: `https://${host}/`,
    get certificate() {
      return certificate;
    },
    context: createSecureContext(certificate),
    received: [],
    mode: "answer",
    announce: version(CURRENT),
    heard: [],
    openSockets: 0,
    plain: false,
    http2: false,
    respond: instancePage,
    backend: undefined,
    proxy: undefined,
    attacker: undefined,
    dropConnections: () => {
      dropConnections(names);
    },
    goOffline: () => {
      instance.mode = "offline";
      forgetSessions();
      instance.dropConnections();
    },
    answerWith: (other, live = "drop") => {
      instance.context = createSecureContext(other);
      forgetSessions();
      if (live === "drop") instance.dropConnections();
    },
    restore: () => {
      instance.mode = "answer";
      instance.answerWith(certificate);
    },
    renew: async (which) => {
      const keys = which === "same-key" ? { keys: certificate.keys } : {};
      certificate = await issuer.issue({ names, ...keys });
      instance.answerWith(certificate);
    },
  };
  return instance;
}
