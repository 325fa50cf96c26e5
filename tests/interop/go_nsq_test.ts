import { goNsq } from "./libraries.ts";
import { testLibrary } from "./scenarios.ts";

testLibrary(goNsq);
