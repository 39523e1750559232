// Puts a client certificate into the profile of a test's Firefox, as a user imports one.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Issued } from "./authority";
import { inBrowserWindow, type Bidi } from "./browser-chrome";

const run = promisify(execFile);

/** Imports a certificate with its key into the running profile. */
export async function importClientCertificate(bidi: Bidi, { cert, key }: Issued): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-client-"));
  try {
    const [certificate, privateKey, file] = ["cert.pem", "key.pem", "client.p12"].map((name) => join(folder, name));
    await writeFile(certificate ?? "", cert);
    await writeFile(privateKey ?? "", key);
    const inputs = ["-in", certificate ?? "", "-inkey", privateKey ?? "", "-out", file ?? ""];
    await run("openssl", ["pkcs12", "-export", "-passout", "pass:p12", ...inputs]);
    const imported = await inBrowserWindow(
      bidi,
      `const file = Cc['@mozilla.org/file/local;1'].createInstance(Ci.nsIFile);
      file.initWithPath(args.file);
      return Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB).importPKCS12File(file, 'p12');`,
      { file },
    );
    if (imported !== 0) throw new Error(`Firefox did not take the client certificate: ${String(imported)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
