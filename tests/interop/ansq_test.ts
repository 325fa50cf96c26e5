import { ansq } from "./libraries.ts";
import { testLibrary } from "./scenarios.ts";

testLibrary(ansq);
