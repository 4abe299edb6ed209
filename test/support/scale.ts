/** The value for this run: `regular` by default, `all` where every length is wanted (`DROVER_TEST_SCALE=all`). */
export function scale<T>(values: { readonly regular: T; readonly all: T }): T {
  return process.env['DROVER_TEST_SCALE'] === 'all' ? values.all : values.regular;
}

/** Whether expected logs are written anew instead of compared (`DROVER_TEST_GOLDEN=write`): to be read before they are kept. */
export function writesGolden(): boolean {
  return process.env['DROVER_TEST_GOLDEN'] === 'write';
}
