//! What people read: bills as tables, findings with the book's text around them.

pub mod bill;
pub mod diagnostic;
pub mod firing;
pub mod invoice;
pub mod money;
mod shorten;
