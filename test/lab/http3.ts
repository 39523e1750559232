// A server that speaks HTTP/3, as Node does not.
import type { Issued } from "./authority";
import { startCaddy, type Caddy } from "./caddy";

/** @param onward - the port on this machine that it passes everything on to, with any certificate there */
export const startHttp3 = (host: string, certificate: Issued, onward: number): Promise<Caddy> =>
  startCaddy(host, certificate, onward, { protocols: ["h1", "h2", "h3"] });
