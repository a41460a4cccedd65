// The screens of the office: numbers, users, teams, call settings.
import { Spinner } from '../../parts/basic';
import { lazy, type Route, type Screen } from '../../parts/router';
import { h, type ComponentType } from 'preact';

const waiting = () => h(Spinner as ComponentType, {});
const screen = (load: () => Promise<Screen>) => lazy(load, waiting) as Screen;

const numberScreen = screen(async () => (await import('./number/number')).NumberScreen);
const userScreen = screen(async () => (await import('./user/user')).UserScreen);
const settingsScreen = screen(async () => (await import('./settings/settings')).CallSettings);

export const officeRoutes: Route[] = [
  { path: '/dashboard/numbers', screen: screen(async () => (await import('./numbers')).Numbers) },
  { path: '/dashboard/numbers/:id', screen: numberScreen },
  { path: '/dashboard/numbers/:id/:tab', screen: numberScreen },
  { path: '/dashboard/users', screen: screen(async () => (await import('./users')).Users) },
  { path: '/dashboard/users/:id', screen: userScreen },
  { path: '/dashboard/users/:id/:tab', screen: userScreen },
  { path: '/dashboard/teams', screen: screen(async () => (await import('./teams')).Teams) },
  { path: '/dashboard/teams/:id', screen: screen(async () => (await import('./team')).TeamScreen) },
  { path: '/dashboard/call-settings', screen: settingsScreen },
  { path: '/dashboard/call-settings/:tab', screen: settingsScreen },
];
