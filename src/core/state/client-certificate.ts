// Whether the server of an instance wants a client certificate (mutual TLS), as far as this session of the browser knows.
import type { Address } from "../address";
import { keepNewest } from "../bounds";
import { isPinned, type State } from "./state";

/** @returns `undefined` when it is not known (any more) */
export const wantsCertificate = ({ session }: State, address: Address): boolean | undefined =>
  session.clientCertificates?.find((other) => other.address === address)?.isWanted;

/** Takes note that it does, or doesn't. @param isWanted - `undefined`: to be found out again */
export function noteCertificate(state: State, address: Address, isWanted: boolean | undefined): State {
  if (wantsCertificate(state, address) === isWanted) return state;
  const others = state.session.clientCertificates?.filter((other) => other.address !== address) ?? [];
  const all = [...others, ...(isWanted === undefined ? [] : [{ address, isWanted }])];
  const clientCertificates = [...keepNewest(all, (other) => isPinned(state, other.address))];
  return { ...state, session: { ...state.session, clientCertificates } };
}
