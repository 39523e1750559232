import * as z from "zod/mini";
import { err, ok, type Result } from "../result";
import { VERSION_TEXT, type Untold } from "./version-state";

/** Home Assistant's first message has about sixty characters. */
export const MAX_FRAME = 4096;

const FRAME = z.object({ type: z.literal("auth_required"), ha_version: VERSION_TEXT });

/**
 * Reads the first message of `/api/websocket`, which an instance sends before any login (core:
 * components/websocket_api/auth.py, `auth_required_message`).
 * @param data - anything, of any size
 * @returns the version as it was written, even if Latchkey can't understand it
 */
export function readAuthRequired(data: unknown): Result<string, Untold> {
  if (typeof data !== "string") return err("version-malformed");
  if (data.length > MAX_FRAME) return err("version-too-large");
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return err("version-malformed");
  }
  const frame = FRAME.safeParse(json);
  return frame.success ? ok(frame.data.ha_version) : err("version-malformed");
}
