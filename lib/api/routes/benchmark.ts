import { BenchmarkList, BenchmarkListArgs, BenchmarkRunArgs, TaskTicket } from '../../../schemas/api.js';
import { DroverError } from '../../core/index.js';
import { answer, route, type Route } from '../route.js';
import { parseSize } from '../../pvc/index.js';
import { listBenchmarks } from '../view/benchmark.js';
import { ticket } from './ticket.js';

export const benchmarkRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/storage/ceph/benchmark',
    scope: 'read',
    summary: 'The benchmarks with their results.',
    args: BenchmarkListArgs,
    body: BenchmarkList,
    handle: async ({ sight, args }) => {
      const found = await listBenchmarks(sight, args.job);
      if (found.length > 0) return answer(found);
      throw new DroverError('NOT_FOUND', { object: 'benchmarks', reason: 'there are none' });
    },
  }),
  route({
    method: 'POST',
    path: '/storage/ceph/benchmark',
    scope: 'admin',
    status: 202,
    summary: 'Measures a pool with the eight standard tests.',
    args: BenchmarkRunArgs,
    body: TaskTicket,
    handle: (call, tools) => {
      const { pool, name, volume_size: size, runtime, warm_up: warmUp, force } = call.args;
      return ticket(call, tools, 'storage.benchmark', {
        pool,
        ...(name === undefined ? {} : { name }),
        ...(size === undefined ? {} : { volumeBytes: parseSize(size) }),
        ...(runtime === undefined ? {} : { runtime }),
        ...(warmUp === undefined ? {} : { warmUp }),
        force,
      });
    },
  }),
];
