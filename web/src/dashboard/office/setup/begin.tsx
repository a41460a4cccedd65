// The company, and its first administrator.
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { language, t } from '../../../i18n/words';
import { Button, Refusal } from '../../../parts/basic';
import { SelectField, TextField } from '../../../parts/fields';
import { aboutAny, useDoing } from '../doing';
import { ZoneField } from '../zones';

/** Countries whose names this browser knows, France and its neighbours first. */
export function countries(lang: string): { value: string; label: string }[] {
  const codes = ['FR', 'BE', 'CH', 'LU', 'DE', 'GB', 'ES', 'IT', 'NL', 'PT', 'IE', 'AT', 'CA', 'US', 'GP', 'MQ', 'GF', 'RE', 'YT', 'NC', 'PF', 'MC', 'MA', 'TN', 'DZ', 'SN', 'CI', 'DK', 'SE', 'NO', 'FI', 'PL', 'CZ', 'AU', 'NZ'];
  const say = new Intl.DisplayNames(lang, { type: 'region' });
  return codes.map((value) => ({ value, label: say.of(value) ?? value }));
}

/** The time zone of this computer; of one that has none set, that of Paris. */
function here(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && zone !== 'UTC' ? zone : 'Europe/Paris';
}

export function Begin({ token, onDone }: { token: string; onDone: () => void }) {
  const [page, setPage] = useState<'company' | 'admin'>('company');
  const [company, setCompany] = useState({ name: '', language: language.value as 'fr' | 'en', country: 'FR', timezone: here() });
  const [admin, setAdmin] = useState({ name: '', email: '', password: '' });
  const doing = useDoing();
  const p = doing.problem;
  const make = async () => {
    if (await doing.run('setup', () => api.post('/api/v1/setup', { body: { token, company, admin } }))) onDone();
  };
  const fields = ['company.name', 'company.country', 'company.timezone', 'admin.name', 'admin.email', 'admin.password'];
  if (page === 'company') {
    return (
      <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (company.name.trim()) setPage('admin'); }}>
        <h1>{t('dashboard.setup.title')}</h1>
        <p class="soft">{t('numbers.setup.company_text')}</p>
        <TextField label={t('numbers.setup.company')} autocomplete="organization" autofocus maxLength={200} value={company.name} onValue={(name) => setCompany({ ...company, name })} error={p?.about('company.name')} />
        <div class="office-two tight">
          <SelectField label={t('numbers.user.language')} hint={t('numbers.setup.language_hint')} value={company.language} onValue={(v) => setCompany({ ...company, language: v as 'fr' | 'en' })} choices={[{ value: 'fr', label: 'Français' }, { value: 'en', label: 'English' }]} />
          <SelectField label={t('numbers.setup.country')} hint={t('numbers.setup.country_hint')} value={company.country} onValue={(country) => setCompany({ ...company, country })} choices={countries(language.value)} error={p?.about('company.country')} />
        </div>
        <ZoneField label={t('numbers.settings.zone')} value={company.timezone} onValue={(timezone) => setCompany({ ...company, timezone })} error={p?.about('company.timezone')} />
        <div class="row setup-foot"><span class="grow" /><Button kind="primary" type="submit" why={company.name.trim() ? undefined : t('numbers.fill_name')}>{t('numbers.setup.next')}</Button></div>
      </form>
    );
  }
  const why = !admin.name.trim() ? t('numbers.fill_name') : !/.@./.test(admin.email) ? t('numbers.users.fill_email') : admin.password.length < 12 ? t('numbers.setup.password_short') : undefined;
  return (
    <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) void make(); }}>
      <h1>{t('numbers.setup.you')}</h1>
      <p class="soft">{t('numbers.setup.you_text')}</p>
      {p && (!aboutAny(p, fields) || aboutAny(p, fields.slice(0, 3))) && <Refusal problem={p} />}
      <TextField label={t('numbers.setup.your_name')} autocomplete="name" autofocus maxLength={200} value={admin.name} onValue={(name) => setAdmin({ ...admin, name })} error={p?.about('admin.name')} />
      <TextField label={t('numbers.users.email')} type="email" autocomplete="username" value={admin.email} onValue={(email) => setAdmin({ ...admin, email })} error={p?.about('admin.email')} />
      <TextField label={t('numbers.users.password')} type="password" autocomplete="new-password" hint={t('numbers.setup.password_hint')} value={admin.password} onValue={(password) => setAdmin({ ...admin, password })} error={p?.about('admin.password')} />
      <div class="row setup-foot"><Button kind="quiet" onClick={() => setPage('company')}>{t('core.back')}</Button><span class="grow" /><Button kind="primary" type="submit" busy={doing.busy !== ''} why={why}>{t('numbers.setup.make')}</Button></div>
    </form>
  );
}
