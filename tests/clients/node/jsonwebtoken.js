import { judge } from './judge.js';

// snippet:verify
import jwt from 'jsonwebtoken';
import jwksClient from 'jwks-rsa';

const { JWKS_URL, ISSUER, AUDIENCE, ALGORITHM } = process.env;
const keys = jwksClient({ jwksUri: JWKS_URL, rateLimit: true }); // kept for 10 minutes

export async function verify(token) {
  const key = await keys.getSigningKey(jwt.decode(token, { complete: true })?.header.kid);
  const { header, payload } = jwt.verify(token, key.getPublicKey(), {
    algorithms: [ALGORITHM],
    issuer: ISSUER,
    audience: AUDIENCE,
    complete: true,
  });
  if (header.typ !== 'at+jwt' || !payload.exp) throw new Error('not an access token');
  return payload;
}
// snippet:end

await judge(verify);
