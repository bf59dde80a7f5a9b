/** Every report there is, as `report`, `export` and `demo` name them. */
export const REPORT_NAMES = [
  'connections',
  'circuits',
  'churn',
  'lifetimes',
  'asymmetry',
  'destinations',
  'concentration',
  'peers',
  'load',
  'metrics',
  'findings',
] as const;
