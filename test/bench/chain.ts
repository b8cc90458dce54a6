// CPU time of cold resolutions in a simulated Internet, without sockets: what chain.mjs compares.
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const ZONES = 300;

/** A function that resolves one name in each of many signed zones, and gives the CPU microseconds of one resolution. */
export function coldResolutions(): () => number {
  const names = Array.from({ length: ZONES }, (_, index) => `z${index}.test.`);
  const zones = [{ name: 'test.' }, ...names.map((name) => ({ name, records: 'www A 192.0.2.1\n' }))];
  const hierarchy = buildHierarchy({ zones, nowSeconds: DEFAULT_WALL_SECONDS });
  return () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.ask('test. SOA');
    const before = process.cpuUsage();
    for (const name of names) {
      if (!simulation.ask(`www.${name} A`).resolution.authentic) throw new Error(`${name} is not secure`);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / ZONES;
  };
}
