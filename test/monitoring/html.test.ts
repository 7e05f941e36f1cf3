import { html } from '../../src/monitoring/html.js';

test('what is put in is escaped, in text and attributes', () => {
  const hostile = `<script>alert("x")</script>&'`;

  expect(html`<b title="${hostile}">${hostile}</b>`.text).toBe(
    '<b title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;">&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;</b>',
  );
});

test('templates go into templates as they are, also in lists; undefined is nothing', () => {
  const items = ['a', '<'].map((item) => html`<li>${item}</li>`);

  expect(html`<ul>${items}</ul>${undefined}${3}`.text).toBe('<ul><li>a</li><li>&lt;</li></ul>3');
});
