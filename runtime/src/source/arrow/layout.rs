//! Where in a file's columns stands what a book asks for, and which columns can not be taken at all.
//!
//! A column of binary floating point is refused with the whole file, before any record: what it holds is not what
//! was metered, and nothing tells which of its digits are lost.

use crate::source::Problem;
use crate::source::decode::is_first;
use crate::source::wire::quoted;
use arrow_schema::{DataType, Fields, Schema as Columns};
use florin_compiler::model::{Field, Schema, Type};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The parts of CloudEvents that a record may have beside its own.
pub(super) const ENVELOPE: [&str; 5] = ["specversion", "source", "subject", "type", "data"];

/// The columns of a file as a book sees them.
pub(super) struct Layout {
    /// What the book, or an envelope, may ask for and the file has: its name, and the columns that lead to it, the
    /// first one at the top.
    pub(super) paths: Vec<(Arc<str>, Vec<usize>)>,
    /// The columns at the top that the book knows in some way.
    pub(super) known: Vec<(Arc<str>, usize)>,
    /// The columns at the top that it does not.
    pub(super) unknown: Vec<(Arc<str>, usize)>,
}

impl Layout {
    /// Of a file's columns for a book.
    ///
    /// # Errors
    /// A [`Problem`] with a column that the book asks for and that can not be read.
    pub(super) fn of(schema: &Schema, columns: &Columns) -> Result<Layout, Problem> {
        check(schema, columns)?;
        let wanted = wanted(schema);
        let steps = |path: &&str| steps(columns.fields(), path).map(|steps| (Arc::from(*path), steps));
        let paths = wanted.iter().filter_map(steps).collect();
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for (at, column) in columns.fields().iter().enumerate() {
            let is_known = wanted.iter().any(|path| is_first(path, column.name()));
            let list = if is_known { &mut known } else { &mut unknown };
            list.push((Arc::from(column.name().as_str()), at));
        }
        only_one_of_each(&known)?;
        Ok(Layout { paths, known, unknown })
    }

    /// Which of the paths a name is.
    pub(super) fn at(&self, path: &str) -> Option<usize> {
        self.paths.iter().position(|(known, _)| **known == *path)
    }
}

fn only_one_of_each(columns: &[(Arc<str>, usize)]) -> Result<(), Problem> {
    let mut names = BTreeSet::new();
    match columns.iter().find(|(name, _)| !names.insert(name)) {
        Some((name, _)) => Err(Problem::new(format!("there are two columns {}; which one counts?", quoted(name)))),
        None => Ok(()),
    }
}

/// All that the book or an envelope may ask for.
fn wanted(schema: &Schema) -> BTreeSet<&str> {
    let own = &schema.wire;
    let own = [&own.id, &own.account, &own.time, &own.kind].into_iter().map(|path| &**path);
    let fields = schema.given_kinds().iter().flat_map(|kind| &kind.fields).flat_map(|field| &field.wire);
    own.chain(fields.map(|path| &**path)).chain(ENVELOPE).collect()
}

/// The columns that lead to a path: the whole name, else through objects along its dots.
fn steps(columns: &Fields, path: &str) -> Option<Vec<usize>> {
    if let Some(at) = columns.iter().position(|column| column.name() == path) {
        return Some(vec![at]);
    }
    let (first, rest) = path.split_once('.')?;
    let at = columns.iter().position(|column| column.name() == first)?;
    let DataType::Struct(parts) = columns.get(at)?.data_type() else { return None };
    let mut steps = steps(parts, rest)?;
    steps.insert(0, at);
    Some(steps)
}

fn type_at<'c>(columns: &'c Fields, path: &str) -> Option<&'c DataType> {
    let mut steps = steps(columns, path)?.into_iter();
    let mut found = columns.get(steps.next()?)?.data_type();
    for step in steps {
        let DataType::Struct(parts) = found else { return None };
        found = parts.get(step)?.data_type();
    }
    Some(found)
}

/// What a column is wanted for.
#[derive(Clone, Copy)]
enum Wanted<'s> {
    Text,
    Instant,
    Field(&'s Field),
}

fn check(schema: &Schema, columns: &Columns) -> Result<(), Problem> {
    let own = &schema.wire;
    for path in [&own.id, &own.account, &own.kind] {
        check_path(columns.fields(), path, Wanted::Text)?;
    }
    check_path(columns.fields(), &own.time, Wanted::Instant)?;
    for field in schema.given_kinds().iter().flat_map(|kind| &kind.fields) {
        for path in &field.wire {
            check_path(columns.fields(), path, Wanted::Field(field))?;
            check_path(columns.fields(), &format!("data.{path}"), Wanted::Field(field))?;
        }
    }
    Ok(())
}

fn check_path(columns: &Fields, path: &str, wanted: Wanted<'_>) -> Result<(), Problem> {
    type_at(columns, path).map_or(Ok(()), |found| check_type(path, found, wanted))
}

fn check_type(path: &str, found: &DataType, wanted: Wanted<'_>) -> Result<(), Problem> {
    match found {
        DataType::Dictionary(_, values) => check_type(path, values, wanted),
        DataType::Float16 => Err(float(path, "HALF FLOAT", wanted)),
        DataType::Float32 => Err(float(path, "FLOAT", wanted)),
        DataType::Float64 => Err(float(path, "DOUBLE", wanted)),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            Err(Problem::new(format!(
                "column {} is BINARY, which may be anything; write it as text: CAST({path} AS VARCHAR)",
                quoted(path)
            )))
        }
        DataType::Timestamp(_, None) if wanted.is_instant() => Err(Problem::new(format!(
            "column {} is a timestamp without a time zone, so it says no instant; write it with the zone it is in: \
             {path} AT TIME ZONE 'UTC'",
            quoted(path)
        ))),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            check_items(path, item.data_type(), wanted)
        }
        DataType::Duration(_)
        | DataType::Interval(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Union(..)
        | DataType::Map(..)
        | DataType::RunEndEncoded(..) => Err(Problem::new(format!(
            "column {} is of a type that can not be read ({found}); write it as text: CAST({path} AS VARCHAR)",
            quoted(path)
        ))),
        _ => Ok(()),
    }
}

/// The items of a list, which are of one field without a name, or objects.
fn check_items(path: &str, found: &DataType, wanted: Wanted<'_>) -> Result<(), Problem> {
    let Wanted::Field(Field { ty: Type::List(items), .. }) = wanted else { return Ok(()) };
    for item in items.iter() {
        match found {
            _ if item.name.is_empty() => check_type(path, found, Wanted::Field(item))?,
            DataType::Struct(parts) => {
                for name in &item.wire {
                    if let Some(found) = type_at(parts, name) {
                        check_type(&format!("{path}.{name}"), found, Wanted::Field(item))?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl Wanted<'_> {
    fn is_instant(self) -> bool {
        matches!(self, Wanted::Instant | Wanted::Field(Field { ty: Type::Time, .. }))
    }

    fn is_number(self) -> bool {
        matches!(self, Wanted::Field(Field { ty: Type::Number(_), .. }))
    }

    fn in_words(self) -> &'static str {
        match self {
            Wanted::Text => "a text or an integer",
            Wanted::Instant => "a timestamp with its time zone",
            Wanted::Field(field) => match &field.ty {
                Type::Number(_) => "a number",
                Type::Text | Type::Enum(_) => "a text or an integer",
                Type::Boolean => "a boolean",
                Type::Date => "a date",
                Type::Time => "a timestamp with its time zone",
                Type::Clock => "a time of day",
                Type::List(_) => "a list",
            },
        }
    }
}

fn float(path: &str, sort: &str, wanted: Wanted<'_>) -> Problem {
    let column = quoted(path);
    Problem::new(if wanted.is_number() {
        format!(
            "column {column} is {sort}, a binary floating-point number: it can not hold most prices and quantities \
             exactly (0.1 is not 0.1 in it), and digits may be lost already; write the column as DECIMAL, as an \
             integer or as text: CAST({path} AS DECIMAL(38, 9))"
        )
    } else {
        format!(
            "column {column} is {sort}, a binary floating-point number, but it should be {}; a long number has lost \
             digits in it, so write the column as it was metered, not by a cast of this one",
            wanted.in_words()
        )
    })
}
