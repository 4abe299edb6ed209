// The lint rules that keep single files in order. Which folder may import which: .dependency-cruiser.js.
import tseslint from 'typescript-eslint';

const NO_WORLD =
  'is the outside world: take it through a port (Clock, Random, Processes, Files); only lib/adapters touches it.';
const WORLD_GLOBALS = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'performance',
  'fetch',
];
const WORLD_PROPERTIES = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['process', 'env'],
  ['process', 'hrtime'],
  ['process', 'uptime'],
  ['crypto', 'randomUUID'],
  ['crypto', 'getRandomValues'],
];
const WORLD_MODULES = [
  'node:timers',
  'node:timers/promises',
  'node:child_process',
  'node:fs',
  'node:fs/promises',
  'node:net',
  'node:tls',
  'node:http',
  'node:https',
  'node:dgram',
  'node:os',
  'node:perf_hooks',
  'node:worker_threads',
  'execa',
  'undici',
  'node-zookeeper-client',
];

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'test/node24/**', '.tap/**', 'test/fixtures/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 500 }],
      eqeqeq: 'error',
      'no-param-reassign': 'error',
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'export by name.' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
    },
  },
  {
    files: ['lib/**/*.ts', 'daemon/**/*.ts', 'cli/**/*.ts', 'schemas/**/*.ts'],
    ignores: ['lib/adapters/**', 'schemas/emit.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...WORLD_GLOBALS.map((name) => ({ name, message: `${name} ${NO_WORLD}` })),
      ],
      'no-restricted-properties': [
        'error',
        ...WORLD_PROPERTIES.map(([object, property]) => ({
          object,
          property,
          message: `${object}.${property} ${NO_WORLD}`,
        })),
      ],
      'no-restricted-imports': [
        'error',
        { paths: WORLD_MODULES.map((name) => ({ name, message: `${name} ${NO_WORLD}` })) },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'export by name.' },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: `new Date() ${NO_WORLD}`,
        },
      ],
    },
  },
  {
    files: ['cli/main.ts', 'daemon/main.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // The client dials for the command as an adapter does for the daemon: here, and nowhere else in it.
    files: ['lib/client/transport.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    // The one place where virtual time lets real micro-tasks run out.
    files: ['lib/sim/turn.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
