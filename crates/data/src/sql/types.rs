//! The types of the portable part of SQL.

/// What a whole number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Zero or NULL, which fit any scale.
    Any,
    /// Steps of the n-th decimal.
    Known(u8),
    /// Unknown after a factor of ten.
    Unknown,
}

impl Scale {
    pub(super) const fn decimals(self) -> Option<u8> {
        match self {
            Self::Known(decimals) => Some(decimals),
            Self::Any => Some(0),
            Self::Unknown => None,
        }
    }

    /// The common scale of two numbers that are added or compared; `None` if there is none.
    pub(super) fn unify(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, scale) | (scale, Self::Any) => Some(scale),
            (Self::Unknown, _) | (_, Self::Unknown) => Some(Self::Unknown),
            (a, b) => (a == b).then_some(a),
        }
    }

    pub(super) const fn times(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, scale) | (scale, Self::Any) => scale,
            (Self::Known(a), Self::Known(b)) => Self::Known(a.saturating_add(b)),
            _ => Self::Unknown,
        }
    }

    pub(super) const fn over(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, _) => Self::Any,
            (Self::Known(a), Self::Known(b)) if a >= b => Self::Known(a - b),
            _ => Self::Unknown,
        }
    }
}

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Integer(Scale),
    Text,
    Date,
    Bool,
    Null,
}

impl Ty {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Integer(_) => "a number",
            Self::Text => "text",
            Self::Date => "a date",
            Self::Bool => "true or false",
            Self::Null => "NULL",
        }
    }
}

/// An expression written anew, with its type.
pub(super) struct Typed {
    pub(super) sql: String,
    pub(super) ty: Ty,
    /// A literal text, which may stand for a date.
    pub(super) literal: bool,
    /// A literal power of ten from 10 on, which changes the unit when multiplied or divided.
    pub(super) power_of_ten: bool,
}

impl Typed {
    pub(super) const fn new(sql: String, ty: Ty) -> Self {
        Self { sql, ty, literal: false, power_of_ten: false }
    }
}
