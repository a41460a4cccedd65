// Time zones, as this browser knows them.
import { t } from '../../i18n/words';
import { SelectField } from '../../parts/fields';

/** Every time zone there is; where a browser does not say, those of France. */
export function zones(): string[] {
  const all = (Intl as { supportedValuesOf?: (key: string) => string[] }).supportedValuesOf?.('timeZone') ?? [];
  const french = ['Europe/Paris', 'America/Guadeloupe', 'America/Martinique', 'America/Cayenne', 'Indian/Reunion', 'Indian/Mayotte', 'Pacific/Noumea', 'Pacific/Tahiti'];
  return [...new Set([...french, ...all, 'UTC'])];
}

export function ZoneField({ label, empty, hint, value, onValue, error }: { label: string; empty?: string; hint?: string; value: string; onValue: (v: string) => void; error?: string | undefined }) {
  const known = zones();
  const all = value && !known.includes(value) ? [value, ...known] : known;
  return <SelectField label={label} hint={hint} value={value} onValue={onValue} error={error} choices={[...(empty === undefined ? [] : [{ value: '', label: empty || t('numbers.zone.account') }]), ...all.map((z) => ({ value: z, label: z.replace(/_/g, ' ') }))]} />;
}
