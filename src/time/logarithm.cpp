#include "time/logarithm.hpp"

#include <cmath>

namespace firn::time {
namespace {

constexpr double square_root_of_two = 1.4142135623730951;
// ln 2 in two parts, the first with so few bits that a small whole number times it is exact.
constexpr double ln2_high = 0.693147180369123816490;
constexpr double ln2_low = 1.90821492927058770002e-10;

// atanh(s) / s = 1 + s^2/3 + s^4/5 + …, for |s| <= 0.1716: what is left out is below 1e-18.
double atanh_ratio(double s) {
  const double square = s * s;
  double sum = 0.0;
  for (int odd = 25; odd >= 1; odd -= 2) sum = sum * square + 1.0 / odd;
  return sum;
}

// (e^r - 1) / r = 1 + r/2! + r^2/3! + …, for |r| <= 0.35: what is left out is below 1e-18.
double expm1_ratio_near_zero(double r) {
  double sum = 1.0;
  for (int divisor = 15; divisor >= 2; --divisor) sum = 1.0 + sum * r / divisor;
  return sum;
}

}  // namespace

double log1p_ratio(double u) {
  double mantissa = 1.0 + u;
  int exponent = 0;
  for (; mantissa > square_root_of_two; ++exponent) mantissa *= 0.5;
  for (; mantissa < 0.5 * square_root_of_two; --exponent) mantissa *= 2.0;
  // ln m = 2 atanh((m - 1) / (m + 1)); near 1 the quotient is taken from u itself, which has lost no digits.
  if (exponent == 0) return 2.0 / (2.0 + u) * atanh_ratio(u / (2.0 + u));
  const double s = (mantissa - 1.0) / (mantissa + 1.0);
  return (exponent * ln2_high + (exponent * ln2_low + 2.0 * s * atanh_ratio(s))) / u;
}

double expm1_ratio(double y) {
  const double halvings = std::floor(y / (ln2_high + ln2_low) + 0.5);
  if (halvings == 0.0) return expm1_ratio_near_zero(y);
  const double rest = (y - halvings * ln2_high) - halvings * ln2_low;
  double power = 1.0 + rest * expm1_ratio_near_zero(rest);
  for (int n = static_cast<int>(halvings); n > 0; --n) power *= 2.0;
  for (int n = static_cast<int>(halvings); n < 0; ++n) power *= 0.5;
  return (power - 1.0) / y;
}

}  // namespace firn::time
