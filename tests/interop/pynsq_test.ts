import { pynsq } from "./libraries.ts";
import { testLibrary } from "./scenarios.ts";

testLibrary(pynsq);
