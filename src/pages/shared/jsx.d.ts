import type { VNode } from "snabbdom";

// snabbdom declares the input of an element, but not its type: without this, every element is `any`.
declare module "snabbdom" {
  namespace jsx {
    namespace JSX {
      type Element = VNode;
    }
  }
}
