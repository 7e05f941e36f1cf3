# Sourced by the other scripts: makes a checkout ready to run, and does nothing where that was done before.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit 1
}

command -v node >/dev/null || missing "Node.js is missing: install version 20.19 or newer and put it on PATH"
command -v npm >/dev/null || missing "npm is missing: it comes with Node.js 20.19 or newer"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  missing "Node.js $(node --version) is too old: version 20.19 or newer is needed"
if ! node -e 'process.exit(Number.parseInt(process.versions.node, 10) >= 22 ? 0 : 1)'; then
  # In one line, and not in eight in each process.
  [[ ${AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED:-} == true ]] ||
    echo "$(basename "$0"): Node.js $(node --version) is the oldest that works: docs/versions.md" >&2
  export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
fi
command -v javac >/dev/null || missing "the JDK is missing: install version 17 or newer and put javac on PATH"
java_version=$(javac -version 2>&1 | sed -nE 's/^javac ([0-9]+).*/\1/p')
[[ ${java_version:-0} -ge 17 ]] || missing "the JDK is too old ($(javac -version 2>&1)): version 17 or newer is needed"
command -v mvn >/dev/null || missing "Maven is missing: install version 3.6.3 or newer and put mvn on PATH"

if [[ ! -f node_modules/.package-lock.json || package-lock.json -nt node_modules/.package-lock.json ]]; then
  echo "Installing npm packages ..."
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

sources_newer_than() {
  [[ ! -e $1 || -n $(find src lab test scripts tsconfig.json tsconfig.build.json -path lab/target -prune -o -type f -newer "$1" -print -quit) ]]
}
if [[ ! -d dist ]] || sources_newer_than build/compiled; then
  echo "Compiling ..."
  rm -rf build dist
  npx tsc
  npm run --silent build
  touch build/compiled
fi

# One after the other: two Mavens at once can damage a local repository that both fill.
[[ -f launcher/target/built-from ]] || echo "Building the launcher ..."
./scripts/build-launcher
# Each worker's JVM starts with half of the CPU: of the tests that is a third.
[[ -s launcher/target/launcher.jsa ]] || ./scripts/make-archive "${JAVA_HOME:+$JAVA_HOME/bin/}java" || true
[[ -f lab/target/built-from ]] || echo "Fetching DynamoDB Local ..."
./scripts/build-lab
