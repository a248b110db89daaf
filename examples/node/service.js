// A service that takes jotleash's access tokens: it verifies each by itself, then asks whether it
// is still alive. README.md says how to run it.
import { createServer } from 'node:http';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { liveByRedis } from './live-by-redis.js';
import { liveByVerify } from './live-by-verify.js';

const { JOTLEASH_URL, JOTLEASH_ISSUER, JOTLEASH_AUDIENCE, REDIS_URL } = process.env;
const [host, port] = (process.env.LISTEN ?? '127.0.0.1:3000').split(':');

const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', JOTLEASH_URL));
const isLive = REDIS_URL ? liveByRedis(REDIS_URL) : liveByVerify(JOTLEASH_URL, JOTLEASH_AUDIENCE);

/** Like errors of the network, these say nothing about the token: its keys could not be had. */
const NO_KEYS = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'];

/** The claims of a token that is right and alive, or null. Throws when nobody can say. */
async function check(token) {
  let claims;
  try {
    ({ payload: claims } = await jwtVerify(token, keys, {
      algorithms: ['ES256'],
      issuer: JOTLEASH_ISSUER,
      audience: JOTLEASH_AUDIENCE,
      typ: 'at+jwt',
      requiredClaims: ['exp', 'jti'],
    }));
  } catch (error) {
    if (error instanceof errors.JOSEError && !NO_KEYS.includes(error.code)) return null;
    throw error;
  }
  return (await isLive(token, claims.jti)) ? claims : null;
}

const server = createServer(async (request, response) => {
  const [, token] = request.headers.authorization?.match(/^Bearer ([\w.~+/=-]+)$/i) ?? [];
  try {
    const claims = token && (await check(token));
    if (claims) return response.end(`Hello ${claims.sub}\n`);
    response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end();
  } catch (error) {
    console.error(error.message);
    response.writeHead(503, { 'Retry-After': '1' }).end();
  }
});
server.listen(Number(port), host, () => console.log(`listening on http://${host}:${server.address().port}`));
