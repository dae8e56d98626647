# Sourced by make: in continuous integration nothing that the tests need may be missing.
if [ -n "${CI:-}" ]; then
  export SSOC_REQUIRE_POSTGRES=1 SSOC_REQUIRE_PEERS=1 SSOC_REQUIRE_BROWSER=1
fi
