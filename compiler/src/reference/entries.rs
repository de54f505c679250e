//! What one record adds to the streams, by the definitions: what kernels give for many, and ask of here where they can
//! not tell.

use super::Reference;
use super::groups::{items, taken};
use super::scope::{Missing, RecordHome, Scope};
use super::standing::is_free;
use crate::model::{Record, Value};

/// What a record, or an item of its list, adds to a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The stream, by its index in the program.
    pub stream: usize,
    /// Which item of the list; 0 where the stream goes over records.
    pub item: usize,
    /// Its keys, numbers in base units.
    pub keys: Vec<Value>,
    /// For each aggregate of the stream the value of its argument; absent where it has none or nothing uses it.
    pub values: Vec<Value>,
}

impl Reference<'_> {
    /// What a record adds to the streams that charges take, in the program's order. Windows are not looked at: a
    /// record may still lie in none.
    ///
    /// # Errors
    /// What is missing, in a reader's words: then the record is in no stream at all.
    pub fn entries_of(&self, record: &Record) -> Result<Vec<Entered>, String> {
        let context = self.context(&record.account);
        let home = RecordHome::new(self.program, record);
        let scope = Scope::record(&context, &home);
        let streams = self.program.streams.iter().enumerate();
        let mut found = Vec::new();
        for (at, stream) in streams.filter(|(_, stream)| stream.used && stream.kind == record.kind) {
            for (item, scope) in items(&scope, stream).map_err(reason)?.iter().enumerate() {
                let entered = taken(scope, stream).map_err(reason)?;
                found.extend(entered.map(|(keys, values)| Entered { stream: at, item, keys, values }));
            }
        }
        Ok(found)
    }

    /// Whether a `free` clause takes a record.
    ///
    /// # Errors
    /// What is missing, in a reader's words.
    pub fn is_free(&self, record: &Record) -> Result<bool, String> {
        is_free(&self.context(&record.account), record).map_err(reason)
    }
}

fn reason(Missing(reason): Missing) -> String {
    reason
}
