// snippet:verify
/** Asks jotleash: true for alive, false for dead; throws when nobody can say. */
export function liveByVerify(url, audience) {
  const question = new URL('/verify', url);
  question.searchParams.set('audience', audience);
  return async (token) => {
    const { status } = await fetch(question, {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(1000),
    });
    if (status === 200) return true;
    if (status === 401) return false;
    throw new Error(`jotleash answered ${status}`);
  };
}
// snippet:end
