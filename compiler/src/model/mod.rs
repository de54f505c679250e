//! What every later pass and the runtime share: values, units and types, fields and records, tables, windows,
//! calendars. Nothing here knows how it was written.

mod calendar;
mod contract;
mod facts;
mod record;
mod sharing;
mod table;
mod unit;
mod value;
mod window;

pub use calendar::{Calendar, CalendarEntry};
pub use contract::{Contract, InPlan, PlanTerms};
pub use facts::{Accounts, Facts};
pub use record::{Belongs, Enumeration, EnumerationMember, Field, Kind, Record, Schema, WireNames};
pub use sharing::Sharing;
pub use table::{Cell, Edge, Filling, KeyCell, KeyColumn, Matching, Row, Since, Table, ValueColumn};
pub use unit::{Base, Currency, Dimension, Unit, plural};
pub use value::{ListItem, Type, Value, key_text, line_id};
pub use window::{Interval, Step, Window};

/// A time of day.
pub type Clock = jiff::civil::Time;
/// A name or a text that is shared by many.
pub type Symbol = std::sync::Arc<str>;
