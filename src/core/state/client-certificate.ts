// Whether the server of an instance wants a client certificate (mutual TLS), as far as this session knows.
import type { Address } from "../address";
import { keepNewest } from "../bounds";
import { isPinned, type State } from "./state";

/** @returns `undefined` if it isn't known, or not any more */
export const wantsCertificate = ({ session }: State, address: Address): boolean | undefined =>
  session.clientCertificates?.find((other) => other.address === address)?.isWanted;

/** Saves whether the server wants one. @param isWanted - `undefined`: to be found out again */
export function noteCertificate(state: State, address: Address, isWanted: boolean | undefined): State {
  if (wantsCertificate(state, address) === isWanted) return state;
  const others = state.session.clientCertificates?.filter((other) => other.address !== address) ?? [];
  const all = [...others, ...(isWanted === undefined ? [] : [{ address, isWanted }])];
  const clientCertificates = [...keepNewest(all, (other) => isPinned(state, other.address))];
  return { ...state, session: { ...state.session, clientCertificates } };
}
