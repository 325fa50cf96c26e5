import { nsqjs } from "./libraries.ts";
import { testLibrary } from "./scenarios.ts";

testLibrary(nsqjs);
