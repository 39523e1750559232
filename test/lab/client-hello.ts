/** Finds an extension in a TLS ClientHello, before any answer (RFC 8446, section 4.1.2). */
function extensionIn(hello: Buffer, wanted: number): Buffer | undefined {
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
    if (type === wanted) return hello.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return undefined;
}

/** RFC 6066, section 3: list length (2), type (1), name length (2), name. */
export const serverNameIn = (hello: Buffer): string | undefined => extensionIn(hello, 0)?.toString("ascii", 5);

/** RFC 7301, section 3.1: list length (2), then each name after its length (1). */
export const offersHttp2 = (hello: Buffer): boolean => extensionIn(hello, 16)?.includes("\x02h2") === true;
