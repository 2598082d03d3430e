// A kind of work is a function of a task. It gives what is read, what is filled in, its keys, how both
// are painted, and what is missing before the answer can go.

import { accept } from "./accept.js";
import { attributes } from "./attributes.js";
import { facts } from "./facts.js";
import { pairwise } from "./pairwise.js";
import { ranking } from "./ranking.js";
import { rating } from "./rating.js";
import { rewrite } from "./rewrite.js";
import { trajectory } from "./trajectory.js";
import { turns } from "./turns.js";
import { write } from "./write.js";

export const KINDS = { accept, attributes, facts, pairwise, ranking, rating, rewrite, trajectory, turns, write };
