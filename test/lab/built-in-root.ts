// Firefox has no switch that makes a test's root one of its own. NSS, which keeps the roots, asks every PKCS #11 module
// that it has loaded. It treats a root as built in if the module sets CKA_NSS_MOZILLA_CA_POLICY. p11-kit's trust module
// does so for entries with `nss-mozilla-ca-policy` in its files.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findTrustModule } from "../../scripts/setup.mjs";

/** Makes `root` (PEM) count as built in for a Firefox started on `profile`. Does nothing without p11-kit's module. */
export async function countAsBuiltIn(profile: string, root: string): Promise<void> {
  const module = findTrustModule();
  if (module === undefined) return;
  const roots = join(profile, "roots");
  await mkdir(roots, { recursive: true });
  const flags = "trusted: true\nnss-mozilla-ca-policy: true\nmodifiable: false";
  await writeFile(join(roots, "root.p11-kit"), `[p11-kit-object-v1]\nlabel: "A public root"\n${flags}\n${root}\n`);
  await writeFile(join(profile, "pkcs11.txt"), [internal(profile), trust(module, roots)].join("\n"));
}

/** The entry that NSS itself writes into a new profile. */
const internal = (profile: string): string => `library=
name=NSS Internal PKCS #11 Module
parameters=configdir='sql:${profile}' certPrefix='' keyPrefix='' secmod='secmod.db' flags=optimizeSpace updatedir='' updateCertPrefix='' updateKeyPrefix='' updateid='' updateTokenDescription=''
NSS=Flags=internal,critical trustOrder=75 cipherOrder=100 slotParams=(1={slotFlags=[ECC,RSA,DSA,DH,RC2,RC4,DES,RANDOM,SHA1,MD5,MD2,SSL,TLS,AES,Camellia,SEED,SHA256,SHA512] askpw=any timeout=30})
`;

const trust = (module: string, roots: string): string => `library=${module}
name=The roots of a test
parameters=paths='${roots}'
NSS=trustOrder=100
`;
