import type { ClusterLayout, Host } from '../layout.js';
import type { Part } from './part.js';

const JAVA_OPTIONS = [
  '-Xmx128m',
  '-Xms32m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  '-Dzookeeper.jmx.log4j.disable=true',
];
/** Its manifest names all that it needs but a place to log to. */
const CLASS_PATH = '/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar';

/** Files of one server, by path inside, and the program that reads them. */
export function zookeeperServer(
  cluster: ClusterLayout,
  server: Host,
): { part: Part; files: Record<string, string> } {
  const directory = `${cluster.directory}/${server.name}`;
  const id = cluster.zookeeper.indexOf(server) + 1;
  const ensemble = cluster.zookeeper.map(({ address }, i) => `server.${i + 1}=${address}:2888:3888\n`);
  const configuration = `tickTime=500
initLimit=10
syncLimit=5
dataDir=${directory}/data
clientPort=2181
clientPortAddress=${server.address}
admin.enableServer=false
4lw.commands.whitelist=*
maxClientCnxns=0
# Safe against everything but a power cut of the machine that the sandbox runs on.
forceSync=no
${ensemble.length > 1 ? ensemble.join('') : ''}`;
  return {
    part: {
      name: server.name,
      host: server.name,
      node: undefined,
      command: [
        'java',
        ...JAVA_OPTIONS,
        '-cp',
        CLASS_PATH,
        'org.apache.zookeeper.server.quorum.QuorumPeerMain',
        `${directory}/zoo.cfg`,
      ],
    },
    files: { [`${directory}/zoo.cfg`]: configuration, [`${directory}/data/myid`]: `${id}\n` },
  };
}
