#!/bin/sh
# Make the secrets of compose.yaml, each in a file of the folder `secrets/`, at random: sh secrets.sh
# One that is there stays. Then write the mail server's URL into secrets/dispatch_smtp_url.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { if [ ! -s "secrets/$1" ]; then cat >"secrets/$1"; else cat >/dev/null; fi; }

random | keep postgres_password
random | keep dispatch_secret_key
random | keep broker_password
postgres=$(cat secrets/postgres_password)
broker=$(cat secrets/broker_password)
echo "postgresql+psycopg://dispatch:$postgres@postgres/dispatch" | keep dispatch_database_url
echo "redis://dispatch:$broker@valkey:6379/0" | keep dispatch_redis_url
echo "smtp://user:password@relay.internal:587" | keep dispatch_smtp_url
keep valkey_conf <<CONF
port 6379
save ""
maxmemory 256mb
proto-max-bulk-len 1mb
user default off
user dispatch on >$broker ~* &* +@all -@admin -@dangerous +info
CONF

# Nobody on this machine but you (and root) enters the folder. Within a container each file is mounted
# by itself, to be read alone, and must be readable for the one user that runs there.
chmod 700 secrets
chmod 444 secrets/*
