import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Lets a bundle load Node's own modules where they are used. As imports they would all be loaded at its start, those of
 * the parts too that are never reached, such as HTTP/2 and TLS under the AWS SDK.
 */
export const builtinsWhenUsed: Plugin = {
  name: 'builtins-when-used',
  setup({ onResolve, onLoad }) {
    const namespace = 'builtin';
    onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path, namespace: from }) => {
      const name = path.replace(/^node:/, '');
      if (!builtinModules.includes(name)) return undefined;
      return from === namespace ? { path, external: true } : { path: name, namespace };
    });
    onLoad({ filter: /^/, namespace }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(`node:${path}`)})`,
    }));
  },
};
