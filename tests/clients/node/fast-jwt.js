import { judge } from './judge.js';

// snippet:verify
import { createPublicKey } from 'node:crypto';
import { createVerifier } from 'fast-jwt';
import buildGetJwks from 'get-jwks';

const { JWKS_URL, ISSUER, AUDIENCE, ALGORITHM } = process.env;
const keys = buildGetJwks({ jwksPath: new URL(JWKS_URL).pathname, ttl: 300_000 });
const domain = new URL(JWKS_URL).origin;

// get-jwks' own getPublicKey knows no Ed25519.
async function key({ header }) {
  const jwk = await keys.getJwk({ kid: header.kid, alg: ALGORITHM, domain });
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
}

export const verify = createVerifier({
  key,
  algorithms: [ALGORITHM],
  allowedIss: ISSUER,
  allowedAud: AUDIENCE,
  checkTyp: 'at+jwt',
  requiredClaims: ['iss', 'aud', 'exp'],
});
// snippet:end

await judge(verify);
