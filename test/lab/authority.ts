import "reflect-metadata";
import { createHash, webcrypto, X509Certificate as NodeCertificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  cryptoProvider,
  type X509Certificate,
} from "@peculiar/x509";

cryptoProvider.set(webcrypto as Crypto);

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 24 * 60 * 60 * 1000;

export type Keys = webcrypto.CryptoKeyPair;
export const newKeys = (): Promise<Keys> => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

/** For a server that has an RSA certificate in addition to its ECDSA one. */
export const newRsaKeys = (): Promise<Keys> =>
  webcrypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ["sign", "verify"],
  );

/** A server's certificate with its key, in PEM, and its digests as Latchkey writes them. */
export interface Issued {
  readonly keys: Keys;
  readonly key: string;
  readonly cert: string;
  readonly sha1: string;
  readonly sha256: string;
  readonly spki: string;
}

export interface Order {
  readonly names: readonly string[];
  /** For a renewal with the same key. */
  readonly keys?: Keys;
  readonly expired?: boolean;
  /** When it begins and ends, if that matters. */
  readonly validity?: { readonly notBefore: Date; readonly notAfter: Date };
  /** In hex; a precertificate and its certificate share it. */
  readonly serialNumber?: string;
  /** What an authority announces to the logs before it issues the certificate (RFC 6962, 3.1). */
  readonly precertificate?: boolean;
}

export interface Authority {
  readonly name: string;
  readonly root: string;
  readonly issue: (order: Order) => Promise<Issued>;
}

const validity = (expired = false): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() - 90 * DAY),
  notAfter: new Date(Date.now() + (expired ? -DAY : 60 * DAY)),
});

/** The digests of a certificate that was issued for `keys`. */
export async function issuedBy(certificate: X509Certificate, keys: Keys): Promise<Issued> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const der = Buffer.from(certificate.rawData);
  const digest = (algorithm: string, bytes: Buffer): Buffer => createHash(algorithm).update(bytes).digest();
  const spki = new NodeCertificate(der).publicKey.export({ type: "spki", format: "der" });
  return {
    keys,
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/gu)?.join("\n") ?? ""}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString("pem"),
    sha1: digest("sha1", der).toString("hex"),
    sha256: digest("sha256", der).toString("hex"),
    spki: digest("sha256", spki).toString("base64"),
  };
}

/** Makes a certificate authority whose root can be trusted in a test's Firefox. */
export async function createAuthority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    name,
    root: root.toString("pem"),
    issue: async (order) => {
      const own = order.keys ?? (await newKeys());
      const certificate = await X509CertificateGenerator.create({
        subject: `CN=${order.names[0] ?? ""}`,
        issuer: root.subject,
        ...(order.validity ?? validity(order.expired)),
        ...(order.serialNumber === undefined ? {} : { serialNumber: order.serialNumber }),
        signingKey: keys.privateKey,
        publicKey: own.publicKey,
        signingAlgorithm: ALGORITHM,
        extensions: [namesOf(order), ...(order.precertificate === true ? [poison()] : [])],
      });
      return issuedBy(certificate, own);
    },
  };
}

/** A self-signed certificate. */
export async function selfSigned(order: Order): Promise<Issued> {
  const keys = order.keys ?? (await newKeys());
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${order.names[0] ?? ""}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(order.expired),
    extensions: [namesOf(order)],
  });
  return issuedBy(certificate, keys);
}

/**
 * The extension is critical and unknown to browsers, so none accepts a precertificate as a certificate (RFC 6962, 3.1).
 */
export const POISON = "1.3.6.1.4.1.11129.2.4.3";
const poison = (): Extension => new Extension(POISON, true, Uint8Array.of(5, 0));

const namesOf = ({ names }: Order): SubjectAlternativeNameExtension =>
  new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns" as const, value })));
