// Where a client thread begins.
import { workerData } from 'node:worker_threads';
import { runClientThread } from './client-thread.ts';

runClientThread(workerData);
