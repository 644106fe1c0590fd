// The certified provider oidc-provider with its own sign-in pages, for one test.
//
// Usage: node provider.mjs FILE, where FILE holds {"clients": [...], "users": {login: claims}}.
// It prints its issuer, a loopback address, once it listens, and ends with its standard input.

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const { clients, users } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const configuration = {
  clients,
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username'],
    email: ['email', 'email_verified'],
  },
  cookies: { keys: ['only for a test'] },
  features: {
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  jwks: { keys: [{ ...key, alg: 'RS256', kid: 'interop', use: 'sig' }] },
  pkce: { required: () => true },
  async findAccount(ctx, login) {
    const claims = users[login];
    return claims && { accountId: login, claims: async () => ({ sub: login, ...claims }) };
  },
};

// The issuer holds the port, which is known only once it listens.
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  provider.on('server_error', (ctx, error) => console.error(error));
  server.on('request', provider.callback());
  console.log(issuer);
});

process.stdin.resume();
process.stdin.on('end', () => process.exit());
