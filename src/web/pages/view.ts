/** A page of the shell. */
export interface View {
  readonly path: string;
  /** In the navigation, and of the window. */
  readonly title: string;
  /** Fills `main`; everything that goes on ends with `signal`. */
  show(main: HTMLElement, signal: AbortSignal, navigation: Navigation): void;
}

export interface Navigation {
  /** The query of the address, with its `?`. */
  readonly search: string;
  /** Goes to a page of the shell, as a link would. */
  go(path: string): void;
  /** Changes the query of this page without leaving it. */
  note(path: string): void;
}
