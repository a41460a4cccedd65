// The customers of the example CRM, and what is written about them. They live in this browser alone.
import { signal } from '@preact/signals';

export interface Ticket { id: string; subject: { en: string; fr: string }; open: boolean }
export interface Activity { at: string; kind: 'call' | 'note'; text: string; inbound?: boolean; seconds?: number; tags?: string[] }
export interface Customer { id: string; name: string; company: string; town: string; number: string; shown: string; vip: boolean; tickets: Ticket[] }

const rows: [string, string, string, boolean, [string, string, boolean][]][] = [
  ['Claire Durand', 'Hôtel du Port', 'La Rochelle', true, [['40 croissants each Sunday', '40 croissants chaque dimanche', true], ['Invoice of October', 'Facture d’octobre', false]]],
  ['Marc Lefèvre', 'Crèche Les Lutins', 'Niort', false, [['Bread without sesame', 'Pain sans sésame', true]]],
  ['Inès Benali', '', 'Saintes', false, [['Wedding cake in June', 'Pièce montée en juin', true]]],
  ['Julien Moreau', 'Bistrot Moreau', 'Royan', true, [['Delivery at 6 a.m.', 'Livraison à 6 h', true]]],
  ['Sophie Garnier', '', 'Rochefort', false, []],
  ['Paul Roussel', 'Cantine municipale', 'Surgères', false, [['Offer for the year', 'Devis annuel', true]]],
  ['Léa Fontaine', 'Salon de thé Léa', 'Cognac', false, []],
  ['Hugo Marchand', '', 'Marennes', false, [['Lost umbrella', 'Parapluie oublié', false]]],
  ['Nadia Kaci', 'Épicerie du Marché', 'Fouras', false, []],
  ['Thomas Girard', 'Camping des Pins', 'Oléron', true, [['Season: 120 baguettes a day', 'Saison : 120 baguettes par jour', true]]],
  ['Camille Robin', '', 'Aytré', false, []],
  ['Olivier Blanc', 'Mairie d’Aytré', 'Aytré', false, [['Galettes for January', 'Galettes pour janvier', true]]],
];

/** All customers: those who call in the demonstration. */
export const customers: Customer[] = rows.map(([name, company, town, vip, tickets], i) => {
  const n = String(i + 1).padStart(2, '0');
  return {
    id: `c${n}`, name, company, town, vip, number: `+336399801${n}`, shown: `06 39 98 01 ${n}`,
    tickets: tickets.map(([en, fr, open], k) => ({ id: `T-${(i + 1) * 10 + k}`, subject: { en, fr }, open })),
  };
});

/** The customer who has a number. */
export const byNumber = (number: string): Customer | undefined => customers.find((c) => c.number === number || c.shown.replaceAll(' ', '') === number.replaceAll(' ', ''));

const kept = 'crm-activity';
function read(): Record<string, Activity[]> {
  try {
    return JSON.parse(localStorage.getItem(kept) ?? '{}') as Record<string, Activity[]>;
  } catch {
    return {};
  }
}

/** What happened with each customer, the newest first. */
export const activity = signal<Record<string, Activity[]>>(read());

/** Writes something about a customer. */
export function note(id: string, one: Activity): void {
  activity.value = { ...activity.value, [id]: [one, ...(activity.value[id] ?? [])].slice(0, 50) };
  try {
    localStorage.setItem(kept, JSON.stringify(activity.value));
  } catch { /* a page without storage forgets */ }
}
