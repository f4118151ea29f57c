/** How a list is called for a person: black and white have names of the language, others their own. */
import { t } from "../../../texts";

export function listName(name: string): string {
  return name === "black" || name === "white" ? t(`list.${name}`) : name;
}
