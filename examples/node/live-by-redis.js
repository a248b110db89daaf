// snippet:redis
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';

/** Asks Redis: true for alive, false for dead; throws when nobody can say. */
export function liveByRedis(url) {
  const redis = new Redis(url, {
    commandTimeout: 1000,
    enableOfflineQueue: false, // no connection is an error at once, not a wait
    enableReadyCheck: false, // it would need INFO, which this user may not ask
    maxRetriesPerRequest: 0,
  });
  redis.on('error', (error) => console.error(`redis: ${error.message}`)); // it connects again by itself
  return async (token, jti) => {
    const [slot, tail] = jti.split('.');
    return (await redis.get(`jl:{${slot}}:t:${tail}`)) === digest(token);
  };
}

/** What jotleash keeps of a token: the first 16 bytes of SHA-256 of its header and payload. */
function digest(token) {
  const signed = token.slice(0, token.lastIndexOf('.'));
  return createHash('sha256').update(signed).digest().subarray(0, 16).toString('base64url');
}
// snippet:end
