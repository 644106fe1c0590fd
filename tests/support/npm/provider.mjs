// The certified provider oidc-provider with its own sign-in pages, for one test.
//
// Usage: node provider.mjs FILE, where FILE holds JSON:
//   clients        their metadata, a list
//   users          login: claims
//   keys           what it signs with, now and then after each rotation: pairs of private keys in
//                  PEM, an RSA key and one of the curve P-256
//   configuration  what differs from the configuration below
//   certificate    of an https server, a PEM file with its key; none: it speaks http
//   client_ca      PEM file: a second address asks for client certificates (RFC 8705 section 5)
// It prints its issuer, a loopback address, once it listens, and ends with its standard input.
//
// A test looks and meddles at /test/events, /test/rotate and /test/withdraw/LOGIN.

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import Provider from 'oidc-provider';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const {
  clients, users, keys, certificate, client_ca: clientCa,
} = settings;
const { features, ...changes } = settings.configuration ?? {};
const pem = certificate && readFileSync(certificate);

// One for each algorithm that it can sign with.  The keys are made elsewhere: Node.js 20
// now and then hangs when it exports, as JWK, a key that it has just generated.
function nextKeys() {
  const [rsa, ec] = keys.shift();
  return [[rsa, 'RS256'], [rsa, 'PS256'], [ec, 'ES256']].map(([key, alg]) => ({
    ...createPrivateKey(key).export({ format: 'jwk' }),
    alg,
    kid: `${alg}, ${keys.length} to come`,
    use: 'sig',
  }));
}

const configuration = {
  clients,
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username'],
    email: ['email', 'email_verified'],
  },
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt',
    'private_key_jwt', 'none'],
  cookies: { keys: ['only for a test'] },
  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: true },
    jwtUserinfo: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    ...features,
  },
  jwks: { keys: nextKeys() },
  pkce: { required: () => true },
  // Its own one refuses to call an address of this machine.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  async findAccount(ctx, login) {
    const claims = users[login];
    return claims && { accountId: login, claims: async () => ({ sub: login, ...claims }) };
  },
  ...changes,
};

if (clientCa) {
  configuration.clientAuthMethods.push('tls_client_auth');
  configuration.features.mTLS = {
    enabled: true,
    certificateBoundAccessTokens: true,
    tlsClientAuth: true,
    getCertificate: ({ req }) => req.socket.getPeerX509Certificate(),
    certificateAuthorized: ({ req }) => req.socket.authorized,
    certificateSubjectMatches: ({ req }, property, expected) => (
      property === 'tls_client_auth_subject_dn'
      && req.socket.getPeerX509Certificate().subject === expected),
  };
}

// How a client showed who it is.
function proof({ headers, req, oidc: { body } }) {
  if (headers.authorization) return headers.authorization.split(' ')[0];
  if (body.client_secret) return 'post';
  if (req.socket.authorized) return 'certificate';
  if (!body.client_assertion) return 'none';
  const [header] = body.client_assertion.split('.');
  return JSON.parse(Buffer.from(header, 'base64url')).alg;
}

const events = [];
const running = {};

function make(issuer) {
  // Whatever a provider before it keeps, it goes on with.
  const { provider: before } = running;
  const provider = new Provider(issuer, before
    ? { ...configuration, adapter: (name) => before[name].adapter } : configuration);
  provider.on('server_error', (ctx, error) => console.error(error));
  provider.on('grant.success', (ctx) => events.push(
    `grant ${ctx.oidc.params.grant_type} ${proof(ctx)}`));
  provider.on('grant.error', (ctx, error) => events.push(
    `refused ${error.error}: ${error.error_detail ?? error.error_description}`));
  provider.on('pushed_authorization_request.success', (ctx) => events.push(
    `pushed ${proof(ctx)}`));
  provider.on('backchannel.success', (ctx, client, login) => events.push(`told of ${login}`));
  provider.on('backchannel.error', (ctx, error) => events.push(`not told: ${error.message}`));
  provider.on('refresh_token.consumed', () => events.push('refresh token used up'));
  provider.on('refresh_token.destroyed', () => events.push('refresh token revoked'));
  provider.on('access_token.destroyed', () => events.push('access token revoked'));
  running.provider = provider;
  running.answer = provider.callback();
}

const tests = {
  events: () => events.splice(0),
  // The new keys sign; what the old ones signed can be verified still.
  rotate: () => {
    configuration.jwks.keys.unshift(...nextKeys());
    make(running.provider.issuer);
  },
  withdraw: (login) => delete users[login],
};

function listener(request, response) {
  const [, test, name, argument] = request.url.split('/');
  if (test === 'test') {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(tests[name](argument) ?? null));
  } else {
    running.answer(request, response);
  }
}

function listen(server) {
  return new Promise((resolve) => {
    server.on('request', listener);
    server.listen(0, '127.0.0.1', () => resolve(
      `${pem ? 'https://localhost' : 'http://127.0.0.1'}:${server.address().port}`));
  });
}

// The issuer holds the port, which is known only once it listens.
const issuer = await listen(pem ? createTlsServer({ cert: pem, key: pem }) : createServer());
if (clientCa) {
  const other = await listen(createTlsServer({
    cert: pem, key: pem, ca: readFileSync(clientCa), requestCert: true, rejectUnauthorized: false,
  }));
  configuration.discovery = {
    mtls_endpoint_aliases: {
      token_endpoint: `${other}/token`,
      revocation_endpoint: `${other}/token/revocation`,
      userinfo_endpoint: `${other}/me`,
      pushed_authorization_request_endpoint: `${other}/request`,
    },
  };
}
make(issuer);
console.log(issuer);

process.stdin.resume();
process.stdin.on('end', () => process.exit());
