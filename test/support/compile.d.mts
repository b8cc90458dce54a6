/** The project's folder. */
export const projectFolder: string;
/** Compiles a file of test/ with all that it imports; gives the JavaScript file that stands for it. */
export function compile(entry: string): string;
/** Compiles a file of test/ and runs its `main`; the process ends with the code that it gives. */
export function runCompiled(entry: string): Promise<never>;
