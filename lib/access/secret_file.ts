import { systemReason } from "../system_reason.ts";

/** The one word in a file: a secret that is shown to others. @throws Error that names the file */
export function readSecretFile(path: string): string {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(`cannot read the secret in ${path}: ${systemReason(error)}`, { cause: error });
  }
  return checkedSecret(path, text);
}

/** The secret in `text`, without the end of its line. @throws Error that names `where` */
export function checkedSecret(where: string, text: string): string {
  const secret = text.trim();
  if (secret === "") throw new Error(`there is no secret in ${where}`);
  if (/[^\x21-\x7e]/.test(secret)) throw new Error(`the secret in ${where} is more than one word`);
  return secret;
}

/** What the header Authorization says with the secret in a file; undefined for no file. @throws Error that names the file */
export function bearerFrom(path: string): string | undefined {
  return path === "" ? undefined : `Bearer ${readSecretFile(path)}`;
}
