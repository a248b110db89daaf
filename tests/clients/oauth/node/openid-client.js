// openid-client: what an application calls, discovery by either document.

import * as client from 'openid-client';
import { env, logIn, refused, step as stepOf } from './session.js';

const step = (name, right) => stepOf('openid-client', name, right);
const issuer = new URL(env.ISSUER);

for (const algorithm of ['oauth2', 'oidc']) {
  const config = await client.discovery(
    issuer, env.CLIENT_ID, undefined, client.ClientSecretBasic(env.CLIENT_SECRET),
    { algorithm, execute: [client.allowInsecureRequests] },
  );
  const say = (name, right) => step(`${name}, ${algorithm}`, right);
  say('discovery', config.serverMetadata().issuer === env.ISSUER);

  const granted = await client.clientCredentialsGrant(config, { resource: env.AUDIENCE });
  say('client credentials', granted.scope === 'read write');
  const target = client.clientCredentialsGrant(config, { resource: 'nowhere' });
  say('an unknown resource', await refused(target, 'error', 'invalid_target'));

  const session = await logIn();
  const refreshed = await client.refreshTokenGrant(config, session.refresh_token, { scope: 'read' });
  say('refresh', refreshed.scope === 'read' && refreshed.expiresIn() > 0);

  const told = await client.tokenIntrospection(config, refreshed.access_token);
  say('introspection', told.active && told.sub === env.USERNAME && told.scope === 'read');
  await client.tokenRevocation(config, refreshed.refresh_token, { token_type_hint: 'refresh_token' });
  const dead = await client.tokenIntrospection(config, refreshed.access_token);
  say('revocation', dead.active === false);
  const again = client.refreshTokenGrant(config, refreshed.refresh_token);
  say('refresh after that', await refused(again, 'error', 'invalid_grant'));
}
