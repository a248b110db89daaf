// oauth4webapi: every endpoint, with all the checks that it makes of an answer.

import * as oauth from 'oauth4webapi';
import { env, logIn, refused, step as stepOf } from './session.js';

const step = (name, right) => stepOf('oauth4webapi', name, right);
const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(env.ISSUER);
const client = { client_id: env.CLIENT_ID };

for (const algorithm of ['oauth2', 'oidc']) {
  const answer = await oauth.discoveryRequest(issuer, { algorithm, ...insecure });
  const found = await oauth.processDiscoveryResponse(issuer, answer);
  step(`discovery, ${algorithm}`, found.token_endpoint.endsWith('/oauth2/token'));
}
const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
const server = await oauth.processDiscoveryResponse(issuer, answer);

for (const [method, authenticate] of [
  ['client_secret_basic', oauth.ClientSecretBasic(env.CLIENT_SECRET)],
  ['client_secret_post', oauth.ClientSecretPost(env.CLIENT_SECRET)],
]) {
  const say = (name, right) => step(`${name}, ${method}`, right);

  const granted = await oauth.processClientCredentialsResponse(
    server,
    client,
    await oauth.clientCredentialsGrantRequest(
      server, client, authenticate, { resource: env.AUDIENCE, scope: 'read' }, insecure,
    ),
  );
  say('client credentials', granted.scope === 'read' && granted.refresh_token === undefined);

  const session = await logIn();
  const refreshed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, authenticate, session.refresh_token, insecure),
  );
  say('refresh', refreshed.refresh_token !== session.refresh_token);

  const request = new Request(env.URL, {
    headers: { authorization: `Bearer ${refreshed.access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(server, request, env.AUDIENCE, insecure);
  say('validateJwtAccessToken', claims.sub === env.USERNAME && claims.sid === session.session_id);
  const elsewhere = oauth.validateJwtAccessToken(server, request, 'cart', insecure);
  say('validateJwtAccessToken, another audience', await refused(elsewhere, 'name', 'OperationProcessingError'));

  const introspect = async (token, requestJwtResponse) => {
    const options = { ...insecure, requestJwtResponse };
    const answer = await oauth.introspectionRequest(server, client, authenticate, token, options);
    const signed = answer.headers.get('content-type').includes('token-introspection+jwt');
    if (signed !== requestJwtResponse) throw new Error('the answer is not of the form asked for');
    const told = await oauth.processIntrospectionResponse(server, client, answer);
    if (signed) await oauth.validateApplicationLevelSignature(server, answer, insecure);
    return told;
  };
  for (const signed of [false, true]) {
    const form = signed ? 'signed' : 'plain';
    const access = await introspect(refreshed.access_token, signed);
    say(`introspection, ${form}`, access.active === true && access.jti === claims.jti);
    const refresh = await introspect(refreshed.refresh_token, signed);
    say(`introspection of a refresh token, ${form}`, refresh.token_type === 'refresh_token');
  }

  const revoke = async (token) =>
    oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, authenticate, token, insecure),
    );
  await revoke(refreshed.refresh_token);
  const dead = await introspect(refreshed.access_token, false);
  say('revocation', JSON.stringify(dead) === '{"active":false}');
  await revoke('unknown');
  const again = await oauth.refreshTokenGrantRequest(
    server, client, authenticate, refreshed.refresh_token, insecure,
  );
  const verdict = oauth.processRefreshTokenResponse(server, client, again);
  say('refresh after that', await refused(verdict, 'error', 'invalid_grant'));
}

const wrong = await oauth.clientCredentialsGrantRequest(
  server, client, oauth.ClientSecretPost('wrong'), {}, insecure,
);
const verdict = oauth.processClientCredentialsResponse(server, client, wrong);
step('a wrong secret', await refused(verdict, 'error', 'invalid_client'));
