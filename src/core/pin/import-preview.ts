import { isEqual } from "../equal";
import { isSameCertificate, type Pin } from "./pin";

/** What taking an import would do to one pin. */
export interface Change {
  readonly kind: "added" | "changed" | "same";
  readonly pin: Pin;
  readonly was?: Pin;
}

/**
 * The pins an import leads to, told one by one before it is taken. Hosts are added, never taken away; what a pin has
 * confirmed here on a connection is not overwritten by a file, and a home reading stays one.
 */
export function previewImport(pins: readonly Pin[], imported: readonly Pin[]): Change[] {
  return imported.map((read): Change => {
    const was = pins.find((pin) => isSameCertificate(pin, read));
    if (was === undefined) return { kind: "added", pin: { ...read, source: asImported(read) } };
    const { confirmed = read.confirmed } = was;
    const pin: Pin = {
      ...was,
      hosts: [...new Set([...was.hosts, ...read.hosts])],
      note: was.note === "" ? read.note : was.note,
      ...(confirmed === undefined ? {} : { confirmed }),
    };
    return isEqual(pin, was) ? { kind: "same", pin } : { kind: "changed", pin, was };
  });
}

/** A file proves nothing of where it was made; what was weak there stays weak here. */
const asImported = ({ source }: Pin): Pin["source"] => (source === "first-use" ? source : "imported");
