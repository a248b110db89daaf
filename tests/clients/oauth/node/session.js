// What every script needs: the service's settings, a session to refresh, and a line for each step.

const names = ['URL', 'ISSUER', 'CLIENT_ID', 'CLIENT_SECRET', 'USERNAME', 'PASSWORD', 'AUDIENCE'];

export const env = Object.fromEntries(
  names.map((name) => {
    const value = process.env[`JOTLEASH_${name}`];
    if (!value) throw new Error(`JOTLEASH_${name} is not set: run with the values of data/dev.env`);
    return [name, value];
  }),
);

export async function logIn() {
  const answer = await fetch(`${env.URL}/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: env.USERNAME, password: env.PASSWORD }),
  });
  if (answer.status !== 200) throw new Error(`log-in: ${answer.status}`);
  return answer.json();
}

export function step(client, name, right) {
  if (!right) throw new Error(`${client}: ${name}: failed`);
  console.log(`${client}: ${name}: ok`);
}

/** Whether a promise is refused with this member. */
export async function refused(promise, member, value) {
  try {
    await promise;
    return false;
  } catch (error) {
    return error[member] === value;
  }
}
