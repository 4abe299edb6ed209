import { INSIDE, type NodeLayout } from '../layout.js';
import type { Part } from './part.js';

/** What every BMC of a sandbox accepts: nothing here is a secret. */
export const BMC_USER = 'fence';
export const BMC_PASSWORD = 'fencepw';

/** A BMC: ipmi_sim at the node's BMC address, wired to shell/power.sh. */
export function bmc(node: NodeLayout): { part: Part; files: Record<string, string> } {
  const directory = `${INSIDE}/bmc/${node.name}`;
  const levels = ['callback', 'user', 'operator', 'admin'].map(
    (level) => `    allowed_auths_${level} none md2 md5 straight\n`,
  );
  const configuration = `name "${node.name}"
set_working_mc 0x20
  startlan 1
    addr ${node.bmc} 623
    priv_limit admin
${levels.join('')}    guid a123456789abcdefa123456789abcdef
  endlan
  chassis_control "bash ${INSIDE}/bin/power.sh ${node.name}"
  user 1 true "" "test" user 10 none md2 md5 straight
  user 2 true "${BMC_USER}" "${BMC_PASSWORD}" admin 10 none md2 md5 straight
`;
  const emulation = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
`;
  return {
    part: {
      name: `${node.name}-bmc`,
      host: undefined,
      node: undefined,
      command: [
        'ipmi_sim',
        '-c',
        `${directory}/lan.conf`,
        '-f',
        `${directory}/bmc.emu`,
        '-s',
        `${directory}/state`,
        '-n',
      ],
    },
    files: {
      [`${directory}/lan.conf`]: configuration,
      [`${directory}/bmc.emu`]: emulation,
      [`${directory}/state/.keep`]: '',
    },
  };
}

/** The command that speaks to a node's BMC; the password comes by the environment, `IPMI_PASSWORD`. */
export function ipmitool(node: NodeLayout, ...words: string[]): string[] {
  // Without -C 3 every command takes 10 s against this simulator.
  return [
    'ipmitool',
    ...['-I', 'lanplus', '-C', '3', '-N', '1', '-R', '4'],
    ...['-H', node.bmc, '-U', BMC_USER, '-E'],
    ...words,
  ];
}
