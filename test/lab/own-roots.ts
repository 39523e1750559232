// Asks the Firefox of this machine which built-in roots it trusts for web sites.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { inBrowserWindow } from "./browser-chrome";
import { launchStockFirefox } from "./stock-firefox";

const OWN = z.object({
  /** Firefox's version. */
  version: z.string(),
  roots: z.array(z.object({ name: z.string(), sha256: z.string() })),
});
export type OwnRoots = z.infer<typeof OWN>;

/** Starts a Firefox on an empty profile and reads its list, sorted by name, then digest (lower-case hex). */
export async function readOwnRoots(): Promise<OwnRoots> {
  const profile = await mkdtemp(join(tmpdir(), "latchkey-roots-"));
  const { context, bidi } = await launchStockFirefox({ profile });
  try {
    const read = await inBrowserWindow(
      bidi,
      `const store = Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB);
      const isForSites = (cert) => store.isCertTrusted(cert, Ci.nsIX509Cert.CA_CERT, Ci.nsIX509CertDB.TRUSTED_SSL);
      const roots = store.getCerts().filter((cert) => cert.tokenName === 'Builtin Object Token' && isForSites(cert));
      return { version: Services.appinfo.version,
        roots: roots.map(({ displayName, sha256Fingerprint }) =>
          ({ name: displayName, sha256: sha256Fingerprint.replaceAll(':', '').toLowerCase() })) };`,
    );
    const own = OWN.parse(read);
    const order = ({ name, sha256 }: OwnRoots["roots"][number]): string => `${name.toLowerCase()} ${sha256}`;
    return { ...own, roots: own.roots.sort((a, b) => (order(a) < order(b) ? -1 : 1)) };
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}
