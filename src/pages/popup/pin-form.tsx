// The form that pins a fingerprint.
import { jsx, type VNode } from "snabbdom";
import { parseAddress, type Address } from "../../core/address";
import type { View } from "../../core/view/view";
import { translate } from "../../shell/ui/translate";
import { choiceButton } from "../shared/choice";
import { errorText, type TypedError } from "../shared/errors";
import { soft } from "../shared/parts";
import { choiceFields, replacing, type PinChoice } from "../shared/pin-choice";

/** The form while the user types; `error` is shown with the field it is about. */
export interface Form {
  readonly address: string;
  readonly fingerprint: string;
  readonly open: boolean;
  /** What happens to the address's existing pins; left out until the user chooses. */
  readonly choice?: PinChoice;
  readonly error?: TypedError | undefined;
  /** The address for which the user was asked "did you mean …". */
  readonly asked?: string;
}

export interface FormActions {
  readonly edit: (change: Partial<Form>) => void;
  /** @param isCompared - the user says that they read the fingerprint elsewhere than on this network */
  readonly pin: (isCompared: boolean) => void;
  readonly trust: () => void;
}

const FIELD = { spellcheck: "false", autocomplete: "off", "aria-describedby": "error" };

export function pinForm(view: View, form: Form, actions: FormActions): VNode {
  const submit = (event: Event): void => {
    event.preventDefault();
    actions.pin(false);
  };
  return (
    <section>
      <form on={{ submit }}>
        {fields(form, actions)}
        {soft(translate("sayWhere"))}
        {pinChoice(view, form, actions)}
        {soft(translate("sayPinClears"))}
        <div attrs={{ class: "row" }}>
          <span></span>
          <button attrs={{ class: "primary", type: "submit" }}>{translate("buttonPin")}</button>
        </div>
      </form>
      {mayTrust(view) ? (
        <div attrs={{ class: "row" }}>
          {soft(translate("sayTrust"))}
          {choiceButton({
            kind: "trust",
            about: view.check?.handshake?.leaf.sha256 ?? "",
            run: actions.trust,
          })}
        </div>
      ) : undefined}
    </section>
  );
}

/** Address and fingerprint, each with its error. */
function fields(form: Form, { edit, pin }: FormActions): (VNode | VNode[] | undefined)[] {
  const { error } = form;
  const inAddress = error?.code.startsWith("address") === true;
  const inFingerprint = error?.code.startsWith("fingerprint") === true;
  const onInput = (change: (value: string) => Partial<Form>) => (event: Event) => {
    const { value } = event.target as HTMLInputElement;
    edit(change(value));
  };
  return [
    <label attrs={{ for: "address" }}>{translate("labelAddress")}</label>,
    <input
      props={{ value: form.address }}
      attrs={{ ...FIELD, id: "address", type: "text", "aria-invalid": String(inAddress) }}
      on={{ input: onInput((address) => ({ address })) }}
    />,
    inAddress ? errorLine(error) : undefined,
    error?.code === "address-did-you-mean" ? useInstead(error.meant, edit) : undefined,
    <label attrs={{ for: "fingerprint" }}>{translate("labelFingerprint")}</label>,
    <textarea
      props={{ value: form.fingerprint }}
      attrs={{ ...FIELD, id: "fingerprint", rows: 3, "aria-invalid": String(inFingerprint) }}
      on={{ input: onInput((fingerprint) => ({ fingerprint })) }}
    ></textarea>,
    error !== undefined && !inAddress ? errorLine(error) : undefined,
    error?.code === "on-warning" ? comparedElsewhere(form, pin) : undefined,
  ];
}

/** What happens to the existing pins of the typed address, if the popup shows this address. */
function pinChoice({ pins, address }: View, form: Form, { edit }: FormActions): VNode[] {
  const typed = parseAddress(form.address);
  const others = typed.ok && typed.value === address ? pins : [];
  return choiceFields("pin", others, form.choice ?? replacing(others), (choice) => {
    edit({ choice });
  });
}

/** Whether the current certificate can be trusted: a check has just read it, and nothing suspicious was seen. */
const mayTrust = ({ pins, check, incidents }: View): boolean =>
  pins.length === 0 && incidents.length === 0 && check?.verdict.kind === "unpinned" && check.handshake !== undefined;

/** What is left to do if a warning shows the certificate of the typed fingerprint. */
const comparedElsewhere = ({ address, fingerprint }: Form, pin: FormActions["pin"]): VNode[] => [
  <p>{translate("sayCompareElsewhere")}</p>,
  <div attrs={{ class: "row" }}>
    {choiceButton({
      kind: "compared",
      about: `${address} ${fingerprint}`,
      run: () => {
        pin(true);
      },
    })}
  </div>,
];

const useInstead = (address: Address, edit: FormActions["edit"]): VNode => (
  <button
    attrs={{ class: "link", type: "button" }}
    on={{
      click: () => {
        edit({ address, error: undefined });
      },
    }}
  >
    {translate("buttonUseAddress", { address })}
  </button>
);

const errorLine = (error: TypedError): VNode => (
  <div attrs={{ class: "error", id: "error", role: "alert" }}>{errorText(error)}</div>
);
