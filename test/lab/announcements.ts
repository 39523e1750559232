// What an instance's `/api/websocket` announces to every client, before any login.
import type { WebSocket } from "ws";

export type Announcement = (socket: WebSocket) => void;

/** A version without a known vulnerability when this was written. */
export const CURRENT = "2026.11.2";

const first =
  (frame: string | Buffer): Announcement =>
  (socket) => {
    socket.send(frame);
  };
/** As Home Assistant writes it. */
export const version = (text: string): Announcement =>
  first(JSON.stringify({ type: "auth_required", ha_version: text }));
export const GARBAGE = first("\u0000 no JSON {");
export const HUGE = first(`{"type":"auth_required","ha_version":"2021.1.4","x":"${"x".repeat(10_000_000)}"}`);
export const BINARY = first(Buffer.from('{"type":"auth_required","ha_version":"2021.1.4"}'));
export const SILENT: Announcement = () => undefined;
export const CLOSING: Announcement = (socket) => {
  socket.close();
};
