import { Type } from 'typebox';
import { document, NodeName, Text, Time, type Value, Who } from './parts.js';

export const Benchmark = document(
  'benchmark',
  'Benchmark job',
  'Head of a benchmark; each test is a child.',
  {
    format: Type.Integer({
      minimum: 0,
      description: 'Of the results: 2 is fio’s JSON with what the node was busy with beside it.',
    }),
    state: Type.Optional(Type.Enum(['running', 'done', 'failed'])),
    task: Type.Optional(Type.String({ description: 'The task that makes it.' })),
    pool: Type.Optional(Type.String()),
    volumeBytes: Type.Optional(Type.Integer({ minimum: 1 })),
    runtimeMs: Type.Optional(Type.Integer({ minimum: 1 })),
    warmUpMs: Type.Optional(Type.Integer({ minimum: 0 })),
    node: Type.Optional(NodeName),
    at: Type.Optional(Time),
    endedAt: Type.Optional(Time),
    reason: Type.Optional(Text),
  },
);
export type Benchmark = Value<typeof Benchmark>;

export const BenchmarkTest = document('benchmark-test', 'Benchmark test', 'Result of one test of a job.', {
  result: Type.Unknown({ description: 'In the format that the job names.' }),
  node: Type.Optional(NodeName),
  at: Type.Optional(Time),
});
export type BenchmarkTest = Value<typeof BenchmarkTest>;

export const HistoryEntry = document(
  'history',
  'History entry',
  'Who asked for what, why, and how it ended.',
  {
    at: Time,
    who: Who,
    what: Text,
    object: Type.Optional(Type.String({ description: 'What it was about: a VM, a node, a volume.' })),
    why: Type.Optional(Text),
    outcome: Type.Optional(Text),
  },
);
export type HistoryEntry = Value<typeof HistoryEntry>;
