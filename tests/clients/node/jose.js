import { judge } from './judge.js';

// snippet:verify
import { createRemoteJWKSet, jwtVerify } from 'jose';

const { JWKS_URL, ISSUER, AUDIENCE, ALGORITHM } = process.env; // ALGORITHM: ES256, the default
const keys = createRemoteJWKSet(new URL(JWKS_URL)); // kept for 10 minutes

export async function verify(token) {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: [ALGORITHM],
    issuer: ISSUER,
    audience: AUDIENCE,
    typ: 'at+jwt',
    requiredClaims: ['exp'],
  });
  return payload;
}
// snippet:end

await judge(verify);
