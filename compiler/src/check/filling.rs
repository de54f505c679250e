//! Tables whose rows come as records: which field of a record is which cell of its row.

use super::Checker;
use super::tables::{Place, SHAPE, Shape};
use crate::diagnostic::Diagnostic;
use crate::model::{Filling, Since};
use crate::resolve::rows::{SINCE, is_own_time};
use crate::syntax::ast::{self, Column, ColumnRole};

impl Checker<'_> {
    /// How records of a kind become the table's rows; all its columns but the record's own time are fields of the kind.
    pub(super) fn filling(&mut self, kind: &ast::Name, written: &ast::Table, shape: &Shape) -> Option<Filling> {
        self.no_rows_beside(kind, written)?;
        let fits: Vec<_> = written.columns.iter().map(|column| self.column_of_record(column, shape)).collect();
        fits.into_iter().collect::<Option<()>>()?;
        let kind = *self.book.row_kinds.get(&kind.text)?;
        let fields = &self.schema.kinds.get(kind)?.fields;
        let field = |column: &Column| fields.iter().position(|field| field.name == column.name.text);
        let mut filling = Filling { kind, keys: Vec::new(), since: Since::Always, values: Vec::new() };
        for (place, column) in shape.places.iter().zip(&written.columns) {
            match place {
                Place::Key(_) => filling.keys.push(field(column)?),
                Place::Value(_) => filling.values.push(field(column)?),
                Place::Since if !is_own_time(column) => filling.since = Since::Field(field(column)?),
                Place::Since if shape.since_is_time => filling.since = Since::Time,
                Place::Since => filling.since = Since::Day,
            }
        }
        Some(filling)
    }

    /// What to do with the name of a kind whose records are rows.
    pub(super) fn look_up_rows(&self, kind: usize) -> String {
        let of = |table: &&ast::Table| match &table.source {
            Some(ast::TableSource::Records(name)) => self.book.row_kinds.get(&name.text) == Some(&kind),
            _ => false,
        };
        let table = self.book.tables.iter().find(of).map_or("", |table| &table.name.text);
        format!(
            "its records are the rows of `{table}` and cost nothing; what they say is looked up by the table's name"
        )
    }

    /// The rows of a table stand in one place.
    fn no_rows_beside(&mut self, kind: &ast::Name, written: &ast::Table) -> Option<()> {
        let Some(first) = written.head.first() else { return Some(()) };
        self.fail(
            Diagnostic::error(
                SHAPE,
                format!("`{}` has rows of its own, and rows that come as records", written.name.text),
            )
            .label(first.span, "here its own rows begin")
            .label(kind.span, "and here it takes records")
            .help("leave the rows out, and send a record for each of them; or leave `from records` out"),
        )
    }

    /// What a column can not be where each row comes by itself.
    fn column_of_record(&mut self, column: &Column, shape: &Shape) -> Option<()> {
        if column.role == ColumnRole::Band {
            return self.fail(
                Diagnostic::error(SHAPE, "a band ends where the next row's begins, so records can not be its rows")
                    .label(column.span, "each record is a row by itself")
                    .help("write the table's rows in the book, or in a CSV file"),
            );
        }
        if &*column.name.text == SINCE && column.role == ColumnRole::Value && !shape.table.dated {
            return self.fail(
                Diagnostic::error(SHAPE, "`from` says from when on a row holds")
                    .label(column.span, "neither a date nor a time")
                    .help("write `from : time` for the record's own time, or `from : date from \"FIELD\"` for a field"),
            );
        }
        Some(())
    }
}
