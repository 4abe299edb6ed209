// Which folder may import which: the table of docs/architecture.md, held by `npm run lint`.

/** Everything down to and including `folder` along the spine of the house. */
function down(folder) {
  const spine = ['lib/ownership', 'lib/task', 'lib/domain', 'lib/volume', 'lib/point', 'lib/ship'];
  return [
    'lib/core',
    'schemas',
    'lib/ports',
    'lib/tree',
    'lib/xml',
    ...spine.slice(0, spine.indexOf(folder) + 1),
  ];
}

/** The table is the design: a row may name a folder that is still to come. */
const MAY_IMPORT = {
  schemas: [],
  'lib/core': [],
  'lib/ports': ['lib/core', 'schemas'],
  'lib/tree': ['lib/core', 'schemas', 'lib/ports'],
  'lib/ownership': ['lib/core', 'schemas', 'lib/ports', 'lib/tree'],
  'lib/task': down('lib/ownership'),
  'lib/domain': down('lib/task'),
  'lib/node': down('lib/domain'),
  'lib/volume': down('lib/domain'),
  'lib/point': down('lib/volume'),
  'lib/ship': down('lib/point'),
  'lib/backup': down('lib/ship'),
  'lib/mirror': down('lib/ship'),
  'lib/benchmark': down('lib/volume'),
  'lib/pvc': [...down('lib/ship'), 'lib/mirror', 'lib/text'],
  'lib/config': ['lib/core', 'schemas', 'lib/ports', 'lib/pvc', 'lib/text'],
  'lib/report': down('lib/task'),
  'lib/usecase': [...down('lib/ship'), 'lib/node', 'lib/backup', 'lib/mirror', 'lib/benchmark', 'lib/xml'],
  'lib/api': [
    ...down('lib/ship'),
    'lib/node',
    'lib/backup',
    'lib/mirror',
    'lib/benchmark',
    'lib/usecase',
    'lib/pvc',
    'lib/report',
    'lib/config',
    'lib/xml',
  ],
  'lib/client': ['schemas', 'lib/core'],
  'lib/text': ['lib/core'],
  'lib/xml': [],
  'lib/adapters/zookeeper': ['lib/core', 'lib/ports'],
  'lib/adapters/libvirt': ['lib/core', 'lib/ports'],
  'lib/adapters/ceph': ['lib/core', 'lib/ports'],
  'lib/adapters/ipmi': ['lib/core', 'lib/ports'],
  'lib/adapters/host': ['lib/core', 'lib/ports'],
  'lib/sim': ['lib/core', 'lib/ports'],
  cli: ['lib/client', 'lib/text', 'lib/config', 'lib/core', 'lib/ports', 'lib/adapters/host'],
};

const direction = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `imports-of-${folder.replaceAll('/', '-')}`,
  comment: `${folder}/ may import ${allowed.length === 0 ? 'nothing of the project' : allowed.join(', ')}: see docs/architecture.md`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: '^(lib|schemas|daemon|cli|sandbox|bench|test)/',
    pathNot: [folder, ...allowed].map((name) => `^${name}/`),
  },
}));

export default {
  forbidden: [
    ...direction,
    {
      name: 'enter-by-the-index',
      // PVC's wire has an index of its own: who only reads configurations need not load the engine.
      comment: 'a subject is entered by its index, never through its files',
      severity: 'error',
      from: { path: '^(lib/adapters/[^/]+|lib/[^/]+|daemon|cli|sandbox|bench)/' },
      to: { path: '^lib/', pathNot: ['^lib/([^/]+/|adapters/[^/]+/|pvc/mirror/)index\\.ts$', '^$1/'] },
    },
    {
      name: 'no-cycle',
      comment: 'an import cycle hides who owns what',
      severity: 'error',
      from: { pathNot: '^node_modules' },
      to: { circular: true },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^(lib|daemon|cli|schemas)/' },
      to: { path: '^(test|sandbox|bench)/' },
    },
    {
      name: 'runtime-dependencies-only',
      comment: 'the product may not need a development package',
      severity: 'error',
      from: { path: '^(lib|daemon|cli|schemas)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    exclude: { path: ['^dist', '^test/node24', '^\\.[a-z]', '^[^/]+\\.js$'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
