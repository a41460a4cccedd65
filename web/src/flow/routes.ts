// The screens of call flows.
import { needWords } from '../i18n/words';
import { Spinner } from '../parts/basic';
import { lazy, type Route } from '../parts/router';

const waiting = () => Spinner({});

export const flowRoutes: Route[] = [
  { path: '/dashboard/flows', screen: lazy(async () => { await needWords('flow'); return (await import('./list')).Flows; }, waiting) },
  { path: '/dashboard/flows/:id', screen: lazy(async () => { await needWords('flow'); return (await import('./editor')).Editor; }, waiting) },
];
