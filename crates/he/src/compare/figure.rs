//! A figure and the digits a member encrypts.

use super::CompareError;

/// Bits of a figure: 4 to 32 in steps of 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width(u32);

impl Width {
    /// A width in bits.
    ///
    /// # Errors
    /// Not a multiple of 4 between 4 and 32.
    pub const fn new(bits: u32) -> Result<Self, CompareError> {
        if bits >= 4 && bits <= 32 && bits.is_multiple_of(4) { Ok(Self(bits)) } else { Err(CompareError::Width(bits)) }
    }

    /// The narrowest width that holds every figure up to `largest`.
    ///
    /// # Errors
    /// It needs more than 32 bits.
    pub fn of_range(largest: u64) -> Result<Self, CompareError> {
        Self::new((u64::BITS - largest.leading_zeros()).max(1).next_multiple_of(4))
    }

    /// In bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Digits of 4 bits, for comparing.
    pub(super) const fn digits(self) -> usize {
        (self.0 / 4) as usize
    }

    /// Digits of 3 bits, for selecting: a fourth bit says whether this one is selected.
    pub(super) const fn selectors(self) -> usize {
        self.0.div_ceil(3) as usize
    }
}

/// One member's figure, in whole steps above the smallest that can occur.
///
/// # Security
/// The figure is a secret: no `Debug`, no `Clone`, wiped on drop.
#[derive(zeroize::ZeroizeOnDrop)]
pub struct Figure {
    value: u64,
    #[zeroize(skip)]
    width: Width,
}

impl Figure {
    /// A figure of a width.
    ///
    /// # Errors
    /// It needs more bits.
    pub const fn new(value: u64, width: Width) -> Result<Self, CompareError> {
        if value >> width.bits() == 0 {
            Ok(Self { value, width })
        } else {
            Err(CompareError::TooLarge { bits: width.0 })
        }
    }

    /// Its width.
    pub const fn width(&self) -> Width {
        self.width
    }

    /// Digits for comparing, most significant first, then digits for selecting, least significant first.
    pub(super) fn messages(&self) -> impl Iterator<Item = u64> {
        let (value, digits) = (self.value, self.width.digits());
        let compare = (0..digits).rev().map(move |digit| value >> (4 * digit) & 15);
        compare.chain((0..self.width.selectors()).map(move |digit| value >> (3 * digit) & 7))
    }
}
