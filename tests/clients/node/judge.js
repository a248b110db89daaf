// Reads one token a line, and writes what `verify` makes of each.
import { createInterface } from 'node:readline';

export async function judge(verify) {
  for await (const token of createInterface({ input: process.stdin })) {
    try {
      await verify(token);
      console.log('accepted');
    } catch (error) {
      console.log(`refused: ${error.message}`);
    }
  }
}
