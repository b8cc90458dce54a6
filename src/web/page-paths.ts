/** Paths of the pages. All of them are the same page, which looks at its address. */
export const pagePaths: readonly string[] = [
  '/',
  '/chain',
  '/anchors',
  '/expiries',
  '/rollovers',
  '/forwarders',
  '/failures',
  '/history',
  '/queries',
];
