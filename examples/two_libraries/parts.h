// The two parts of the program. Each has normalizations of its own, and says whether they are right.
#pragma once

bool run_encoder();
bool run_decoder();
