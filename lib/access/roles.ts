/** What a token allows. */
export const ROLES = ["read", "publish", "consume", "operate", "admin"] as const;

/**
 * `read`: figures and names. `publish`: to put messages in. `consume`: to see messages and take them out. `operate`: to pause, create
 * and send back, and all that `read` may. `admin`: everything.
 */
export type Role = typeof ROLES[number];

/**
 * What a call needs: nothing, a role, or a role for its topic, the one that `:topic` of its path or `topic=` names. Tokens that are for
 * some topics only are let through to the last kind alone.
 */
export type Need = "nothing" | Role | `${Role} for topic`;

/** Which calls need what: `GET /stats` to its need. Patterns of paths are those of the routes. */
export type Needs = Readonly<Record<string, Need>>;

/** Whether roles include another. */
export function includes(roles: ReadonlySet<Role>, role: Role): boolean {
  return roles.has(role) || roles.has("admin") || role === "read" && roles.has("operate");
}
