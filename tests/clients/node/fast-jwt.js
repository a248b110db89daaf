import { judge } from './judge.js';

// snippet:verify
import { createVerifier } from 'fast-jwt';
import buildGetJwks from 'get-jwks';

const { JWKS_URL, ISSUER, AUDIENCE, ALGORITHM } = process.env;
const keys = buildGetJwks({ jwksPath: new URL(JWKS_URL).pathname, ttl: 300_000 });
const domain = new URL(JWKS_URL).origin;

export const verify = createVerifier({
  key: ({ header }) => keys.getPublicKey({ kid: header.kid, alg: ALGORITHM, domain }),
  algorithms: [ALGORITHM],
  allowedIss: ISSUER,
  allowedAud: AUDIENCE,
  checkTyp: 'at+jwt',
  requiredClaims: ['iss', 'aud', 'exp'],
});
// snippet:end

await judge(verify);
