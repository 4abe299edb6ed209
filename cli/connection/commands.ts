import { type Command, InvalidArgumentError, Option } from 'commander';
import { baseUrl, type Status } from '../../lib/client/index.js';
import { DroverError, isDroverError, messageOf } from '../../lib/core/index.js';
import { sentenceList, table } from '../../lib/text/index.js';
import { type FormatOptions, formatOption, show } from '../format.js';
import { withApi } from '../session.js';
import type { Shell, World } from '../world.js';
import { ConnectionBook, type Listed } from './book.js';
import { pvcConnections } from './pvc.js';

interface AddOptions {
  readonly port: number;
  readonly description: string;
  readonly scheme: 'http' | 'https';
  readonly prefix?: string;
  readonly token?: string;
  readonly ca?: string;
  readonly serverName?: string;
  readonly verify: boolean;
  readonly replace?: true;
}

/** `drover connection …`: which clusters this user knows. */
export function addConnectionCommands(program: Command, shell: Shell): void {
  const { world } = shell;
  const connection = program
    .command('connection')
    .description('the clusters that you know')
    .helpCommand(false);
  connection
    .command('add')
    .description('add a connection')
    .argument('NAME', 'how you will call it')
    .argument('HOST', 'name or address of its API')
    .option('-p, --port <port>', 'port of its API', portOf, 7370)
    .option('-d, --description <text>', 'what it is', '')
    .addOption(
      new Option('-s, --scheme <scheme>', 'how it is reached').choices(['http', 'https']).default('https'),
    )
    .option('--prefix <path>', 'path before its routes')
    .option('-k, --token <token>', 'your token there')
    .option('--ca <file>', 'trust the certificates in this file')
    .option('--server-name <name>', 'the name in its certificate, where that is not the host')
    .option('--no-verify', 'do not check its certificate')
    .option('--replace', 'replace one with this name')
    .action(async (name: string, host: string, { replace, verify, ...options }: AddOptions) => {
      const added = { ...options, host, ...(verify ? {} : { verify }) };
      baseUrl(added);
      await (await ConnectionBook.open(world)).add(name, added, replace === true);
    });
  connection
    .command('remove')
    .description('remove a connection')
    .argument('NAME')
    .action(async (name: string) => {
      await (await ConnectionBook.open(world)).remove(name);
    });
  connection
    .command('list')
    .description('list the connections')
    .option('-k, --show-tokens', 'show the tokens too')
    .addOption(formatOption())
    .action(async (options: FormatOptions & { readonly showTokens?: true }) => {
      const all = await (await ConnectionBook.open(world)).list();
      const shown = all.map((one) => ({ ...one, token: tokenText(one, options.showTokens === true) }));
      show(world, options, shown, { pretty: listTable, raw: (list) => list.map(({ name }) => name) });
    });
  connection
    .command('detail')
    .description('ask each cluster how it is')
    .addOption(formatOption('raw'))
    .action(async (options: FormatOptions) => {
      const all = await (await ConnectionBook.open(world)).list();
      const asked = await Promise.all(
        all.map(async ({ name, description }) => ({ name, description, ...(await ask(shell, name)) })),
      );
      show(world, options, asked, { pretty: detailTable, raw: () => [] });
    });
  connection
    .command('import')
    .description("take over the connections of PVC's command")
    .argument('[FILE]', 'its store', `${world.homes.pvc}/pvc.json`)
    .action((file: string) => importFrom(world, file));
}

const HIDDEN = '[hidden]';

function tokenText({ token }: Listed, open: boolean): string | null {
  return token === undefined ? null : open ? token : HIDDEN;
}

interface Shown extends Omit<Listed, 'token'> {
  readonly token: string | null;
}

function listTable(list: readonly Shown[]): string {
  return table(
    ['Name', 'Description', 'Address', 'Port', 'Scheme', 'Token'],
    list.map(({ name, description, host, port, scheme, token }) => [
      name,
      description,
      host,
      port === undefined ? '' : String(port),
      scheme,
      token ?? '',
    ]),
  );
}

interface Answer {
  readonly status: Status | null;
  /** Why there is none. */
  readonly problem: string | null;
}

async function ask(shell: Shell, name: string): Promise<Answer> {
  try {
    const status = await withApi({ ...shell, connection: () => name }, (api) => api.cluster.status());
    return { status, problem: null };
  } catch (error) {
    return { status: null, problem: isDroverError(error) ? error.reason : messageOf(error) };
  }
}

function detailTable(
  list: readonly (Answer & { readonly name: string; readonly description: string })[],
): string {
  return table(
    ['Name', 'Description', 'Health', 'Primary', 'Version', 'Nodes', 'VMs', 'OSDs', 'Pools', 'Volumes'],
    list.map(({ name, description, status, problem }) => [
      name,
      description,
      ...(status === null
        ? [`no answer: ${problem ?? ''}`]
        : [
            `${status.cluster_health.health} %${status.maintenance === 'true' ? ' (maintenance)' : ''}`,
            status.primary_node,
            status.pvc_version,
            ...[status.nodes['total'], status.vms['total'], status.osds['total']].map((count) =>
              String(count ?? 0),
            ),
            String(status.pools),
            String(status.volumes),
          ]),
    ]),
  );
}

async function importFrom(world: World, file: string): Promise<void> {
  const bytes = await world.files.read(file);
  if (bytes === undefined)
    throw new DroverError('NOT_FOUND', { object: file, reason: 'there is no such file' });
  const store = pvcConnections(new TextDecoder().decode(bytes));
  if (store === undefined)
    throw new DroverError('BAD_INPUT', { object: file, reason: "it is no store of PVC's command" });
  const present = await (await ConnectionBook.open(world)).addNew(store.found);
  const taken = [...store.found.keys()].filter((name) => !present.includes(name));
  world.out(`Taken over: ${sentenceList(taken)}.\n`);
  if (present.length > 0)
    world.err(`drover: kept as they are, with the same name: ${sentenceList(present)}\n`);
  if (store.unusable.length > 0)
    world.err(`drover: left out, for they name no API: ${sentenceList(store.unusable)}\n`);
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It is a number from 1 to 65535.');
}
