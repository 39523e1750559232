/** What a TLS ClientHello tells before anything is answered (RFC 8446, section 4.1.2; RFC 6066, section 3). */
export function serverNameIn(hello: Buffer): string | undefined {
  // Record header (5), handshake header (4), version (2), random (32); then three lists with their lengths.
  if (hello.length < 44 || hello[0] !== 0x16 || hello[5] !== 0x01) return undefined;
  let at = 43;
  at += 1 + hello.readUInt8(at); // session id
  at += 2 + hello.readUInt16BE(at); // cipher suites
  at += 1 + hello.readUInt8(at); // compression
  const end = Math.min(at + 2 + hello.readUInt16BE(at), hello.length);
  at += 2;
  while (at + 4 <= end) {
    const [type, length] = [hello.readUInt16BE(at), hello.readUInt16BE(at + 2)];
    if (type === 0) return hello.toString("ascii", at + 9, at + 4 + length);
    at += 4 + length;
  }
  return undefined;
}
