import {
  type Component,
  componentsOf,
  licenceReport,
  withoutAllowedLicence,
} from '../../scripts/licences.js';

const component = (name: string, ...licenses: NonNullable<Component['licenses']>): Component => ({
  name,
  version: '1.0.0',
  purl: `pkg:npm/${name}@1.0.0`,
  licenses,
});
const id = (text: string) => ({ license: { id: text } });

test.each<[string, Component, boolean]>([
  ['a permissive licence', component('a', id('MIT')), true],
  ['a licence by its name', component('a', { license: { name: 'MIT-0' } }), true],
  ['none', component('a'), false],
  ['copyleft', component('a', id('GPL-3.0-only')), false],
  ['one of several', component('a', id('GPL-3.0-only'), id('ISC')), true],
  ['an expression with a choice', component('a', { expression: '(GPL-2.0-only OR MIT)' }), true],
  ['an expression with both', component('a', { expression: 'MIT AND ISC' }), true],
  ['both, and one is not permissive', component('a', { expression: '(MIT AND LGPL-2.1-only)' }), false],
  ['a prefix of a permissive one', component('a', id('MI')), false],
  ['EPL, of logback', component('logback-core', id('EPL-2.0'), id('LGPL-2.1-only')), true],
  ['EPL, of another', component('a', id('EPL-2.0')), false],
])('%s', (_, one, allowed) => {
  expect(withoutAllowedLicence([one])).toEqual(allowed ? [] : [one.purl]);
});

test('the report groups by licence, the most used first, and names what is not allowed', () => {
  const all = [component('c', id('GPL-3.0-only')), component('b', id('MIT')), component('a', id('MIT'))];
  expect(licenceReport(all)).toBe('MIT (2): a 1.0.0, b 1.0.0\nNOT ALLOWED (1): c 1.0.0');
});

test.each(['{}', '{"bomFormat":"CycloneDX"}', '{"bomFormat":"SPDX","components":[{}]}'])(
  '%s is refused: an empty list would pass',
  (text) => {
    expect(() => componentsOf(text)).toThrow('expected a CycloneDX bill of materials');
  },
);
