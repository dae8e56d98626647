# Sourced by make: in continuous integration nothing that the tests need may be missing.
if [ -n "${CI:-}" ]; then
  export SSOC_REQUIRE_POSTGRES=1 SSOC_REQUIRE_PEERS=1 SSOC_REQUIRE_BROWSER=1
fi
# Compiled once, read by every worker and by every process a test starts: half of what it costs to
# collect the tests.
unset PYTHONDONTWRITEBYTECODE
