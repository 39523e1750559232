import type { VNode } from "snabbdom";

// snabbdom declares what goes into an element, but not what comes out: without this every element is `any`.
declare module "snabbdom" {
  namespace jsx {
    namespace JSX {
      type Element = VNode;
    }
  }
}
