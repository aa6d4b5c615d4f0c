//! Arithmetic modulo one prime below 2^62.
//!
//! Source: Shoup's multiplication by a known factor, as in Harvey, "Faster arithmetic for number-theoretic transforms"
//! (2014). Assumption: the modulus is an odd prime below 2^62. Time does not depend on values, except in [`Modulus::mul`]
//! and [`Modulus::pow`], which only see public ones.

/// A prime modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Modulus(u64);

/// A factor with its quotient by the modulus, so that multiplying needs no division.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Factor {
    value: u64,
    quotient: u64,
}

impl zeroize::DefaultIsZeroes for Factor {}

impl Modulus {
    /// This prime.
    pub(crate) const fn new(prime: u64) -> Self {
        debug_assert!(prime < 1 << 62 && prime % 2 == 1);
        Self(prime)
    }

    /// The prime.
    pub(crate) const fn value(self) -> u64 {
        self.0
    }

    /// Bits of an element.
    pub(crate) const fn bits(self) -> u32 {
        64 - self.0.leading_zeros()
    }

    /// `a + b` of reduced numbers.
    #[inline(always)]
    pub(crate) const fn add(self, a: u64, b: u64) -> u64 {
        Self::less_once(a + b, self.0)
    }

    /// `-a` of a reduced number.
    #[inline(always)]
    pub(crate) const fn neg(self, a: u64) -> u64 {
        Self::less_once(self.0 - a, self.0)
    }

    /// `x` or `x - bound`, whichever lies below the bound, for `x < 2 bound`.
    #[inline(always)]
    pub(crate) const fn less_once(x: u64, bound: u64) -> u64 {
        let less = x.wrapping_sub(bound);
        // The top bit of the difference says whether it went below zero: everything here is below 2^63.
        let below = (less >> 63).wrapping_neg();
        less.wrapping_add(bound & below)
    }

    /// A signed number, reduced.
    pub(crate) const fn of_signed(self, x: i64) -> u64 {
        self.of_wide(x as i128)
    }

    /// A wide signed number, reduced.
    pub(crate) const fn of_wide(self, x: i128) -> u64 {
        x.rem_euclid(self.0 as i128) as u64
    }

    /// A small signed number (less than the modulus in magnitude), in constant time.
    #[inline(always)]
    pub(crate) const fn of_small(self, x: i8) -> u64 {
        let x = x as i64;
        (x as u64).wrapping_add(self.0 & ((x >> 63) as u64))
    }

    /// A product of public numbers.
    pub(crate) const fn mul(self, a: u64, b: u64) -> u64 {
        ((a as u128 * b as u128) % self.0 as u128) as u64
    }

    /// A power of a public number.
    pub(crate) fn pow(self, base: u64, mut exponent: u64) -> u64 {
        let (mut result, mut square) = (1, base % self.0);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = self.mul(result, square);
            }
            square = self.mul(square, square);
            exponent >>= 1;
        }
        result
    }

    /// Prepares a reduced factor.
    pub(crate) const fn factor(self, value: u64) -> Factor {
        Factor { value, quotient: (((value as u128) << 64) / self.0 as u128) as u64 }
    }

    /// `x` times the factor, below twice the modulus, for any `x`.
    #[inline(always)]
    pub(crate) const fn times_lazy(self, x: u64, factor: Factor) -> u64 {
        let quotient = ((x as u128 * factor.quotient as u128) >> 64) as u64;
        x.wrapping_mul(factor.value).wrapping_sub(quotient.wrapping_mul(self.0))
    }

    /// A signed number times the factor, reduced, in constant time.
    #[inline(always)]
    pub(crate) const fn times_signed(self, x: i64, factor: Factor) -> u64 {
        let sign = (x >> 63) as u64;
        let positive = self.times(x.unsigned_abs(), factor);
        let negative = self.neg(positive);
        (negative & sign) | (positive & !sign)
    }

    /// `x` times the factor, reduced.
    #[inline(always)]
    pub(crate) const fn times(self, x: u64, factor: Factor) -> u64 {
        Self::less_once(self.times_lazy(x, factor), self.0)
    }
}
