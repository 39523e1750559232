/** How long a note may be that the user writes on a pin. Apart from the pin's schema, which pages don't need. */
export const MAX_NOTE = 200;
