// Slots of a week, for people.
import { language } from '../../../i18n/words';
import { daysText } from './week';

export interface Slot { days: string[] | null; from: string; to: string }

/** Slots in words: "Mon–Fri 09:00–18:00". */
export const hoursText = (slots: Slot[], lang: string = language.value) => slots.map((s) => `${daysText(s.days ?? [], lang)} ${s.from}–${s.to}`);
