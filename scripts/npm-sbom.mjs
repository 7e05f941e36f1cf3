// Prints the bill of materials of the packages that run, CycloneDX in JSON. Not by `npm sbom --omit=dev`: it leaves out
// what a package for development depends on too, such as debug and pump (npm 11.19).
import { execFileSync } from 'node:child_process';

const text = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], {
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
});
const { components, dependencies, metadata, ...bill } = JSON.parse(text);

const forDevelopment = ({ name, value }) => name === 'cdx:npm:package:development' && value === 'true';
const running = components.filter(({ properties = [] }) => !properties.some(forDevelopment));
const root = metadata.component['bom-ref'];
const refs = new Set([root, ...running.map((component) => component['bom-ref'])]);

metadata.component.name = root.slice(0, root.lastIndexOf('@')); // npm takes the folder's
console.log(
  JSON.stringify(
    {
      ...bill,
      metadata,
      components: running,
      dependencies: dependencies
        .filter(({ ref }) => refs.has(ref))
        .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) })),
    },
    undefined,
    2,
  ),
);
