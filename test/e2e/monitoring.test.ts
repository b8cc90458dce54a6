// Prometheus's own tool reads the alerting rules, and raises them for the series of test/monitoring/alerts.test.yml.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWithPrograms } from './support/programs.ts';

const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

describeWithPrograms('alerting rules', ['promtool'], () => {
  it.each([
    ['check', 'config/prometheus-alerts.yml'],
    ['test', 'test/monitoring/alerts.test.yml'],
  ])('promtool %s rules %s', (command, file) => {
    const { status, stdout, stderr } = spawnSync('promtool', [command, 'rules', path(file)], { encoding: 'utf8' });
    expect(stdout + stderr).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});
