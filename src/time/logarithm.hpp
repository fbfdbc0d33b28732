// ln(1 + u) / u and (e^y - 1) / y with + - * / alone, so that every machine gives the same bits. Any thread.
//
// Both are within a few units in the last place over the stated ranges, and smooth through 0, where their value is 1.
#pragma once

namespace firn::time {

// ln(1 + u) / u, for 1 + u from 1e-5 to 1e5.
double log1p_ratio(double u);

// (e^y - 1) / y, for y from -12 to 12.
double expm1_ratio(double y);

}  // namespace firn::time
