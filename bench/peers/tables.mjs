// The tables of docs/benchmarks.md from bench/peers.json. Pure.

const TITLES = { text: 'Text', memory: 'Memory', voice: 'Voice', turns: 'Ends of turns' };

const cell = (value, unit) => {
  if (value === undefined || value === null) return 'not measured';
  return typeof value === 'string' ? value : `${value}${unit === 'x' || unit === '%' ? unit : unit && ` ${unit}`}`;
};

/** Of a row that has a better way, the peers that are better than hearken as it comes; its other settings are none. */
function betterThanHearken({ better, values }, columns) {
  const { hearken, ...others } = values;
  const sign = { more: 1, less: -1 }[better];
  if (!sign || typeof hearken !== 'number') return [];
  return Object.keys(others).filter((key) => !columns[key].startsWith('hearken') && typeof others[key] === 'number' && sign * (others[key] - hearken) > 0);
}

function table(part, { machine, columns, rows, missing, note }) {
  const keys = Object.keys(columns);
  const lines = [
    `## ${TITLES[part]}`, '', ...(note ? [note, ''] : []),
    `| | ${keys.map((key) => columns[key]).join(' | ')} |`,
    `|---|${keys.map(() => '---').join('|')}|`,
    ...rows.map(({ figure, unit, values }) => `| ${figure} | ${keys.map((key) => cell(values[key], unit)).join(' | ')} |`),
    '', ...missing.map(({ title, why }) => `Not measured: ${title}: ${why}.`), ...(missing.length > 0 ? [''] : []),
  ];
  const worse = rows.map((row) => [row.figure, betterThanHearken(row, columns)]).filter(([, peers]) => peers.length > 0);
  if (worse.length > 0) lines.push('hearken is behind:', ...worse.map(([figure, peers]) => `- ${figure}: ${peers.map((key) => columns[key]).join(', ')}`), '');
  lines.push(`${machine.date}, \`npm run bench -- --peers ${part}\`, ${machine.cpu}, ${machine.cores} cores, ${machine.memory_gb} GB, ${machine.system}, Node ${machine.node}, workerd ${machine.workerd}; load of the machine before it ${machine.load_before}.`, '');
  return lines.join('\n');
}

/** All of them. */
export const tables = (results) => Object.keys(TITLES).filter((part) => results[part]).map((part) => table(part, results[part])).join('\n');
