//! `tiers pooled over KEY`: one quantity of all lines that differ only in a key goes through the tiers.

use crate::source::Span;

/// Which lines go through the tiers of a body together, and what of each tier is whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// The key in which they differ, by its index among the keys of lines and of `for each`.
    pub key: usize,
    /// How the tiers are shared out.
    pub sharing: TierSharing,
    /// The clause.
    pub span: Span,
}

/// How tiers are shared out among lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierSharing {
    /// Each unit is in the tier that it reached when it came, by time, then by id.
    ByOrder,
    /// Of each tier each line has the share that it has of the whole quantity.
    InProportion,
}
