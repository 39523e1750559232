import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Leaves tabs in a profile, as a browser does that was closed with open tabs. The next browser restores them. */
export async function leaveSession(profile: string, urls: readonly string[]): Promise<void> {
  const tabs = urls.map((url) => ({ index: 1, entries: [{ url }] }));
  const session = { version: ["sessionrestore", 1], windows: [{ tabs, selected: 1 }], selectedWindow: 1 };
  await writeFile(join(profile, "sessionstore.jsonlz4"), mozLz4(Buffer.from(JSON.stringify(session))));
}

/** Firefox's own frame (mfbt/lz4, `mozLz40`) around one LZ4 block, which may contain only literals. */
function mozLz4(content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  const rest = content.length - 15;
  const length = [...Array.from({ length: Math.floor(rest / 255) }, () => 255), rest % 255];
  return Buffer.concat([Buffer.from("mozLz40\0"), size, Buffer.from([0xf0, ...length]), content]);
}
