/** What a command prints. @throws Error with what it complained of, if it fails or is not there */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const child = new Deno.Command(command, { args: [...args], cwd, stdin: "null" });
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (!success) {
    const complaint = decoder.decode(stderr).trim() || decoder.decode(stdout).trim();
    throw new Error(`${command} failed: ${complaint}`);
  }
  return decoder.decode(stdout);
}
