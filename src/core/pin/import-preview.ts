import { isEqual } from "../equal";
import { isSameCertificate, type Pin } from "./pin";

/** What an import would do to one pin. */
export interface Change {
  readonly kind: "added" | "changed" | "same";
  readonly pin: Pin;
  readonly was?: Pin;
}

/**
 * The pins after an import, listed one by one before the user accepts it. An import adds hosts and never removes them.
 * It doesn't overwrite what a connection confirmed here, and a pin read at home stays one.
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

/** A file doesn't prove where it was made. A pin that was weak there stays weak here. */
const asImported = ({ source }: Pin): Pin["source"] => (source === "first-use" ? source : "imported");
