/** What the primary offers and does on its own: API, backups, mirrors, schedules, benchmarks, reports. */
import { Type } from 'typebox';
import {
  count,
  flag,
  FORMS,
  list,
  named,
  secret,
  secretFile,
  section,
  standing,
  text,
  word,
} from './form.js';

const token = section('One token.', {
  name: text('text', 'Who uses it: shown in history and logs.'),
  scopes: list(
    word(['read', 'operate', 'mirror', 'admin'], 'One scope.'),
    'What it may do: read everything, operate VMs, receive mirrors, or all (`admin`).',
    {
      minItems: 1,
      uniqueItems: true,
    },
  ),
  token: secret('The token itself.'),
  token_file: secretFile('token'),
});

export const api = standing('The HTTP API of the primary.', {
  enabled: flag('Whether there is one.', { default: true }),
  listen: text('host', 'Address it listens on; `0.0.0.0` for all.', { default: '127.0.0.1' }),
  port: count(1, 65_535, 'Port it listens on.', { default: 7370 }),
  published_address: Type.Optional(
    Type.String({
      title: 'an address with the length of its network',
      pattern: '^\\d{1,3}(?:\\.\\d{1,3}){3}/\\d{1,2}$',
      minLength: 1,
      description:
        'Floating address that clients use, published as `/config/upstream_ip`. Drover does not set it up.',
      examples: ['10.0.0.250/24'],
    }),
  ),
  authentication: word(
    ['token', 'off'],
    'Whether a token is asked for. `off`: whoever reaches the port may do everything.',
    {
      default: 'token',
    },
  ),
  tokens: list(token, 'The tokens.', { default: [] }),
  tls: Type.Optional(
    section('Serves HTTPS instead of HTTP.', {
      certificate: text('path', 'Certificate chain.'),
      private_key: text('path', 'Its key.'),
    }),
  ),
  metrics: flag('Not used yet. Whether `/metrics` is served.', { default: true }),
});

const command = list(
  Type.String({ title: 'text' }),
  'One command: program and arguments, run without a shell.',
  { minItems: 1 },
);

const target = section('One place that backups go to.', {
  root: text('path', 'Directory of the backups; the mount point when there are `mount` commands.'),
  suffix: Type.String({
    title: 'a path that starts with "/"',
    pattern: '^(?:/(?!(?:.*/)?\\.\\.?(?:/|$))[^\\0]*)?$',
    description: 'Directory below `root` that is used.',
    default: '',
    examples: ['/cluster1'],
  }),
  tags: list(text('text', 'One tag.'), 'VMs with any of these tags are backed up here.', {
    default: [],
    uniqueItems: true,
  }),
  full_every: count(
    1,
    1000,
    'Every how many backups one is full; each of the others holds what changed since the one before it.',
    {
      default: 7,
    },
  ),
  keep_fulls: count(1, 1000, 'Full backups kept, each with the ones that build on it.', { default: 2 }),
  mount: list(
    command,
    'Commands run in turn before a backup; `{root}` is replaced. Afterwards `root` must be a mount point.',
    {
      default: [],
    },
  ),
  unmount: list(command, 'Commands run in turn after a backup, whatever its outcome.', { default: [] }),
  nodes: list(
    text('nodeName', 'One node.'),
    'Nodes that reach it: a backup fails while none of them is the primary. None: every coordinator reaches it.',
    {
      default: [],
      uniqueItems: true,
    },
  ),
});

export const backup = standing('Backups of VMs to files.', {
  targets: named('The targets by name.', FORMS.name, target, { default: {} }),
});

const peer = section('Another cluster.', {
  protocol: word(['drover', 'pvc'], 'What it is: a cluster of Drover, or one of PVC.', { default: 'drover' }),
  address: text(
    'host',
    'Its API. Only the primary of a cluster serves it: a name that stands for all of its coordinators, each of which is tried, or a floating address.',
  ),
  port: count(1, 65_535, 'Port of its API.', { default: 7370 }),
  prefix: Type.String({
    title: 'a path that starts with "/"',
    pattern: '^/[A-Za-z0-9/._~-]*$',
    description: 'Where its API begins.',
    default: '/api/v1',
  }),
  tls: flag('HTTPS; `false`: plain HTTP.', { default: true }),
  verify: flag('Whether its certificate is checked.', { default: true }),
  ca: Type.Optional(text('path', 'Authorities that may sign its certificate. Default: those of the system.')),
  token: secret('Our token there.'),
  token_file: secretFile('token'),
  pools: named(
    'Pools here and the pools there that their volumes go to; `*` stands for every pool not named. Default: the same names.',
    FORMS.pool,
    text('name', 'The pool there.'),
    { default: {} },
  ),
  rate_limit: Type.Optional(text('rate', 'Limit of what is sent to it. Default: none.')),
  compress: flag('Not used yet. Whether what is sent to it is compressed (`zstd`), when it can read that.', {
    default: false,
  }),
});

export const mirror = standing('Copies of VMs on other clusters.', {
  peers: named('The other clusters by name.', FORMS.name, peer, { default: {} }),
  tags: list(
    text('tag', 'One tag.'),
    'VMs with one of these tags are mirrored on schedule: `TAG` to the default peer, `TAG:PEER` to that one.',
    { default: [], uniqueItems: true },
  ),
  default_peer: Type.Optional(text('name', 'Where `TAG` alone goes. Default: the only peer.')),
  keep: count(1, 1000, 'Restore points kept on both sides.', { default: 7 }),
  start_without_peer: word(
    ['hold', 'start'],
    'Not used yet. What a VM with a mirror does after a cold start of the whole site until a peer has answered.',
    { default: 'hold' },
  ),
});

export const schedules = named(
  'Tasks the primary runs by the clock.',
  FORMS.id,
  section('One schedule.', {
    task: word(
      ['cluster.autobackup', 'cluster.automirror', 'storage.benchmark', 'volume.purge'],
      'The task.',
    ),
    cron: text('text', 'When: minute, hour, day of the month, month, day of the week.', {
      examples: ['30 2 * * *'],
    }),
    time_zone: text('text', 'Time zone of `cron`.', { default: 'UTC', examples: ['Europe/Berlin'] }),
    arguments: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      description: 'Arguments of the task, as its request takes them.',
      default: {},
    }),
  }),
  { default: {} },
);

export const benchmark = standing('Defaults of storage benchmarks.', {
  volume_size: text('size', 'Size of the volume that is filled and measured.', { default: '64GiB' }),
  runtime: text('time', 'Length of each test.', { default: '75s' }),
  warm_up: text('time', 'What each test runs before it is measured.', { default: '15s' }),
});

const when = (what: string) =>
  word(['always', 'failure'], `When ${what}: after every run, or after one with a failure.`, {
    default: 'always',
  });

export const report = standing('Who is told about scheduled runs.', {
  mail: Type.Optional(
    section('A summary by mail.', {
      to: list(text('mailbox', 'One recipient.'), 'Recipients.', { minItems: 1, uniqueItems: true }),
      from: Type.Optional(text('mailbox', 'Sender. Default: `drover@` and the host name.')),
      when: when('it is sent'),
      host: text('host', 'Mail server.', { default: 'localhost' }),
      port: count(1, 65_535, 'Port of the mail server.', { default: 25 }),
      tls: word(
        ['opportunistic', 'required', 'implicit'],
        'Encryption: if offered, always by STARTTLS, or from the first byte.',
        {
          default: 'opportunistic',
        },
      ),
      username: Type.Optional(text('text', 'User at the mail server.')),
      password: secret('Password of the user.'),
      password_file: secretFile('password'),
      sendmail: Type.Optional(
        text('path', 'A program that takes mails as sendmail does (`-i -f`), instead of a mail server.'),
      ),
    }),
  ),
  webhook: Type.Optional(
    section('A summary by HTTP POST.', {
      url: Type.Optional(
        text('url', 'Where to. Such addresses often hold a secret, so it is never shown.', {
          writeOnly: true,
        }),
      ),
      url_file: secretFile('url'),
      when: when('it is posted'),
    }),
  ),
  ping: Type.Optional(
    section('A dead-man switch: a GET after each run without failure.', {
      url: Type.Optional(text('url', 'Where to. Never shown.', { writeOnly: true })),
      url_file: secretFile('url'),
    }),
  ),
});
