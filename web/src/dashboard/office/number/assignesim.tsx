// Giving the user of a direct number an eSIM (SPEC E1, E3, E17).
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { may } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Avatar, Banner, Button, Card, Refusal } from '../../../parts/basic';
import { SelectField } from '../../../parts/fields';
import { useDoing } from '../doing';
import { useAccount } from '../pick';
import { act, type Held } from './ask';

const packages = [0, 20, 50] as const;
export type Package = (typeof packages)[number];

/** The packages, side by side. */
export function Packages({ value, onValue }: { value: number; onValue: (p: Package) => void }) {
  return (
    <fieldset class="office-ways three"><legend class="legend">{t('numbers.esim.package')}</legend>
      {packages.map((p) => (
        <label key={p} class={`office-way ${value === p ? 'on' : ''}`}>
          <input type="radio" name="package" value={p} checked={value === p} onChange={() => onValue(p)} />
          <span class="stack tight"><strong>{t(`numbers.esim.package_${p}`)}</strong><span class="soft small">{t(`numbers.esim.package_${p}_text`)}</span></span>
        </label>
      ))}
    </fieldset>
  );
}

export function AssignESIM({ number: n, etag }: Held) {
  const [pack, setPack] = useState<Package>(20);
  const [operator, setOperator] = useState('');
  const doing = useDoing();
  const account = useAccount();
  const operators = useQuery('operators-all', (signal) => api.get('/api/v1/operators', { query: { limit: 200 }, signal }), ['operator.*']);
  const all = operators.data?.data ?? [];
  const user = n.users?.[0];
  const left = account && account.esim_licences !== null ? account.esim_licences - account.esim_licences_used : null;
  const why = !may('numbers:write') ? t('numbers.may_not') : !user ? t('numbers.waits.title') : left !== null && left <= 0 ? t('numbers.esim.no_licence') : all.length > 1 && !operator ? t('numbers.esim.choose_operator') : undefined;
  const go = () => void doing.run('assign', () => act(n.id, () => api.put('/api/v1/numbers/{id}/esim', { path: { id: n.id }, body: { user_id: user!.id, package: pack, ...(operator ? { operator_id: operator } : {}) }, ifMatch: etag })), t('numbers.esim.assigned'));
  return (
    <Card title={t('numbers.esim.assign_title')}>
      <p class="soft">{t('numbers.esim.assign_text')}</p>
      {user && <div class="row"><Avatar name={user.name} size={40} /><div class="stack tight grow"><strong class="cut" title={user.name}>{user.name}</strong><span class="soft small">{t('numbers.esim.for_user')}</span></div></div>}
      <Packages value={pack} onValue={setPack} />
      {all.length > 1 && <SelectField label={t('numbers.esim.operator')} value={operator} onValue={setOperator} choices={[{ value: '', label: t('numbers.esim.choose_operator') }, ...all.map((o) => ({ value: o.id, label: o.name }))]} error={doing.problem?.about('operator_id')} />}
      {operators.data && all.length === 0 && <Banner tone="warn">{t('numbers.esim.no_operator')}</Banner>}
      {left !== null && <p class="soft small">{t('numbers.esim.licences_left', { n: left })}</p>}
      {doing.problem && <Refusal problem={doing.problem} />}
      <div class="row"><Button kind="primary" icon="sim" busy={doing.busy !== ''} onClick={go} why={why}>{t('numbers.esim.assign')}</Button></div>
    </Card>
  );
}
