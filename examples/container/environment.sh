#!/bin/sh
# Runs once in a new container, when Unit has taken trac.json and before it is
# started anew to serve: makes the environment, or completes the one that is on
# the volume.
set -e
exec trac-unit init "$TRAC_ENV" --user unit ${TRAC_ADMIN:+--admin "$TRAC_ADMIN"}
